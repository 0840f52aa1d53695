"""One operator per step of the pipeline. Each makes one call; ids and URIs pass from task to task, never rows."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, final

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.providers.standard.triggers.temporal import DateTimeTrigger
from airflow.sdk import Asset, BaseOperator, Context
from airflow.sdk.exceptions import AirflowSkipException

from hedui.model.errors import AgencyPaused, ApprovalMissing, DeliveryIncomplete, TerminalError
from hedui.model.facts import DeliveryFacts
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.pipeline import Pipeline
from hedui_airflow.credentials import credentials
from hedui_airflow.failures import only_safe_words
from hedui_airflow.waiting import look_again_at


class Step(BaseOperator):
    """Implement `work`; `where` is the dataset, rule or agency that errors name."""

    def __init__(self, *, where: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.where = where

    @abstractmethod
    def work(self, pipeline: Pipeline, context: Context) -> Any:
        """Do the step. What it returns goes to the next tasks and is seen by everybody: an id, a URI, a yes or no."""

    @final
    def execute(self, context: Context) -> Any:
        return self._done(context)

    def _done(self, context: Context) -> Any:
        with only_safe_words(self.where), Pipeline.open() as pipeline:
            return self.work(pipeline, context)


class Extract(Step):
    """Land what the agency changed within the run's data interval.

    Nothing is pulled from an agency that is paused: the run is skipped. A delivery that is not whole yet is looked for
    again until the deadline of its contract, and no worker waits meanwhile.
    """

    def __init__(self, *, connection: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.connection = connection

    def work(self, pipeline: Pipeline, context: Context) -> str:
        interval = _interval(self.where, context)
        try:
            return pipeline.extract(self.where, interval, credentials(self.connection))
        except AgencyPaused as paused:
            raise AirflowSkipException(str(paused)) from None
        except DeliveryIncomplete as incomplete:
            self.log.info("%s", incomplete)
            self.defer(
                trigger=DateTimeTrigger(look_again_at(incomplete, self.where, interval)), method_name="look_again"
            )

    def look_again(self, context: Context, event: Any) -> Any:
        """What `execute` does, once the trigger has fired."""
        return self._done(context)


class BatchStep(Step):
    """A step on one landed batch."""

    template_fields: Sequence[str] = ("batch_id",)

    def __init__(self, *, batch_id: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.batch_id: str = batch_id


class Validate(BatchStep):
    """Judge the batch by its suite. A rejected batch is a result, not a failure."""

    def work(self, pipeline: Pipeline, context: Context) -> bool:
        return pipeline.validate(self.batch_id)


class Pseudonymise(BatchStep):
    """Turn good rows into pseudonyms; for a batch that goes no further the steps up to the report are skipped."""

    template_fields: Sequence[str] = ("batch_id", "accepted")

    def __init__(self, *, accepted: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.accepted: bool = accepted

    def work(self, pipeline: Pipeline, context: Context) -> None:
        if not self.accepted:
            raise AirflowSkipException(
                f"The batch {self.batch_id} was rejected, or its dataset is still onboarding; see its validation report"
            )
        pipeline.pseudonymise(self.batch_id)


class Load(BatchStep):
    """Commit the batch to the warehouse and tell the rules of it."""

    def __init__(self, *, asset: Asset, **kwargs: Any) -> None:
        super().__init__(outlets=[asset], **kwargs)
        self.asset = asset

    def work(self, pipeline: Pipeline, context: Context) -> None:
        current = pipeline.load(self.batch_id)
        self.log.info("%s: %s rows are now current", self.where, current)
        context["outlet_events"][self.asset].extra = {"batch": self.batch_id}


class Report(BatchStep):
    """Write the agency's validation report, whatever became of the batch."""

    def work(self, pipeline: Pipeline, context: Context) -> str:
        return pipeline.report(self.batch_id).as_uri()


class Deliver(BatchStep):
    """Hand the report to the agency by the channel of its contract, unless it has it. Without a channel: skipped."""

    def work(self, pipeline: Pipeline, context: Context) -> None:
        _say(self, pipeline.deliver(self.batch_id, credentials))


