"""Expectations of our own, registered with Great Expectations by being imported."""

from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import (
    ColumnMapExpectation,
    ColumnPairMapExpectation,
    MulticolumnMapExpectation,
)
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)
from great_expectations.expectations.metrics.map_metric_provider.column_pair_condition_partial import (
    column_pair_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_pair_map_metric_provider import (
    ColumnPairMapMetricProvider,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (
    multicolumn_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_map_metric_provider import (
    MulticolumnMapMetricProvider,
)

from hedui.identifiers.columns import valid_column
from hedui.validation import VALID

CONTENT = "_content"  # a hash over all fields of a row, which the loading table computes


class ColumnValuesValidPersonIdentifier(ColumnMapMetricProvider):
    condition_metric_name = "column_values.valid_person_identifier"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: "pd.Series[str]", **kwargs: Any) -> "pd.Series[bool]":  # noqa: N805
        valid = valid_column(pa.array(column, pa.string(), from_pandas=True))
        return pd.Series(np.asarray(valid), index=column.index)

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, **kwargs: Any) -> Any:  # noqa: N805
        return sa.column(VALID.format(field=column.name))


class ExpectColumnValuesToBeValidPersonIdentifier(ColumnMapExpectation):
    """Values are identity numbers in canonical form whose birth date and check character are right."""

    map_metric: ClassVar[str] = "column_values.valid_person_identifier"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly",)
    args_keys: ClassVar[tuple[str, ...]] = ("column",)


class MulticolumnValuesOneContent(MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.one_content"
    condition_domain_keys = ("batch_id", "table", "column_list", "row_condition", "condition_parser", "ignore_row_if")

    @multicolumn_condition_partial(engine=SqlAlchemyExecutionEngine)  # type: ignore[untyped-decorator]
    def _sqlalchemy(cls, column_list: list[Any], _table: Any, **kwargs: Any) -> Any:  # noqa: N805
        content: sa.ColumnClause[int] = sa.column(CONTENT)
        several = (
            sa.select(*column_list)
            .select_from(_table)
            .group_by(*column_list)
            .having(sa.func.min(content) != sa.func.max(content))
        )
        return sa.tuple_(*column_list).not_in(several)


class ExpectRowsOfOneVersionToAgree(MulticolumnMapExpectation):
    """Rows that agree in these columns, key and cursor, agree in all: then one is a copy, and no contradiction."""

    map_metric: ClassVar[str] = "multicolumn_values.one_content"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly",)
    args_keys: ClassVar[tuple[str, ...]] = ("column_list",)
    ignore_row_if: Literal["all_values_are_missing", "any_value_is_missing", "never"] = "any_value_is_missing"


class ColumnPairValuesAFilledWhereBIn(ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.a_filled_where_b_in"
    condition_domain_keys = ("batch_id", "table", "column_A", "column_B", "ignore_row_if")
    condition_value_keys = ("value_set",)

    @column_pair_condition_partial(engine=SqlAlchemyExecutionEngine)  # type: ignore[untyped-decorator]
    def _sqlalchemy(cls, column_A: Any, column_B: Any, **kwargs: Any) -> Any:  # noqa: N803, N805
        return sa.or_(column_A.is_not(None), column_B.not_in(kwargs["value_set"]))


class ExpectColumnPairValuesAToBeFilledWhereBInSet(ColumnPairMapExpectation):
    """A is filled in where B has one of these values; elsewhere it may be empty."""

    map_metric: ClassVar[str] = "column_pair_values.a_filled_where_b_in"
    success_keys: ClassVar[tuple[str, ...]] = ("value_set", "ignore_row_if", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column_A", "column_B", "value_set")
    ignore_row_if: Literal["both_values_are_missing", "either_value_is_missing", "neither"] = "neither"
    value_set: list[str]


class ColumnPairValuesDiffer(ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.differ"
    condition_domain_keys = ("batch_id", "table", "column_A", "column_B", "ignore_row_if")

    @column_pair_condition_partial(engine=SqlAlchemyExecutionEngine)  # type: ignore[untyped-decorator]
    def _sqlalchemy(cls, column_A: Any, column_B: Any, **kwargs: Any) -> Any:  # noqa: N803, N805
        return column_A != column_B


class ExpectColumnPairValuesToDiffer(ColumnPairMapExpectation):
    """The two columns of a row hold different values."""

    map_metric: ClassVar[str] = "column_pair_values.differ"
    success_keys: ClassVar[tuple[str, ...]] = ("ignore_row_if", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column_A", "column_B")
    ignore_row_if: Literal["both_values_are_missing", "either_value_is_missing", "neither"] = "either_value_is_missing"


class MulticolumnValuesProduct(MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.product"
    condition_domain_keys = ("batch_id", "table", "column_list", "row_condition", "condition_parser", "ignore_row_if")
    condition_value_keys = ("within",)

    @multicolumn_condition_partial(engine=SqlAlchemyExecutionEngine)  # type: ignore[untyped-decorator]
    def _sqlalchemy(cls, column_list: list[Any], **kwargs: Any) -> Any:  # noqa: N805
        first, second, product = column_list
        return sa.func.abs(first * second - product) <= kwargs["within"]


class ExpectThirdColumnToBeProductOfFirstTwo(MulticolumnMapExpectation):
    """Of three columns the third is the product of the others, give or take `within`."""

    map_metric: ClassVar[str] = "multicolumn_values.product"
    success_keys: ClassVar[tuple[str, ...]] = ("within", "ignore_row_if", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column_list", "within")
    ignore_row_if: Literal["all_values_are_missing", "any_value_is_missing", "never"] = "any_value_is_missing"
    within: float
