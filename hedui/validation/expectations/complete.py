"""Deliveries that lack nothing, by the calendar. By an announced number Great Expectations can tell it itself."""

from datetime import date
from typing import Any, ClassVar

import pandas as pd
import sqlalchemy as sa

from hedui.validation.expectations.gx import (
    ColumnAggregateExpectation,
    ColumnAggregateMetricProvider,
    MetricDomainTypes,
    PandasExecutionEngine,
    Parameter,
    SqlAlchemyExecutionEngine,
    metric_value,
)


class ColumnDays(ColumnAggregateMetricProvider):
    """The days that a column of dates or moments names."""

    metric_name = "column.days"

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(cls, execution_engine: Any, metric_domain_kwargs: dict[str, Any], **_: Any) -> set[date]:  # noqa: N805
        frame, _, access = execution_engine.get_compute_domain(metric_domain_kwargs, MetricDomainTypes.COLUMN)
        return set(pd.to_datetime(frame[access["column"]]).dropna().dt.date)

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, execution_engine: Any, metric_domain_kwargs: dict[str, Any], **_: Any) -> set[date]:  # noqa: N805
        table, _, access = execution_engine.get_compute_domain(metric_domain_kwargs, MetricDomainTypes.COLUMN)
        day = sa.cast(sa.column(access["column"]), sa.Date)
        rows = execution_engine.execute_query(sa.select(day).distinct().select_from(table)).fetchall()
        return {found for (found,) in rows if found is not None}


class ExpectColumnToCoverWorkingDays(ColumnAggregateExpectation):
    """Each of these `days`, as 2025-01-31, stands in the column at least once."""

    metric_dependencies = ("column.days",)
    success_keys: ClassVar[tuple[str, ...]] = ("days",)
    args_keys: ClassVar[tuple[str, ...]] = ("column", "days")
    days: list[str] | Parameter

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        missing = {date.fromisoformat(day) for day in self._get_success_kwargs()["days"]} - metrics["column.days"]
        return {"success": not missing, "result": {"observed_value": len(missing)}}
