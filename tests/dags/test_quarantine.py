"""A replay wakes the rules that have not seen all there is, also where it failed for some of the rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.models.asset import AssetEvent, AssetModel
from airflow.utils.session import create_session

from hedui import shelves
from hedui.model.errors import TerminalError
from hedui.model.facts import Replayed
from hedui_airflow import operators

RULE, READ = next((name, shelves.read_by(rule)) for name, rule in shelves.rules().items())


@pytest.mark.parametrize("dataset", [None, "hr.payroll"])
def test_a_replay_is_of_the_dataset_that_was_asked_for_or_of_all(
    bag: BundleDagBag, monkeypatch: pytest.MonkeyPatch, dataset: str | None
) -> None:
    asked: list[str | None] = []
    serve(monkeypatch, replay=lambda dataset: asked.append(dataset) or [Replayed("a", "hr.payroll", 2, 1, 1, 0, 0)])
    bag.dags["quarantine"].get_task("replay").execute({"params": {"dataset": dataset}})  # type: ignore[typeddict-item]
    assert asked == [dataset]


@pytest.mark.parametrize(("behind", "told"), [([RULE], sorted(READ)), ([], [])])
def test_rules_that_are_behind_are_woken_by_the_tables_they_read(
    bag: BundleDagBag, monkeypatch: pytest.MonkeyPatch, behind: list[str], told: list[str]
) -> None:
    serve(monkeypatch, behind=lambda: behind)
    wake = bag.dags["quarantine"].get_task("wake")
    (alias,), assets = wake.outlets, list[str]()
    events = {alias: SimpleNamespace(add=lambda asset: assets.append(asset.name))}
    wake.execute({"outlet_events": events})  # type: ignore[typeddict-item]
    assert assets == told


@pytest.mark.usefixtures("airflow_database")
def test_a_replay_that_fails_for_some_rows_wakes_the_rules_of_the_others_and_stays_a_failure(
    bag: BundleDagBag, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replay(dataset: str | None) -> list[Replayed]:
        raise TerminalError("b", "its rows cannot be read", "Look for the file")

    serve(monkeypatch, replay=replay, behind=lambda: [RULE])
    run = bag.dags["quarantine"].test()
    states = {one.task_id: str(one.state) for one in run.get_task_instances()}
    assert states == {"replay": "failed", "wake": "success", "whole": "upstream_failed"}
    assert str(run.state) == "failed"
    with create_session() as session:
        names = sa.select(AssetModel.name).join(AssetEvent, AssetEvent.asset_id == AssetModel.id)
        assert {*session.scalars(names.where(AssetEvent.source_run_id == run.run_id))} == {*READ}


def serve(monkeypatch: pytest.MonkeyPatch, **answers: Any) -> None:
    """A pipeline that can do no more than this."""

    @contextmanager
    def opened() -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(**answers)

    monkeypatch.setattr(operators, "Pipeline", SimpleNamespace(open=opened))
