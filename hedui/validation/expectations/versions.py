"""Rows that are the same version of the same record."""

from typing import Any, ClassVar, Literal

import sqlalchemy as sa

from hedui.validation.beside import CONTRADICTORY
from hedui.validation.expectations.gx import (
    COLUMNS_DOMAIN,
    MetricDomainTypes,
    MetricPartialFunctionTypes,
    MulticolumnMapExpectation,
    MulticolumnMapMetricProvider,
    PandasExecutionEngine,
    SqlAlchemyExecutionEngine,
    metric_partial,
    multicolumn_condition_partial,
)


class MulticolumnValuesOneContent(MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.one_content"
    condition_domain_keys = COLUMNS_DOMAIN

    @metric_partial(
        engine=PandasExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.MAP_CONDITION_SERIES,
        domain_type=MetricDomainTypes.MULTICOLUMN,
    )
    def _pandas(cls, execution_engine: Any, metric_domain_kwargs: dict[str, Any], **_: Any) -> Any:  # noqa: N805
        """Which rows fail: those beside which another of the same columns has other content."""
        frame, compute, access = execution_engine.get_compute_domain(
            domain_kwargs=metric_domain_kwargs, domain_type=MetricDomainTypes.MULTICOLUMN
        )
        fields = [name for name in frame.columns if not name.startswith("_")]
        several = frame.groupby(access["column_list"])[fields].transform(lambda column: column.nunique(dropna=False))
        return several.gt(1).any(axis=1), compute, access

    @multicolumn_condition_partial(engine=SqlAlchemyExecutionEngine)  # type: ignore[untyped-decorator]
    def _sqlalchemy(cls, column_list: list[Any], **kwargs: Any) -> Any:  # noqa: N805
        names = [column.name for column in column_list]
        contradictory = sa.table(CONTRADICTORY.format(columns="_".join(names)), *map(sa.column, names))
        return sa.tuple_(*column_list).not_in(sa.select(contradictory))


class ExpectRowsOfOneVersionToAgree(MulticolumnMapExpectation):
    """Rows that agree in these columns, key and cursor, agree in all: then one is a copy, and no contradiction."""

    map_metric: ClassVar[str] = "multicolumn_values.one_content"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly",)
    args_keys: ClassVar[tuple[str, ...]] = ("column_list",)
    ignore_row_if: Literal["all_values_are_missing", "any_value_is_missing", "never"] = "any_value_is_missing"
