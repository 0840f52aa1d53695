"""When the alarm of a run is set to, and what is asked when it rings."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.dag_processing.dagbag import BundleDagBag
from tenacity import wait_none

from hedui import shelves
from hedui.model.contract import Due, Schedule
from hedui.model.errors import StoreBusy
from hedui.model.interval import Interval
from hedui_airflow import deadlines
from hedui_airflow.credentials import credentials
from hedui_airflow.deadlines import DueMoment, alarm, tell_missing
from hedui_airflow.failures import StepError
from tests.dags.test_operators import Recorder

DAILY = Schedule(cron="0 0 * * *", due=Due(working_days=1, at="10:00"))
TO_COME = Interval.parse("2098-10-01", "2098-10-02")  # a Wednesday, of a year without known holidays
LONG_OVER = Interval.parse("2026-06-30", "2026-07-01")


def moment(kind: str, interval: Interval | None, schedule: Schedule = DAILY) -> datetime | None:
    """What the alarm of a run is set to, by way of the words in which Airflow keeps it."""
    from airflow.serialization.decoders import decode_deadline_reference
    from airflow.serialization.encoders import encode_deadline_reference

    run = SimpleNamespace(
        run_type=kind,
        data_interval_start=interval.start if interval else None,
        data_interval_end=interval.end if interval else None,
    )
    found = SimpleNamespace(query=lambda _: SimpleNamespace(filter_by=lambda **_: SimpleNamespace(one=lambda: run)))
    kept = decode_deadline_reference(encode_deadline_reference(DueMoment(schedule.model_dump_json())))
    return kept.evaluate_with(session=found, interval=deadlines.timedelta(0), dag_id="d", run_id="r")


def test_a_scheduled_run_is_due_in_working_days_after_its_interval() -> None:
    assert moment("scheduled", TO_COME) == datetime(2098, 10, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["manual", "backfill", "asset_triggered"])
def test_what_somebody_started_has_no_alarm(kind: str) -> None:
    assert moment(kind, TO_COME) is None
    assert moment(kind, None) is None


def test_a_run_that_catches_up_with_a_day_long_over_has_no_alarm() -> None:
    assert moment("scheduled", LONG_OVER) is None


def test_a_calendar_that_cannot_be_read_keeps_no_run_from_being_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HEDUI_HOLIDAYS", str(tmp_path / "none.csv"))
    assert moment("scheduled", TO_COME) is None
    assert "No alarm is set: HEDUI_HOLIDAYS" in caplog.text


def test_every_dataset_with_a_due_time_has_an_alarm(bag: BundleDagBag) -> None:
    for dataset in shelves.datasets().values():
        alarms = bag.dags[dataset.table].deadline or []
        assert alarms == ([alarm(dataset)] if dataset.schedule.due else [])
        assert all(one.callback.kwargs == {"where": dataset.full_name} for one in alarms)


def test_without_a_due_time_there_is_no_alarm() -> None:
    dataset = shelves.dataset("hr.payroll")
    assert alarm(dataset.model_copy(update={"schedule": Schedule(cron="0 0 * * *")})) is None


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Recorder]:
    def answering(told: Any) -> Recorder:
        recorder = Recorder()
        recorder.answers["tell_missing"] = told

        @contextmanager
        def opened() -> Iterator[Recorder]:
            yield recorder

        monkeypatch.setattr(deadlines, "Pipeline", SimpleNamespace(open=opened))
        return recorder

    return answering


RUNG = {"dag_run": {"data_interval_start": "2026-06-29T16:00:00Z", "data_interval_end": "2026-06-30T16:00:00Z"}}


def test_when_it_rings_the_delivery_of_the_run_is_looked_for(pipeline: Any) -> None:
    recorder = pipeline(["told"])
    tell_missing("hr.payroll", RUNG)
    assert recorder.asked == [("tell_missing", credentials, "hr.payroll", LONG_OVER)]


def test_what_may_pass_is_tried_again_as_airflow_calls_only_once(
    pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(deadlines._TRIES, "wait", wait_none())
    busy, recorder = [StoreBusy("report", "another run is at this already", "Wait")], pipeline(["told"])

    def tell(*asked: Any) -> list[str]:
        if busy:
            raise busy.pop()
        return ["told"]

    recorder.tell_missing = tell
    tell_missing("hr.payroll", RUNG)
    assert busy == []


def test_where_nobody_needs_to_be_told_the_log_says_where_to_look(
    pipeline: Any, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline([])
    tell_missing("hr.payroll", RUNG)
    assert "hr.payroll: of the delivery for 2026-06-30..2026-07-01 nobody is told" in caplog.text


def test_an_error_nobody_foresaw_reaches_no_log_in_its_own_words(pipeline: Any, monkeypatch: Any) -> None:
    @contextmanager
    def broken() -> Iterator[None]:
        raise ValueError("张三 11010519491231002X")
        yield

    monkeypatch.setattr(deadlines, "Pipeline", SimpleNamespace(open=broken))
    with pytest.raises(StepError, match=r"^hr\.payroll: ValueError") as caught:
        tell_missing("hr.payroll", RUNG)
    assert "张三" not in str(caught.value)
