"""What Great Expectations on pandas lacks of the twelve, in pandas' own vectors; imported once GX is prepared."""

from typing import Any, ClassVar, Literal

from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import MulticolumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import MulticolumnMapMetricProvider
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (
    multicolumn_condition_partial,
)

from benchmarks.twelve import VERSION


class MulticolumnValuesAgree(MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.agree"
    condition_domain_keys = ("batch_id", "table", "column_list", "row_condition", "condition_parser", "ignore_row_if")

    @multicolumn_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, frame: Any, **kwargs: Any) -> Any:  # noqa: N805
        *version, content = frame.columns
        again = frame[frame.duplicated(version, keep=False)]
        contents = again.groupby(version)[content].transform("nunique")
        return ~frame.index.isin(contents.index[contents > 1])


class ExpectRowsToAgree(MulticolumnMapExpectation):
    """Rows that agree in all columns but the last agree in the last."""

    map_metric: ClassVar[str] = "multicolumn_values.agree"
    args_keys: ClassVar[tuple[str, ...]] = ("column_list",)
    ignore_row_if: Literal["all_values_are_missing", "any_value_is_missing", "never"] = "any_value_is_missing"


def agreeing_rows() -> dict[str, Any]:
    return {"type": "expect_rows_to_agree", "kwargs": {"column_list": [*VERSION, "_content"]}}
