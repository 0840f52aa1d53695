"""Build the DAGs out of the declarations: a new contract or rule needs no new DAG file."""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pendulum
from airflow.sdk import DAG, AssetAny, CronDataIntervalTimetable, Param, TriggerRule, get_parsing_context

from hedui import shelves
from hedui.model.contract import Agency, Dataset
from hedui.model.rule import Rule
from hedui_airflow import pages
from hedui_airflow.assets import warehouse_asset
from hedui_airflow.deadlines import alarm
from hedui_airflow.failures import RETRIES, RETRY_POLICY
from hedui_airflow.operators import (
    Approval,
    Deliver,
    DeliverMonth,
    Extract,
    Load,
    Match,
    ProposeRelease,
    Pseudonymise,
    ReleaseLeads,
    Report,
    ReportMonth,
    Validate,
)
from hedui_airflow.pools import pool_name

# The FAB role of those who may approve. It sees the release DAGs alone; Airflow wants `can_edit` for an answer.
APPROVER_ROLE = "Approver"
_ZONE = "Asia/Shanghai"


def extract_dags() -> Iterator[DAG]:
    """One DAG per dataset: its way from the agency into the warehouse, once per interval."""
    for agency in shelves.agencies().values():
        for dataset in agency.datasets.values():
            if _wanted(dataset.table):
                yield _extract_dag(agency, dataset)


def matching_dags() -> Iterator[DAG]:
    """One DAG per rule, woken by whichever of its inputs was loaded."""
    return (_matching_dag(rule) for rule in shelves.rules().values() if _wanted(f"match__{rule.rule}"))


def release_dags() -> Iterator[DAG]:
    """One DAG per agency that is told of leads."""
    addressed = {a.agency: a for rule in shelves.rules().values() for a in shelves.addressees(rule)}
    return (_release_dag(agency) for _, agency in sorted(addressed.items()))


def report_dags() -> Iterator[DAG]:
    """One DAG per agency: its report of each month."""
    return (_report_dag(a) for a in shelves.agencies().values() if _wanted(f"report__{a.agency}"))


def _wanted(dag_id: str) -> bool:
    """Whether whoever reads the DAG files needs this DAG: a task that is about to run needs its own alone."""
    return get_parsing_context().dag_id in (None, dag_id)


def _extract_dag(agency: Agency, dataset: Dataset) -> DAG:
    with DAG(
        dag_id=dataset.table,
        dag_display_name=f"{agency.title.zh} · {dataset.title.zh}  {dataset.full_name}",
        description=dataset.title.en,
        doc_md=pages.extract_page(agency, dataset),
        tags={"extract", agency.agency, dataset.programme},
        default_args=_defaults(agency.title.en),
        max_active_runs=1,
        params=_asked_interval(),
        deadline=alarm(dataset),
        **_calendar(dataset),
    ) as dag:
        about: dict[str, Any] = {"where": dataset.full_name}
        extract = Extract(
            task_id="extract",
            task_display_name="提取 extract",
            connection=agency.connection,
            pool=pool_name(agency.agency),
            **about,
        )
        about["batch_id"] = extract.output
        validate = Validate(task_id="validate", task_display_name="校验 validate", **about)
        pseudonymise = Pseudonymise(
            task_id="pseudonymise", task_display_name="假名化 pseudonymise", accepted=validate.output, **about
        )
        load = Load(task_id="load", task_display_name="入仓 load", asset=warehouse_asset(dataset), **about)
        # A rejected batch skips two steps and still gets its report. A failed step must stay a failed run, and where
        # the agency is paused there is nothing to report.
        report = Report(
            task_id="report",
            task_display_name="报告 report",
            trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
            **about,
        )
        deliver = Deliver(task_id="deliver", task_display_name="送达 deliver", pool=pool_name(agency.agency), **about)
        extract >> validate >> pseudonymise >> load >> report >> deliver
    return dag


def _matching_dag(rule: Rule) -> DAG:
    inputs = [warehouse_asset(dataset) for dataset in shelves.read_by(rule).values()]
    with DAG(
        dag_id=f"match__{rule.rule}",
        dag_display_name=f"比对 · {rule.title.zh}  {rule.rule}",
        description=rule.title.en,
        doc_md=pages.matching_page(rule),
        tags={"match", rule.programme, rule.severity},
        default_args=_defaults(rule.owner),
        # A list would wait for all of them.
        schedule=AssetAny(*inputs),
    ) as dag:
        # One at a time by the task: a DAG at its `max_active_runs` is not woken again before its file is next parsed.
        Match(task_id="match", task_display_name="比对 match", where=rule.rule, max_active_tis_per_dag=1)
    return dag


