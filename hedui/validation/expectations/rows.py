"""Dates, amounts and pairs of fields within one row."""

from datetime import date
from functools import reduce
from operator import add
from typing import Any, ClassVar, Literal

import pandas as pd
import sqlalchemy as sa

from hedui.validation.expectations.gx import (
    COLUMNS_DOMAIN,
    PAIR_DOMAIN,
    ColumnMapExpectation,
    ColumnMapMetricProvider,
    ColumnPairMapExpectation,
    ColumnPairMapMetricProvider,
    MulticolumnMapExpectation,
    MulticolumnMapMetricProvider,
    PandasExecutionEngine,
    Parameter,
    SqlAlchemyExecutionEngine,
    column_condition_partial,
    column_pair_condition_partial,
    multicolumn_condition_partial,
)


class ColumnValuesPlausibleDate(ColumnMapMetricProvider):
    condition_metric_name = "column_values.plausible_date"
    condition_value_keys = ("earliest", "latest")

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: "pd.Series[Any]", earliest: str, latest: str, **kwargs: Any) -> "pd.Series[bool]":  # noqa: N805
        first, last = date.fromisoformat(earliest), date.fromisoformat(latest)
        return pd.to_datetime(column).dt.date.map(lambda day: first <= day <= last).astype(bool)

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, earliest: str, latest: str, **kwargs: Any) -> Any:  # noqa: N805
        return sa.cast(column, sa.Date).between(date.fromisoformat(earliest), date.fromisoformat(latest))


class ExpectColumnValuesToBePlausibleDate(ColumnMapExpectation):
    """Dates or moments lie on one of the days from `earliest` to `latest`: within living memory, not in the future."""

    map_metric: ClassVar[str] = "column_values.plausible_date"
    success_keys: ClassVar[tuple[str, ...]] = ("earliest", "latest", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "earliest", "latest")
    earliest: str | Parameter
    latest: str | Parameter


class ColumnPairValuesAFilledWhereBIn(ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.a_filled_where_b_in"
    condition_domain_keys = PAIR_DOMAIN
    condition_value_keys = ("value_set",)

    @column_pair_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_A: Any, column_B: Any, **kwargs: Any) -> Any:  # noqa: N803, N805
        return column_A.notna() | ~column_B.isin(kwargs["value_set"])

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
    condition_domain_keys = PAIR_DOMAIN

    @column_pair_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_A: Any, column_B: Any, **kwargs: Any) -> Any:  # noqa: N803, N805
        return column_A != column_B

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
    condition_domain_keys = COLUMNS_DOMAIN
    condition_value_keys = ("within",)

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: pd.DataFrame, **kwargs: Any) -> Any:  # noqa: N805
        first, second, product = (column_list[name] for name in column_list)
        return (first * second - product).abs() <= kwargs["within"]

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


class MulticolumnValuesSum(MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.sum_of_others"
    condition_domain_keys = COLUMNS_DOMAIN
    condition_value_keys = ("within",)

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: pd.DataFrame, **kwargs: Any) -> Any:  # noqa: N805
        *parts, total = (column_list[name] for name in column_list)
        return (reduce(add, parts) - total).abs() <= kwargs["within"]

    @multicolumn_condition_partial(engine=SqlAlchemyExecutionEngine)  # type: ignore[untyped-decorator]
    def _sqlalchemy(cls, column_list: list[Any], **kwargs: Any) -> Any:  # noqa: N805
        *parts, total = column_list
        return sa.func.abs(reduce(add, parts) - total) <= kwargs["within"]


class ExpectLastColumnToBeSumOfOthers(MulticolumnMapExpectation):
    """The last of these columns is the sum of the others, give or take `within`."""

    map_metric: ClassVar[str] = "multicolumn_values.sum_of_others"
    success_keys: ClassVar[tuple[str, ...]] = ("within", "ignore_row_if", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column_list", "within")
    ignore_row_if: Literal["all_values_are_missing", "any_value_is_missing", "never"] = "any_value_is_missing"
    within: float
