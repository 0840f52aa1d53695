"""Values that another dataset holds. The pipeline tells which; validation itself knows no warehouse and no key."""

from typing import Any, ClassVar

import pandas as pd
import sqlalchemy as sa

from hedui.validation.beside import KEPT, KNOWN
from hedui.validation.expectations.gx import (
    ColumnMapExpectation,
    ColumnMapMetricProvider,
    PandasExecutionEngine,
    SqlAlchemyExecutionEngine,
    column_condition_partial,
)


class ColumnValuesKnownIn(ColumnMapMetricProvider):
    condition_metric_name = "column_values.known_in"
    condition_value_keys = ("reference",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: "pd.Series[str]", reference: str, **kwargs: Any) -> "pd.Series[bool]":  # noqa: N805
        return column.isin(column.attrs["known"][reference])

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, reference: str, **kwargs: Any) -> Any:  # noqa: N805
        kept: sa.ColumnClause[Any] = sa.column(KEPT.format(field=column.name, reference=reference))
        value: sa.ColumnClause[Any] = sa.column("value")
        known = sa.select(value).select_from(sa.table(KNOWN.format(reference=reference)))
        return sa.or_(kept.is_(None), kept.in_(known))


class ExpectColumnValuesToBeKnownIn(ColumnMapExpectation):
    """Values stand in the field `agency.dataset.field` of the current rows of another dataset."""

    map_metric: ClassVar[str] = "column_values.known_in"
    success_keys: ClassVar[tuple[str, ...]] = ("reference", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "reference")
    reference: str
