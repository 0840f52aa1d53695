"""What each operator asks of the pipeline, and what it hands on."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.sdk.exceptions import AirflowSkipException

from hedui.model.errors import AccessDenied, ApprovalMissing, TerminalError
from hedui.model.facts import DeliveryFacts, Release
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui_airflow import operators

DAY = {
    "data_interval_start": datetime(2026, 6, 29, 16, tzinfo=UTC),
    "data_interval_end": datetime(2026, 6, 30, 16, tzinfo=UTC),
}
DELIVERED = DeliveryFacts("hr", "b", "sftp", datetime(2026, 7, 1, tzinfo=UTC), "taken in")


class Recorder:
    """Stands where the pipeline stands; `answers` say what each step returns."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.answers: dict[str, Any] = {}

    def __getattr__(self, step: str) -> Any:
        def ask(*arguments: Any) -> Any:
            self.asked.append((step, *arguments))
            return self.answers.get(step)

        return ask


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()

    @contextmanager
    def opened() -> Iterator[Recorder]:
        yield recorder

    monkeypatch.setattr(operators, "Pipeline", SimpleNamespace(open=opened))
    return recorder


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {
        "conn_type": "postgres",
        "host": "127.0.0.1",
        "port": 5432,
        "login": "reader",
        "password": "p",
        "schema": "exchange",
        "extra": {"ca_file": "/ca.pem"},
    }
    monkeypatch.setenv("AIRFLOW_CONN_HEALTH", json.dumps(fields))


def task(bag: BundleDagBag, dag_id: str, task_id: str, **given: Any) -> Any:
    found = copy(bag.dags[dag_id].get_task(task_id))
    for name, value in given.items():
        setattr(found, name, value)
    return found


def context(**more: Any) -> Any:
    return {"params": {"from": None, "to": None}, **more}


@pytest.mark.usefixtures("connection")
def test_an_extract_asks_for_the_interval_of_its_schedule(bag: BundleDagBag, pipeline: Recorder) -> None:
    pipeline.answers["extract"] = "batch"
    extract = task(bag, "health__settlements", "extract")
    assert extract.execute(context(**DAY)) == "batch"
    [(step, dataset, interval, credentials)] = pipeline.asked
    assert (step, dataset, interval) == ("extract", "health.settlements", Interval.parse("2026-06-30", "2026-07-01"))
    assert (credentials.login, credentials.database, credentials.secret("ca_file")) == ("reader", "exchange", "/ca.pem")


@pytest.mark.usefixtures("connection")
def test_a_person_may_ask_for_another_interval(bag: BundleDagBag, pipeline: Recorder) -> None:
    asked = context(**DAY) | {"params": {"from": "2024-07-01", "to": "2026-06-30"}}
    task(bag, "health__settlements", "extract").execute(asked)
    assert pipeline.asked[0][2] == Interval.parse("2024-07-01", "2026-06-30")


@pytest.mark.usefixtures("connection", "pipeline")
@pytest.mark.parametrize("params", [{"from": "2024-07-01", "to": None}, {"from": None, "to": None}])
def test_half_an_interval_or_none_is_refused(bag: BundleDagBag, params: dict[str, str | None]) -> None:
    with pytest.raises(TerminalError, match=r"^health\.settlements: .*`from` and `to`|both or neither"):
        task(bag, "health__settlements", "extract").execute({"params": params})


@pytest.mark.usefixtures("connection")
def test_an_interval_that_is_not_over_is_refused(bag: BundleDagBag, pipeline: Recorder) -> None:
    today = datetime.now(PROVINCE_TIME).date()
    asked = {"params": {"from": f"{today}", "to": f"{today + timedelta(days=1)}"}}
    with pytest.raises(TerminalError, match=r"^health\.settlements: .* is not over yet\. Trigger it again with days"):
        task(bag, "health__settlements", "extract").execute(asked)
    assert pipeline.asked == []


@pytest.mark.usefixtures("pipeline")
def test_a_missing_connection_names_the_agency(bag: BundleDagBag) -> None:
    with pytest.raises(AccessDenied, match=r"^hr: .*Create the Connection `hr`"):
        task(bag, "hr__public_employees", "extract").execute(context(**DAY))


def test_a_rejected_batch_is_not_pseudonymised(bag: BundleDagBag, pipeline: Recorder) -> None:
    with pytest.raises(AirflowSkipException, match="rejected"):
        task(bag, "hr__public_employees", "pseudonymise", batch_id="b", accepted=False).execute(context())
    assert pipeline.asked == []
    task(bag, "hr__public_employees", "pseudonymise", batch_id="b", accepted=True).execute(context())
    assert pipeline.asked == [("pseudonymise", "b")]


