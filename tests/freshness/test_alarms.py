"""Airflow's own alarms: a delivery that is missing when it is due is told of once, one that came is not."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

from hedui.embedded import EmbeddedPostgres
from hedui.ledger.tables import Overdue
from hedui.pipeline.stores import Stores
from tests.freshness.site import Site, at_work


@pytest.fixture(scope="module")
def site(postgres: EmbeddedPostgres) -> Iterator[Site]:
    """The prompt dataset has come, the alarm of the other has rung and was answered."""
    with TemporaryDirectory(prefix="alarms-") as folder, at_work(Path(folder), postgres) as site:
        came = "SELECT 1 FROM dag_run WHERE dag_id = 'grain__prompt' AND state = 'success'"
        awaited = "SELECT 1 FROM deadline JOIN dag_run r ON r.id = dagrun_id WHERE dag_id = 'grain__never'"
        answered = "SELECT 1 FROM callback WHERE state IN ('success', 'failed')"
        site.watch.until(lambda: bool(site.told(came)) and bool(site.told(awaited)), "the first delivery")
        site.let_the_day_pass()
        site.watch.until(lambda: bool(site.told(answered)), "the alarm")
        yield site


def test_an_alarm_rings_for_the_missing_delivery_alone(site: Site) -> None:
    rung = "FROM deadline JOIN callback c ON c.id = callback_id JOIN dag_run r ON r.id = dagrun_id"
    assert site.told(f"SELECT dag_id, missed, c.state {rung}") == [("grain__never", True, "success")]


def test_the_missing_delivery_is_told_once(site: Site) -> None:
    with Stores(site.settings) as stores, stores.ledger.session() as session:
        [told] = session.scalars(sa.select(Overdue))
    [(start, end)] = site.told(
        "SELECT data_interval_start, data_interval_end FROM dag_run WHERE dag_id = 'grain__never'"
    )
    assert (told.dataset, told.interval_start, told.interval_end) == ("grain.never", start, end)


def test_the_alarms_log_tells_engineers_whom_to_call(site: Site) -> None:
    logs = (site.folder / "airflow" / "logs" / "executor_callbacks" / "grain__never").rglob("*")
    [log] = [file.read_text(encoding="utf-8") for file in logs if file.is_file()]
    assert "grain.never: the delivery for " in log
    assert "0931-8000010" in log
