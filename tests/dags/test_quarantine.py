"""A replay wakes the rules of the tables it added to, and no others."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.dag_processing.dagbag import BundleDagBag

from hedui import shelves
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

    def replay(dataset: str | None) -> list[Replayed]:
        asked.append(dataset)
        return DONE

    told = executed(bag, monkeypatch, SimpleNamespace(replay=replay), dataset)
    assert asked == [dataset]
    assert told == [("hr.payroll", {"batch": "a"})]


def test_what_an_attempt_that_broke_off_had_added_to_wakes_its_rules_with_the_next(
    bag: BundleDagBag, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule, read = next((name, shelves.read_by(rule)) for name, rule in shelves.rules().items())
    pipeline = SimpleNamespace(replay=lambda dataset: [], behind=lambda: [rule])
    assert executed(bag, monkeypatch, pipeline, attempt=1) == []
    assert executed(bag, monkeypatch, pipeline, attempt=2) == [(name, {}) for name in sorted(read)]


def executed(
    bag: BundleDagBag,
    monkeypatch: pytest.MonkeyPatch,
    pipeline: SimpleNamespace,
    dataset: str | None = None,
    attempt: int = 1,
) -> list[tuple[str, Any]]:
    """The tables whose rules are woken by the task, and with which words."""
    told: list[tuple[str, Any]] = []

    @contextmanager
    def opened() -> Iterator[SimpleNamespace]:
        yield pipeline

    monkeypatch.setattr(operators, "Pipeline", SimpleNamespace(open=opened))
    task = bag.dags["quarantine"].get_task("replay")
    (alias,) = task.outlets
    events = {alias: SimpleNamespace(add=lambda asset, extra: told.append((asset.name, extra)))}
    said = {"params": {"dataset": dataset}, "outlet_events": events, "ti": SimpleNamespace(try_number=attempt)}
    task.execute(said)  # type: ignore[arg-type]
    return told
