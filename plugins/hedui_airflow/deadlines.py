"""The alarm of each scheduled delivery: the moment at which it is due, and what happens then.

Airflow computes the moment when it makes a run, in the scheduler, and drops the alarm when the run succeeds in time.
Otherwise it calls `tell_missing`, in a process of the executor, which asks the ledger what became of the delivery.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import BaseDeadlineReference, DeadlineAlert
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from hedui.model.contract import Dataset, Schedule
from hedui.model.errors import HeduiError, TransientError
from hedui.model.interval import Interval
from hedui.pipeline import Pipeline
from hedui.working_days import due_at
from hedui_airflow.credentials import credentials
from hedui_airflow.failures import only_safe_words

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_LOG = logging.getLogger(__name__)

# Several datasets of an agency are due at the same time, and a mail server may be away for a minute.
_TRIES: Final[dict[str, Any]] = {
    "retry": retry_if_exception_type(TransientError),
    "wait": wait_random_exponential(max=60),
    "stop": stop_after_delay(300),
    "reraise": True,
}


class DueMoment(BaseDeadlineReference):
    """When the delivery of a run's data interval is due, in working days.

    Runs that somebody started or fills up the past with have no such moment, nor have those that the scheduler makes
    when it is over already. Of their deliveries the nightly look tells, if they are still missing then.
    """

    required_kwargs = frozenset({"dag_id", "run_id"})

    def __init__(self, schedule: str = "") -> None:
        """`schedule` is the contract's, as JSON: a scheduler reads no contracts."""
        self.schedule = schedule

    def serialize_reference(self) -> dict[str, Any]:
        return {**super().serialize_reference(), "schedule": self.schedule}

    @classmethod
    def deserialize_reference(cls, reference_data: dict[str, Any]) -> "DueMoment":
        return cls(reference_data["schedule"])

    def _evaluate_with(self, *, session: "Session", dag_id: str, run_id: str) -> datetime | None:
        from airflow.models import DagRun

        run = session.query(DagRun).filter_by(dag_id=dag_id, run_id=run_id).one()
        if run.run_type != "scheduled" or not (run.data_interval_start and run.data_interval_end):
            return None
        return self._to_come(Interval(run.data_interval_start, run.data_interval_end))

    def _to_come(self, interval: Interval) -> datetime | None:
        try:
            moment = due_at(Schedule.model_validate_json(self.schedule), interval)
        except HeduiError as error:  # a calendar that cannot be read must not keep the run from being made
            _LOG.error("No alarm is set: %s", error)
            return None
        return moment if moment and moment > datetime.now(UTC) else None


def alarm(dataset: Dataset) -> DeadlineAlert | None:
    """The alarm of a dataset's deliveries; None where its contract names no due time."""
    if dataset.schedule.due is None:
        return None
    return DeadlineAlert(
        reference=DueMoment(dataset.schedule.model_dump_json()),
        interval=timedelta(0),
        callback=SyncCallback(tell_missing, kwargs={"where": dataset.full_name}),
        name=f"{dataset.full_name} is due",
    )


def tell_missing(where: str, context: dict[str, Any]) -> None:
    """Tell of the delivery for the run's data interval, unless it is here by now or the agency is paused.

    Airflow calls this once, whatever becomes of it; the nightly look tells what could not be told.
    """
    run = context["dag_run"]
    interval = Interval.parse(run["data_interval_start"], run["data_interval_end"])
    for attempt in Retrying(**_TRIES):
        with attempt, only_safe_words(where), Pipeline.open() as pipeline:
            told = pipeline.tell_missing(credentials, where, interval)
    if not told:
        _LOG.warning("%s: of the delivery for %s nobody is told: look at `hedui due` and at its run", where, interval)