def test_the_report_follows_a_rejected_batch_but_not_a_failed_step(bag: BundleDagBag) -> None:
    assert task(bag, "hr__public_employees", "report").trigger_rule == "none_failed_min_one_success"


@pytest.mark.usefixtures("connection")
def test_a_report_is_handed_over_with_the_means_of_its_channel(bag: BundleDagBag, pipeline: Recorder) -> None:
    pipeline.answers["deliver"] = DELIVERED
    assert task(bag, "hr__public_employees", "deliver", batch_id="b").execute(context()) is None
    [(step, batch, credentials)] = pipeline.asked
    assert (step, batch, credentials("health").login) == ("deliver", "b", "reader")


def test_without_a_channel_nothing_is_handed_over_and_it_is_said(bag: BundleDagBag, pipeline: Recorder) -> None:
    with pytest.raises(AirflowSkipException, match=r"hr\.public_employees names no `report_channel`"):
        task(bag, "hr__public_employees", "deliver", batch_id="b").execute(context())


@pytest.mark.parametrize(
    ("asked", "month"),
    [
        ({"params": {"month": "2025-12"}}, "2025-12"),
        # The third of June, 08:00, to the third of July, in the province's time.
        ({"params": {"month": None}, "data_interval_start": datetime(2026, 6, 3, tzinfo=UTC)}, "2026-06"),
    ],
)
def test_a_report_is_of_the_month_that_was_asked_for_or_that_has_ended(
    bag: BundleDagBag, pipeline: Recorder, asked: dict[str, Any], month: str
) -> None:
    assert task(bag, "report__hr", "report").execute(asked) == month
    assert pipeline.asked == [("month_report", "hr", month)]


def test_a_run_without_month_and_interval_says_what_to_do(bag: BundleDagBag, pipeline: Recorder) -> None:
    with pytest.raises(TerminalError, match="Trigger it again with `month`"):
        task(bag, "report__hr", "report").execute({"params": {"month": None}})


def test_the_report_of_a_month_is_handed_over(bag: BundleDagBag, pipeline: Recorder) -> None:
    deliver = task(bag, "report__hr", "deliver", month="2026-06")
    with pytest.raises(AirflowSkipException):
        deliver.execute(context())
    pipeline.answers["deliver_month"] = DELIVERED
    assert deliver.execute(context()) is None
    assert [asked[:3] for asked in pipeline.asked] == [("deliver_month", "hr", "2026-06")] * 2


def test_a_load_tells_the_rules_which_batch_it_was(bag: BundleDagBag, pipeline: Recorder) -> None:
    load = task(bag, "hr__public_employees", "load", batch_id="b")
    events = {load.asset: SimpleNamespace(extra={})}
    assert load.execute(context(outlet_events=events)) is None
    assert events[load.asset].extra == {"batch": "b"}
    assert pipeline.asked == [("load", "b")]


def test_without_a_waiting_lead_there_is_nothing_to_approve(bag: BundleDagBag, pipeline: Recorder) -> None:
    with pytest.raises(AirflowSkipException):
        task(bag, "release__health", "propose").execute(context())
    pipeline.answers["propose_release"] = Release(7, "health", 12)
    pushed: dict[str, int] = {}
    ti = SimpleNamespace(xcom_push=lambda key, value: pushed.update({key: value}))
    assert task(bag, "release__health", "propose").execute(context(ti=ti)) == 7
    assert pushed == {"leads": 12}


def decided(by: str) -> dict[str, Any]:
    user = {"id": by, "name": by}
    return {
        "chosen_options": ["Approve"],
        "params_input": {},
        "responded_at": datetime.now(UTC),
        "responded_by_user": user,
    }


def test_the_second_approval_must_be_another_persons(bag: BundleDagBag) -> None:
    second = task(bag, "release__health", "second_approval")
    ti = SimpleNamespace(dag_id="release__health", xcom_pull=lambda task_ids: {"responded_by_user": {"name": "wang"}})
    with pytest.raises(ApprovalMissing, match="one person"):
        second.execute_complete(context(ti=ti), decided("wang"))
    assert second.execute_complete(context(ti=ti), decided("li"))["chosen_options"] == ["Approve"]


def test_a_release_is_made_with_the_names_of_both(bag: BundleDagBag, pipeline: Recorder, tmp_path: Any) -> None:
    pipeline.answers["release"] = tmp_path
    names = {"first_approval": "wang", "second_approval": "li"}
    ti = SimpleNamespace(xcom_pull=lambda task_ids: {"responded_by_user": {"name": names[task_ids]}})
    sent = task(bag, "release__health", "release", release_id=7).execute(context(ti=ti))
    assert pipeline.asked == [("release", 7, ["wang", "li"])]
    assert sent == tmp_path.as_uri()
