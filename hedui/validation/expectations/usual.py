"""A batch as a whole against those before it. What counts as usual is in `hedui.validation.usual`."""

from typing import Any, ClassVar

from hedui.validation.expectations.gx import (
    BatchExpectation,
    ColumnAggregateExpectation,
    Parameter,
)
from hedui.validation.usual import usual_count, usual_shares

Earlier = list[dict[str, Any]]  # of each its `rows`, `filled` and `categories`, as in a `Profile`


class ExpectTableRowCountToBeUsual(BatchExpectation):
    """There are about as many rows as in earlier batches."""

    metric_dependencies = ("table.row_count",)
    success_keys: ClassVar[tuple[str, ...]] = ("earlier", "factor", "floor")
    args_keys: ClassVar[tuple[str, ...]] = ("earlier", "factor", "floor")
    earlier: Earlier | Parameter
    factor: float = 5.0
    floor: float = 0.5

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        asked, rows = self._get_success_kwargs(), metrics["table.row_count"]
        before = [batch["rows"] for batch in asked["earlier"]]
        usual = usual_count(before, rows, asked.get("factor", self.factor), asked.get("floor", self.floor))
        return {"success": usual, "result": {"observed_value": rows}}


class ExpectColumnFilledShareToBeUsual(ColumnAggregateExpectation):
    """About as many of the rows have a value in the column as in earlier batches."""

    metric_dependencies = ("table.row_count", "column.non_null_count")
    success_keys: ClassVar[tuple[str, ...]] = ("earlier", "factor", "floor")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "earlier", "factor", "floor")
    earlier: Earlier | Parameter
    factor: float = 5.0
    floor: float = 0.1

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        asked, filled = self._get_success_kwargs(), metrics["column.non_null_count"]
        before = [
            (batch["rows"], {"filled": batch["filled"][self.column]})
            for batch in asked["earlier"]
            if self.column in batch["filled"]
        ]
        now = (metrics["table.row_count"], {"filled": filled})
        usual = usual_shares(before, now, asked.get("factor", self.factor), asked.get("floor", self.floor))
        return {"success": usual, "result": {"observed_value": filled}}


class ExpectColumnCategorySharesToBeUsual(ColumnAggregateExpectation):
    """The values of a column with few different ones are as frequent as in earlier batches."""

    metric_dependencies = ("table.row_count", "column.value_counts")
    success_keys: ClassVar[tuple[str, ...]] = ("earlier", "factor", "floor")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "earlier", "factor", "floor")
    earlier: Earlier | Parameter
    factor: float = 5.0
    floor: float = 0.1

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        asked, counts = self._get_success_kwargs(), metrics["column.value_counts"]
        before = [
            (batch["rows"], batch["categories"][self.column])
            for batch in asked["earlier"]
            if self.column in batch["categories"]
        ]
        now = (metrics["table.row_count"], {str(value): int(count) for value, count in counts.items()})
        usual = usual_shares(before, now, asked.get("factor", self.factor), asked.get("floor", self.floor))
        return {"success": usual, "result": {"observed_value": len(counts)}}
