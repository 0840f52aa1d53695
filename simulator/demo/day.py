"""One day of the pipeline: histories, the day after them, the matching that they wake, and one release."""

from collections.abc import Iterable
from datetime import UTC, datetime

from hedui import shelves
from hedui.model.interval import Interval
from simulator.demo.accounts import APPROVERS, Account
from simulator.demo.airflow_api import AirflowApi, Run
from simulator.demo.board import Board
from simulator.demo.waiting import Watch
from simulator.province import ProvinceFacts

HISTORY, DAILY = "history", "daily"
RELEASED = "health"
_APPROVALS = dict(zip(("first_approval", "second_approval"), APPROVERS, strict=True))

Key = tuple[str, str]


class Day:
    """What is done through Airflow. `failures` gets one line for each failed run."""

    def __init__(self, address: str, accounts: dict[str, Account], board: Board, watch: Watch) -> None:
        self._operator = AirflowApi(address, accounts["operator"])
        self._approvers = {name: AirflowApi(address, accounts[name]) for name in APPROVERS}
        self._board = board
        self._watch = watch
        self._cells: dict[Key, tuple[str, str]] = {}
        self.failures: list[str] = []

    def play(self, facts: ProvinceFacts) -> None:
        """Work through the day. Raises where it cannot go on: TooLongError, ChildEndedError, RuntimeError."""
        self._await_dags()
        extracts = self._extract(_interval(facts.history), _interval(facts.daily))
        self._match(extracts)
        if not self.failures:
            self._release()

    def _await_dags(self) -> None:
        def read() -> bool:
            if errors := self._operator.import_errors():
                raise RuntimeError("a DAG file cannot be read: " + "; ".join(errors))
            return {*_extracts(), *_matches(), _release_id()} <= self._operator.dags()

        self._watch.until(read, "the DAGs to be read")

    def _extract(self, history: Interval, daily: Interval) -> list[Run]:
        """Histories by hand; the daily runs by the scheduler, or by hand where it made them earlier or cannot yet."""
        earlier = self._scheduled(daily)
        by_hand = [d for d in _extracts() if d in earlier or daily.end > datetime.now(UTC)]
        runs = [self._trigger(dag_id, HISTORY, history) for dag_id in _extracts()]
        for dag_id in (*_extracts(), *_matches(), _release_id()):
            self._operator.unpause(dag_id)
        runs += [self._trigger(dag_id, DAILY, daily) for dag_id in by_hand]
        self._watch.until(
            lambda: self._scheduled(daily).keys() | by_hand == set(_extracts()), "the scheduler to make the daily runs"
        )
        made = [run for dag_id, run in self._scheduled(daily).items() if dag_id not in by_hand]
        self._cells |= {_key(run): (_line(run.dag_id), DAILY) for run in made}
        return self._ended([*runs, *made], "the extracts to end")

    def _match(self, extracts: list[Run]) -> None:
        """Follow every loaded batch until all rules that read its dataset have taken notice of it."""
        loaded = [run for run in extracts if self._operator.task_states(run).get("load") == "success"]
        awaited = {_key(run): set(_matches(reading=run.dag_id)) for run in loaded}

        def woken() -> dict[Key, list[Run]]:
            return {_key(run): self._operator.woken_by(run) for run in loaded}

        def taken_notice() -> bool:
            return all(awaited[key] <= {run.dag_id for run in runs} for key, runs in woken().items())

        self._watch.until(taken_notice, "the loaded batches to wake the rules")
        runs = {_key(run): run for started in woken().values() for run in started}
        self._cells |= {key: (_line(run.dag_id), DAILY) for key, run in runs.items()}
        self._ended(list(runs.values()), "the matching to end")

    def _release(self) -> None:
        run = self._operator.trigger(_release_id())
        self._cells[_key(run)] = (_line(run.dag_id), DAILY)
        for task_id, approver in _APPROVALS.items():
            if self._asks(run, task_id):
                self._approvers[approver].approve(run, task_id)
        self._ended([run], "the release to end")

    def _asks(self, run: Run, task_id: str) -> bool:
        """Wait until this task asks for approval; False when it never will."""
        states: dict[str, str] = {}

        def decided() -> bool:
            states.update(self._operator.task_states(run))
            self._board.put(*self._cells[_key(run)], state=_doing(states))
            return states.get(task_id) in ("awaiting_input", "success", "skipped", "failed", "upstream_failed")

        self._watch.until(decided, f"{task_id} of the release to be asked for")
        return states[task_id] == "awaiting_input"

    def _trigger(self, dag_id: str, part: str, interval: Interval) -> Run:
        run = self._operator.trigger(dag_id, interval)
        self._cells[_key(run)] = (_line(dag_id), part)
        return run

    def _scheduled(self, interval: Interval) -> dict[str, Run]:
        """The runs for `interval` that the scheduler made by itself."""
        runs = self._operator.runs(_extracts())
        return {
            run.dag_id: run
            for run in runs
            if run.run_type == "scheduled" and run.interval == (interval.start, interval.end)
        }

    def _ended(self, runs: list[Run], what: str) -> list[Run]:
        """Wait until all of `runs` have ended and note which failed."""
        wanted = {_key(run) for run in runs}
        dag_ids = sorted({run.dag_id for run in runs})
        latest: list[Run] = []

        def all_ended() -> bool:
            latest[:] = [run for run in self._operator.runs(dag_ids) if _key(run) in wanted]
            self._show(latest)
            return all(run.ended for run in latest)

        if runs:
            self._watch.until(all_ended, what)
        self._note_failures(latest)
        return latest

    def _show(self, runs: Iterable[Run]) -> None:
        at_work = self._operator.tasks_at_work()
        for run in runs:
            line, part = self._cells[_key(run)]
            self._board.put(line, part, at_work.get(_key(run), run.state))

    def _note_failures(self, runs: Iterable[Run]) -> None:
        for run in runs:
            if run.state == "failed":
                line, part = self._cells[_key(run)]
                self.failures.append(f"{line} {part}: {self._operator.last_error(run)}")


def lines() -> list[str]:
    """The lines of the board."""
    return [_line(dag_id) for dag_id in (*_extracts(), *_matches(), _release_id())]


def _extracts() -> list[str]:
    return [dataset.table for dataset in shelves.datasets().values()]


def _matches(reading: str | None = None) -> list[str]:
    tables = {rule.rule: {shelves.dataset(name).table for name in rule.inputs} for rule in shelves.rules().values()}
    return [f"match__{rule}" for rule, read in tables.items() if reading is None or reading in read]


def _release_id() -> str:
    return f"release__{RELEASED}"


def _line(dag_id: str) -> str:
    return dag_id.replace("__", " " if dag_id.startswith(("match", "release")) else ".")


def _key(run: Run) -> Key:
    return run.dag_id, run.run_id


def _doing(states: dict[str, str]) -> str:
    return next((task for task, state in states.items() if state in ("running", "awaiting_input")), "running")


def _interval(days: dict[str, str]) -> Interval:
    return Interval.parse(days["from"], days["to"])