def _report_dag(agency: Agency) -> DAG:
    month: dict[str, Any] = {"type": ["null", "string"], "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"}
    with DAG(
        dag_id=f"report__{agency.agency}",
        dag_display_name=f"校验月报 · {agency.title.zh}  {agency.agency}",
        description=f"Monthly validation report of {agency.title.en}",
        doc_md=pages.report_page(agency),
        tags={"report", agency.agency},
        default_args=_defaults(agency.title.en),
        # The month in which the interval begins. Its last deliveries are through on the third day of the next.
        schedule=CronDataIntervalTimetable("0 8 3 * *", timezone=_ZONE),
        start_date=_midnight("2026-01-01", _ZONE),
        catchup=False,
        max_active_runs=1,
        params={"month": Param(None, title="月份 month", description="such as 2026-06; empty: the last", **month)},
    ) as dag:
        about: dict[str, Any] = {"where": agency.agency}
        report = ReportMonth(task_id="report", task_display_name="月报 report", **about)
        about |= {"month": report.output, "pool": pool_name(agency.agency)}
        report >> DeliverMonth(task_id="deliver", task_display_name="送达 deliver", **about)
    return dag


def _release_dag(agency: Agency) -> DAG:
    with DAG(
        dag_id=f"release__{agency.agency}",
        dag_display_name=f"线索移交 · {agency.title.zh}  {agency.agency}",
        description=f"Release of leads to {agency.title.en}, approved by two people",
        doc_md=pages.release_page(agency),
        tags={"release", agency.agency},
        default_args=_defaults(agency.title.en),
        schedule=None,
        max_active_runs=1,
        access_control={APPROVER_ROLE: {"DAGs": {"can_read", "can_edit"}}},
    ) as dag:
        propose = ProposeRelease(task_id="propose", task_display_name="拟移交 propose", where=agency.agency)
        first = _approval("first_approval", "一审 first approval", agency)
        second = _approval("second_approval", "二审 second approval", agency, different_from="first_approval")
        release = ReleaseLeads(
            task_id="release",
            task_display_name="移交 release",
            where=agency.agency,
            release_id=propose.output,
            approvals=[first.task_id, second.task_id],
        )
        propose >> first >> second >> release
    return dag


def _approval(task_id: str, title: str, agency: Agency, different_from: str | None = None) -> Approval:
    return Approval(
        task_id=task_id,
        task_display_name=title,
        subject=f"{agency.title.zh} {agency.title.en}: release of {{{{ ti.xcom_pull('propose', key='leads') }}}} leads",
        body=pages.approval_page(agency),
        different_from=different_from,
    )


def _defaults(owner: str) -> dict[str, Any]:
    return {"owner": owner, "retries": RETRIES, "retry_policy": RETRY_POLICY}


def _calendar(dataset: Dataset) -> dict[str, Any]:
    """When the dataset is due. `HEDUI_SCHEDULE_FROM` and `_UNTIL` bound the days of which missed ones are caught up."""
    zone = dataset.schedule.timezone
    # A variable without a value, as a compose file may leave it, says nothing.
    first, last = os.environ.get("HEDUI_SCHEDULE_FROM") or None, os.environ.get("HEDUI_SCHEDULE_UNTIL") or None
    return {
        "schedule": CronDataIntervalTimetable(dataset.schedule.cron, timezone=zone),
        "start_date": _midnight(first or "2026-01-01", zone),
        "end_date": _midnight(last, zone) if last else None,
        "catchup": first is not None,
    }


def _asked_interval() -> dict[str, Param]:
    """The form of the trigger button. Airflow's own logical date would not do: before the DAG's start nothing runs."""
    day: dict[str, Any] = {"type": ["null", "string"], "format": "date"}
    return {
        "from": Param(None, title="从 from", description="first day; empty: the last interval that is due", **day),
        "to": Param(None, title="到 to", description="the day after the last one", **day),
    }


def _midnight(day: str, zone: str) -> datetime:
    year, month, day_of_month = (int(part) for part in day.split("-"))
    return pendulum.datetime(year, month, day_of_month, tz=zone)
