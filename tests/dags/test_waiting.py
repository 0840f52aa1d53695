"""A delivery that is not whole is waited for without a worker; of an agency that is paused nothing is pulled."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.sdk.exceptions import AirflowSkipException, TaskDeferred

from hedui import shelves
from hedui.model.contract import Schedule
from hedui.model.errors import AgencyPaused, DeliveryIncomplete, DeliveryOverdue, HeduiError
from hedui.model.interval import Interval
from hedui_airflow import operators, waiting
from tests.dags.test_operators import DELIVERED, Recorder, context, task

PAYROLL = "hr.payroll"
TODAY = Interval.parse("2026-06-30", "2026-07-01")
MISSING = DeliveryIncomplete(PAYROLL, "part 2 of 3 is missing", "It is looked for again")


DAY = {"data_interval_start": TODAY.start, "data_interval_end": TODAY.end}


@pytest.fixture(autouse=True)
def connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_HR", json.dumps({"conn_type": "sftp", "host": "127.0.0.1"}))


@pytest.fixture
def deadline(monkeypatch: pytest.MonkeyPatch) -> Callable[[float | None], None]:
    """Let the contract say that a delivery is waited for so many hours."""
    kept = shelves.dataset(PAYROLL)

    def say(hours: float | None) -> None:
        schedule = Schedule(cron=kept.schedule.cron, deadline_hours=hours)
        changed = kept.model_copy(update={"schedule": schedule})
        monkeypatch.setattr(shelves, "dataset", lambda name: changed)

    return say


def look(hours_after_the_end: float) -> datetime:
    now = TODAY.end + timedelta(hours=hours_after_the_end)
    return waiting.look_again_at(MISSING, PAYROLL, TODAY, now)


def test_it_is_looked_for_again_until_the_deadline_and_a_last_time_just_then(deadline: Any) -> None:
    deadline(9)
    assert look(0) == TODAY.end + timedelta(minutes=5)
    assert look(8.99) == TODAY.end + timedelta(hours=9)


def test_after_the_deadline_a_person_is_told_whom_to_call(deadline: Any) -> None:
    deadline(9)
    office = shelves.agencies()["hr"].office
    with pytest.raises(DeliveryOverdue) as overdue:
        look(9)
    assert "was due at 2026-07-01 09:00 and is not whole: part 2 of 3 is missing" in str(overdue.value)
    assert office.title.zh in str(overdue.value) and office.telephone in str(overdue.value)


def test_without_a_deadline_the_task_is_tried_again_as_ever(deadline: Any) -> None:
    deadline(None)
    with pytest.raises(DeliveryIncomplete):
        look(0)


class Agency(Recorder):
    """A pipeline whose next extracts end as told."""

    def __init__(self, *ends: HeduiError | str) -> None:
        super().__init__()
        self.ends = list(ends)

    def extract(self, *_: Any) -> str:
        self.asked.append(("extract",))
        end = self.ends.pop(0)
        if isinstance(end, HeduiError):
            raise end
        return end


@pytest.fixture
def agency(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Agency]:
    def having(*ends: HeduiError | str) -> Agency:
        made = Agency(*ends)

        @contextmanager
        def opened() -> Iterator[Agency]:
            yield made

        monkeypatch.setattr(operators, "Pipeline", SimpleNamespace(open=opened))
        return made

    return having


def test_a_task_that_waits_gives_its_place_free_and_goes_on_when_it_is_time(
    bag: BundleDagBag, agency: Any, deadline: Any
) -> None:
    deadline(24 * 365 * 100)
    agency(MISSING, MISSING, "batch")
    extract, asked = (
        task(bag, "hr__payroll", "extract"),
        context(**DAY),
    )
    with pytest.raises(TaskDeferred) as deferred:
        extract.execute(asked)
    assert deferred.value.trigger.moment - datetime.now(UTC) <= timedelta(minutes=5)
    goes_on = getattr(extract, deferred.value.method_name)
    with pytest.raises(TaskDeferred):
        goes_on(asked, event=None)
    assert goes_on(asked, event=None) == "batch"


def test_a_task_that_waited_in_vain_fails_for_good(bag: BundleDagBag, agency: Any, deadline: Any) -> None:
    deadline(9)
    agency(MISSING)
    with pytest.raises(DeliveryOverdue):
        task(bag, "hr__payroll", "extract").execute(context(**DAY))


def test_of_a_paused_agency_the_run_is_skipped_with_the_reason(bag: BundleDagBag, agency: Any) -> None:
    agency(AgencyPaused("hr", "nothing is pulled from it at present: moving house", "End it with `hedui pause`"))
    with pytest.raises(AirflowSkipException, match="moving house"):
        task(bag, "hr__payroll", "extract").execute(context(**DAY))


# --- the same by Airflow itself ---


def states(bag: BundleDagBag) -> dict[str, str]:
    dag = bag.dags["hr__payroll"]
    alarms, dag.deadline = dag.deadline, None  # `dag.test` of Airflow 3.3.2 stumbles over them; its scheduler does not
    try:
        run = dag.test(run_conf={"from": "2026-06-30", "to": "2026-07-01"})
    finally:
        dag.deadline = alarms
    return {instance.task_id: str(instance.state) for instance in run.get_task_instances()}


@pytest.mark.usefixtures("airflow_database")
def test_a_run_of_a_paused_agency_is_skipped_as_a_whole_and_fails_nowhere(bag: BundleDagBag, agency: Any) -> None:
    asked = agency(AgencyPaused("hr", "nothing is pulled from it at present", "End it"))
    assert states(bag) == dict.fromkeys(["extract", "validate", "pseudonymise", "load", "report", "deliver"], "skipped")
    assert asked.asked == [("extract",)]


@pytest.mark.usefixtures("airflow_database")
def test_a_run_that_waited_ends_like_any_other(
    bag: BundleDagBag, agency: Any, deadline: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    deadline(24 * 365 * 100)
    monkeypatch.setattr(waiting, "_EVERY", timedelta(0))
    asked = agency(MISSING, MISSING, "batch")
    asked.answers = {"validate": True, "report": tmp_path, "deliver": DELIVERED}
    assert set(states(bag).values()) == {"success"}
    steps = ["validate", "pseudonymise", "load", "report", "deliver"]
    assert [step for step, *_ in asked.asked] == ["extract"] * 3 + steps


@pytest.mark.usefixtures("airflow_database")
def test_a_rejected_batch_still_gets_its_report(bag: BundleDagBag, agency: Any, tmp_path: Any) -> None:
    asked = agency("batch")
    asked.answers = {"validate": False, "report": tmp_path, "deliver": DELIVERED}
    assert states(bag) == {
        "extract": "success",
        "validate": "success",
        "pseudonymise": "skipped",
        "load": "skipped",
        "report": "success",
        "deliver": "success",
    }


@pytest.mark.usefixtures("airflow_database")
def test_without_a_channel_the_report_waits_and_the_run_succeeds(bag: BundleDagBag, agency: Any, tmp_path: Any) -> None:
    asked = agency("batch")
    asked.answers = {"validate": True, "report": tmp_path}
    ended = states(bag)
    assert ended.pop("deliver") == "skipped"
    assert set(ended.values()) == {"success"}