class ReportMonth(Step):
    """Write the agency's report of a month: the one that was asked for, else the one in which the interval began."""

    def work(self, pipeline: Pipeline, context: Context) -> str:
        month = _month(self.where, context)
        pipeline.month_report(self.where, month)
        return month


class DeliverMonth(Step):
    """What `Deliver` does, with the report of a month."""

    template_fields: Sequence[str] = ("month",)

    def __init__(self, *, month: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.month: str = month

    def work(self, pipeline: Pipeline, context: Context) -> None:
        _say(self, pipeline.deliver_month(self.where, self.month, credentials))


class Match(Step):
    """Run a rule for the subjects that changed since it last ran."""

    def work(self, pipeline: Pipeline, context: Context) -> None:
        self.log.info("%s: %s", self.where, pipeline.match(self.where))


class ProposeRelease(Step):
    """Gather the leads that wait for this agency; without any there is nothing to approve."""

    def work(self, pipeline: Pipeline, context: Context) -> int:
        proposed = pipeline.propose_release(self.where)
        if proposed is None:
            raise AirflowSkipException(f"No lead waits for {self.where}")
        context["ti"].xcom_push(key="leads", value=proposed.leads)
        return proposed.id


class Approval(ApprovalOperator):
    """A person's decision. `different_from` names the task whose decision must be somebody else's."""

    def __init__(self, *, different_from: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.different_from = different_from

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        # The pipeline refuses a release by one person anyway; here the second approver still hears of it at once.
        if self.different_from and approver(context, self.different_from) == event["responded_by_user"]["name"]:
            raise ApprovalMissing(
                context["ti"].dag_id,
                "both approvals came from one person",
                "Clear this task and let another person decide",
            )
        return super().execute_complete(context, event)


class ReleaseLeads(Step):
    """Hand the approved leads to the agency, with the names of those who approved."""

    template_fields: Sequence[str] = ("release_id",)

    def __init__(self, *, release_id: Any, approvals: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.release_id: int = release_id
        self.approvals = approvals

    def work(self, pipeline: Pipeline, context: Context) -> str:
        approvers = [approver(context, task) for task in self.approvals]
        return pipeline.release(self.release_id, approvers).as_uri()


def approver(context: Context, task_id: str) -> str:
    """Who approved in this task of the run."""
    decision: Any = context["ti"].xcom_pull(task_ids=task_id)
    return str(decision["responded_by_user"]["name"])


def _say(step: Step, delivered: DeliveryFacts | None) -> None:
    if delivered is None:
        raise AirflowSkipException(f"The contract of {step.where} names no `report_channel`: its reports wait here")
    step.log.info("%s: handed over by %s, receipt: %s", delivered.about, delivered.channel, delivered.receipt)


def _month(where: str, context: Context) -> str:
    if asked := context["params"]["month"]:
        return str(asked)
    start = context.get("data_interval_start")
    if start is None:
        raise TerminalError(where, "the run has no data interval", "Trigger it again with `month`")
    return f"{start.astimezone(PROVINCE_TIME):%Y-%m}"


def _parsed(where: str, start: str, end: str) -> Interval:
    try:
        interval = Interval.parse(start, end)
    except ValueError as error:
        raise TerminalError(where, f"from {start} to {end}: {error}", "Trigger it again with other days") from None
    if interval.end > datetime.now(UTC):
        # It would wait for its delivery until the deadline, and nothing else of the dataset runs meanwhile.
        raise TerminalError(where, f"{interval} is not over yet", "Trigger it again with days that are over")
    return interval


def _interval(where: str, context: Context) -> Interval:
    """What the person asked for who started the run, else the interval that its schedule gave it."""
    asked = context["params"]
    start, end = asked["from"], asked["to"]
    if start and end:
        return _parsed(where, start, end)
    if start or end:
        raise TerminalError(
            where, "only one of `from` and `to` was given", "Trigger it again with both or with neither"
        )
    scheduled = context.get("data_interval_start"), context.get("data_interval_end")
    if scheduled[0] is None or scheduled[1] is None:
        raise TerminalError(where, "the run has no data interval", "Trigger it again with `from` and `to`")
    return Interval(scheduled[0], scheduled[1])
