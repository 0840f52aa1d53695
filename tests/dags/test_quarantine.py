"""A replay wakes the rules of the tables it added to, and no others."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.dag_processing.dagbag import BundleDagBag

from hedui.model.facts import Replayed
from hedui_airflow import operators

DONE = [
    Replayed("a", "hr.payroll", 2, 1, 1, 0, still_held=0),
    Replayed("b", "hr.pensions", 0, 0, 0, 0, still_held=3),
]


@pytest.mark.parametrize("dataset", [None, "hr.payroll"])
def test_rules_are_woken_by_tables_that_were_added_to(
    bag: BundleDagBag, monkeypatch: pytest.MonkeyPatch, dataset: str | None
) -> None:
    asked: list[str | None] = []
    told: list[tuple[str, Any]] = []

    def replay(dataset: str | None) -> list[Replayed]:
        asked.append(dataset)
        return DONE

    @contextmanager
    def opened() -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(replay=replay)

    monkeypatch.setattr(operators, "Pipeline", SimpleNamespace(open=opened))
    task = bag.dags["quarantine"].get_task("replay")
    (alias,) = task.outlets
    events = {alias: SimpleNamespace(add=lambda asset, extra: told.append((asset.name, extra)))}
    task.execute({"params": {"dataset": dataset}, "outlet_events": events})  # type: ignore[arg-type]
    assert asked == [dataset]
    assert told == [("hr.payroll", {"batch": "a"})]
