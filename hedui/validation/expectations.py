"""Expectations of our own, registered with Great Expectations by being imported."""

from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation, MulticolumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (
    multicolumn_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_map_metric_provider import (
    MulticolumnMapMetricProvider,
)

from hedui.identifiers.columns import valid_column
from hedui.validation import VALID_PERSON

CONTENT = "_content"  # a hash over all fields of a row, which the loading table computes


class ColumnValuesValidPersonIdentifier(ColumnMapMetricProvider):
    condition_metric_name = "column_values.valid_person_identifier"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: "pd.Series[str]", **kwargs: Any) -> "pd.Series[bool]":  # noqa: N805
        valid = valid_column(pa.array(column, pa.string(), from_pandas=True))
        return pd.Series(np.asarray(valid), index=column.index)

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, **kwargs: Any) -> Any:  # noqa: N805
        return getattr(sa.func, VALID_PERSON)(column)


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
