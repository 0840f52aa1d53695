"""What the demo asks of Airflow, through its public API and as one of its accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

import requests

from hedui.model.interval import Interval
from simulator.demo.accounts import Account

_TIMEOUT = 60.0
_SCHEDULER_NEEDS = timedelta(seconds=2)


@dataclass(frozen=True)
class Run:
    """One run of a DAG."""

    dag_id: str
    run_id: str
    state: str
    interval: Interval | None = None

    @property
    def ended(self) -> bool:
        return self.state in ("success", "failed")

    @classmethod
    def of(cls, answer: dict[str, Any]) -> Self:
        return cls(answer["dag_id"], answer["dag_run_id"], answer["state"], _interval(answer))


class AirflowApi:
    """One person's view of Airflow."""

    def __init__(self, address: str, account: Account) -> None:
        self._address = address
        self._session = requests.Session()
        # Loopback: a proxy of the environment has no business here.
        self._session.trust_env = False
        sign_in = {"username": account.username, "password": account.password}
        token = self._call("POST", "/auth/token", json=sign_in)["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"

    def dags(self) -> set[str]:
        """The DAGs that the dag-processor has read."""
        return {dag["dag_id"] for dag in self._get("/dags", limit=1000)["dags"]}

    def can_run(self, dag_id: str) -> bool:
        """Whether a DAG that was read can be started, too: under load it is listed a while before."""
        versions = f"{self._address}/api/v2/dags/{dag_id}/dagVersions"
        return self._session.get(versions, params={"limit": 1}, timeout=_TIMEOUT).ok

    def import_errors(self) -> list[str]:
        """One line per DAG file that cannot be read."""
        errors = self._get("/importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace'].strip().splitlines()[-1]}" for error in errors]

    def unpause(self, dag_id: str) -> None:
        self._call("PATCH", f"/api/v2/dags/{dag_id}", json={"is_paused": False})

    def trigger(self, dag_id: str, interval: Interval | None = None) -> Run:
        """Start a run, for `interval` if the DAG has one."""
        asked = {"logical_date": None, **(_asked(interval) if interval else {})}
        return Run.of(self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", json=asked))

    def do_again(self, run: Run) -> Run:
        """Let every task of a run be done once more."""
        path = f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/clear"
        return Run.of(self._call("POST", path, json={"dry_run": False}))

    def do_tasks_again(self, run: Run, task_ids: Sequence[str]) -> Run:
        """Let these tasks of a run be done once more."""
        asked = {"dry_run": False, "only_failed": False, "dag_run_id": run.run_id, "task_ids": list(task_ids)}
        self._call("POST", f"/api/v2/dags/{run.dag_id}/clearTaskInstances", json=asked)
        return run

    def runs(self, dag_ids: Sequence[str]) -> list[Run]:
        """The runs of these DAGs, oldest first."""
        asked = {"dag_ids": list(dag_ids), "page_limit": 1000, "order_by": "run_after"}
        answer = self._call("POST", "/api/v2/dags/~/dagRuns/list", json=asked)
        return [Run.of(run) for run in answer["dag_runs"]]

    def task_states(self, run: Run) -> dict[str, str]:
        """The state of each task of a run; empty for one that waits for those before it."""
        tasks = self._get(f"/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances")["task_instances"]
        return {task["task_id"]: task["state"] or "" for task in tasks}

    def tasks_at_work(self) -> dict[tuple[str, str], str]:
        """The task that runs now, by DAG and run."""
        asked = {"state": ["running", "awaiting_input"], "limit": 100}
        tasks = self._get("/dags/~/dagRuns/~/taskInstances", **asked)["task_instances"]
        return {(task["dag_id"], task["dag_run_id"]): task["task_id"] for task in tasks}

    def question(self, run: Run) -> str | None:
        """The task of a run that waits for a person's answer, once the scheduler has seen that it waits.

        An answer within the same second, as only a program gives it, reaches Airflow while it still takes the task for
        a running one; it then asks again.
        """
        path = f"/dags/{run.dag_id}/dagRuns/{run.run_id}"
        seen = self._get(path)["last_scheduling_decision"]
        for detail in self._get(f"{path}/hitlDetails", response_received=False)["hitl_details"]:
            task = detail["task_instance"]
            if task["state"] == "awaiting_input" and _moment(seen) > _moment(task["start_date"]) + _SCHEDULER_NEEDS:
                return str(task["task_id"])
        return None

    def approve(self, run: Run, task_id: str) -> None:
        """Answer the question that this task asks with yes."""
        path = f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/{task_id}/-1/hitlDetails"
        self._call("PATCH", path, json={"chosen_options": ["Approve"], "params_input": {}})

    def last_error(self, run: Run) -> str:
        """The line in which the failed task of a run says what happened."""
        tasks = f"/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances"
        for task in self._get(tasks)["task_instances"]:
            if task["state"] == "failed":
                log = self._get(f"{tasks}/{task['task_id']}/logs/{task['try_number']}", full_content=True)
                said = [str(error["exc_value"]) for line in log["content"] for error in line.get("error_detail") or ()]
                return f"{task['task_id']}: {said[-1] if said else 'see its log'}"
        return "no task of it failed"

    def _get(self, path: str, **parameters: Any) -> Any:
        return self._call("GET", f"/api/v2{path}", params=parameters)

    def _call(self, method: str, path: str, **rest: Any) -> Any:
        answer = self._session.request(method, f"{self._address}{path}", timeout=_TIMEOUT, **rest)
        if not answer.ok:
            raise RuntimeError(f"Airflow refused {method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json()


def answers(address: str) -> bool:
    """Whether the API server can be asked already."""
    try:
        return requests.get(f"{address}/api/v2/version", timeout=_TIMEOUT).ok
    except requests.ConnectionError:
        return False


def _asked(interval: Interval) -> dict[str, Any]:
    start, end = interval.start.date().isoformat(), interval.end.date().isoformat()
    # Queued runs start in the order of `run_after`: history before the day after it.
    order = interval.end.isoformat()
    return {"dag_run_id": f"asked__{start}_{end}", "conf": {"from": start, "to": end}, "run_after": order}


def _interval(run: dict[str, Any]) -> Interval | None:
    """What a run was asked for by hand, or by its schedule; one without an interval is given an empty one."""
    asked = run["conf"] or {}
    start, end = asked.get("from", run["data_interval_start"]), asked.get("to", run["data_interval_end"])
    return Interval.parse(start, end) if start and end and start != end else None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
