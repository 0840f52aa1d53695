"""What spreadsheets do to numbers."""

from typing import Any, ClassVar, Final, Literal

import sqlalchemy as sa

from hedui.validation.expectations.gx import (
    PAIR_DOMAIN,
    ColumnPairMapExpectation,
    ColumnPairMapMetricProvider,
    PandasExecutionEngine,
    SqlAlchemyExecutionEngine,
    column_pair_condition_partial,
)

# A spreadsheet keeps fifteen digits: this is what it leaves of eighteen characters.
_CUT: Final = "^[0-9]{15}000$"


class ColumnPairValuesAUncutOrBNamesIt(ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.a_uncut_or_b_names_it"
    condition_domain_keys = PAIR_DOMAIN

    @column_pair_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_A: Any, column_B: Any, **kwargs: Any) -> Any:  # noqa: N803, N805
        cut = column_A.astype("string").str.match(_CUT).fillna(False)
        return ~cut | column_B.fillna("").str.split(",").map(lambda named: column_A.name in named)

    @column_pair_condition_partial(engine=SqlAlchemyExecutionEngine)  # type: ignore[untyped-decorator]
    def _sqlalchemy(cls, column_A: Any, column_B: Any, **kwargs: Any) -> Any:  # noqa: N803, N805
        uncut = sa.not_(sa.func.regexp_matches(sa.func.coalesce(column_A, ""), _CUT))
        named = sa.func.list_contains(sa.func.string_split(sa.func.coalesce(column_B, ""), ","), column_A.name)
        return sa.or_(uncut, named)


class ExpectColumnPairValuesAToBeUncutUnlessBNamesIt(ColumnPairMapExpectation):
    """Numbers in A do not end as a spreadsheet cuts them, in 000, unless B names A, for what was never cut."""

    map_metric: ClassVar[str] = "column_pair_values.a_uncut_or_b_names_it"
    success_keys: ClassVar[tuple[str, ...]] = ("ignore_row_if", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column_A", "column_B")
    ignore_row_if: Literal["both_values_are_missing", "either_value_is_missing", "neither"] = "neither"
