"""One day of the pipeline: histories, the day after them, a list that is answered, matching, and one release."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from hedui.model.interval import Interval
from hedui.pipeline import Pipeline
from simulator.clerk import ANSWERS, LISTED, Answered, Clerk
from simulator.demo.accounts import APPROVERS, Account
from simulator.demo.airflow_api import AirflowApi, Run
from simulator.demo.board import Board, Place
from simulator.demo.waiting import Watch
from simulator.province import ProvinceFacts
from simulator.site import daily_of, due_daily, history_of, simulated, simulated_rules

HISTORY, DAILY = "history", "daily"
RULES, RELEASE = "rules", "release"
RELEASED = "health"
_REPORTING = ("report", "deliver")
_APPROVALS = dict(zip(("first_approval", "second_approval"), APPROVERS, strict=True))
_ANSWERS, _LISTED = (name.replace(".", "__") for name in (ANSWERS, LISTED))

Key = tuple[str, str]


class Day:
    """What is done through Airflow. `failures` gets one line for each failed run, `answered` what the clerk did."""

    def __init__(self, address: str, accounts: dict[str, Account], board: Board, watch: Watch) -> None:
        self._operator = AirflowApi(address, accounts["operator"])
        self._approvers = {name: AirflowApi(address, accounts[name]) for name in APPROVERS}
        self._board = board
        self._watch = watch
        self._places: dict[Key, Place] = {}
        self._earlier: set[Key] = set()
        self.failures: list[str] = []
        self.answered: Answered | None = None

    def play(self, facts: ProvinceFacts, clerk: Clerk) -> None:
        """Work through the day. Raises where it cannot go on: TooLongError, ChildEndedError, RuntimeError."""
        self._await_dags()
        self._earlier = {_key(run) for run in self._operator.runs(_matches())}
        self._extract(history_of(facts), daily_of(facts))
        if not self.failures:
            self._answer(clerk)
        self._match()
        if not self.failures:
            self._release()

    def _await_dags(self) -> None:
        def read() -> bool:
            if errors := self._operator.import_errors():
                raise RuntimeError("a DAG file cannot be read: " + "; ".join(errors))
            return _wanted() <= self._operator.dags() and all(map(self._operator.can_run, sorted(_wanted())))

        self._watch.until(read, "the DAGs to be read")

    def _extract(self, history: Interval, daily: Interval) -> None:
        """Histories by hand; the daily runs by the scheduler. Runs of an earlier time are done again."""
        runs = [self._begin(dag_id, HISTORY, history) for dag_id in _extracts()]
        runs += self._on_the_day(_dailies(), daily, waking=_wanted() - {_ANSWERS})
        self._ended(runs, "the extracts to end")

    def _answer(self, clerk: Clerk) -> None:
        """A list comes back with answers, and the report that it came with is written and handed over once more."""
        with Pipeline.open() as pipeline:
            taken = any(batch.dataset == ANSWERS and batch.pulled for batch in pipeline.batches())
        if not taken:  # what was sent back stays as it is, also when the day is played again
            clerk.answer()
        self._ended(self._on_the_day([_ANSWERS], clerk.day, waking={_ANSWERS}), "the answers to be taken")
        asking = self._runs_of(clerk.about)[_LISTED]
        self._ended([self._operator.do_tasks_again(asking, _REPORTING)], "the report after the answers")
        self.answered = clerk.outcome()
        if again := self.answered.asked_again:
            self.failures.append(f"{LISTED}: {again} records are asked for again that were answered")

    def _on_the_day(self, dag_ids: Sequence[str], daily: Interval, waking: set[str]) -> list[Run]:
        """The runs of the daily interval, once the DAGs to be woken are: those that are new made by the scheduler."""
        by_hand = set(dag_ids) if daily.end > datetime.now(UTC) else set(self._runs_of(daily))
        begun = [self._begin(dag_id, DAILY, daily) for dag_id in dag_ids if dag_id in by_hand]
        for dag_id in sorted(waking):
            self._operator.unpause(dag_id)
        self._watch.until(lambda: self._runs_of(daily).keys() >= set(dag_ids), "the scheduler to make the daily runs")
        runs = self._runs_of(daily)
        return [*begun, *(self._noted(runs[dag_id], DAILY) for dag_id in dag_ids if dag_id not in by_hand)]

    def _match(self) -> None:
        """Until no rule is behind the warehouse; the ledger knows, for Airflow may answer several events by one run."""
        with Pipeline.open() as pipeline:

            def in_step() -> bool:
                runs = self._matching_runs()
                self._show(runs)
                if any(run.state == "failed" for run in runs):
                    return all(run.ended for run in runs)
                return all(run.ended for run in runs) and not set(pipeline.behind()).intersection(simulated_rules())

            self._watch.until(in_step, "the rules to catch up with the warehouse")
        for run in (runs := self._matching_runs()):
            self._board.put(self._places[_key(run)], run.state)
        self._note_failures(runs)

    def _matching_runs(self, known: Sequence[Run] = ()) -> list[Run]:
        """The runs of rules that this day has woken so far, oldest first."""
        runs = known or self._operator.runs(_matches())
        return [self._noted(r, DAILY) for r in runs if r.dag_id in _matches() and _key(r) not in self._earlier]

    def _release(self) -> None:
        # One that still waits for an answer, e.g. because the demo was interrupted, is the one to be answered.
        waiting = [run for run in self._operator.runs([_release_id()]) if not run.ended]
        run = self._noted(waiting[0] if waiting else self._operator.trigger(_release_id()), DAILY)

        def answer() -> None:
            if task_id := self._operator.question(run):
                self._approvers[_APPROVALS[task_id]].approve(run, task_id)

        self._ended([run], "the release to end", meanwhile=answer)

    def _begin(self, dag_id: str, part: str, interval: Interval) -> Run:
        earlier = self._runs_of(interval).get(dag_id)
        run = self._operator.do_again(earlier) if earlier else self._operator.trigger(dag_id, interval)
        return self._noted(run, part)

    def _noted(self, run: Run, part: str) -> Run:
        """Remember where on the board this run is shown."""
        self._places[_key(run)] = _place(run.dag_id, part)
        return run

    def _runs_of(self, interval: Interval) -> dict[str, Run]:
        """The run of each dataset for `interval`, where there is one already."""
        runs = self._operator.runs([*_extracts(), _ANSWERS])
        return {run.dag_id: run for run in runs if run.interval == interval}

    def _ended(self, runs: list[Run], what: str, meanwhile: Callable[[], None] = lambda: None) -> list[Run]:
        """Wait until all of `runs` have ended, doing `meanwhile` again and again, and note which failed."""
        wanted = {_key(run) for run in runs}
        dag_ids = sorted({run.dag_id for run in runs})
        latest: list[Run] = []

        def all_ended() -> bool:
            known = self._operator.runs([*dag_ids, *_matches()])
            latest[:] = [run for run in known if _key(run) in wanted]
            self._show([*latest, *self._matching_runs(known)])
            meanwhile()
            return all(run.ended for run in latest)

        if runs:
            self._watch.until(all_ended, what)
        self._note_failures(latest)
        return latest

    def _show(self, runs: Iterable[Run]) -> None:
        """Put the runs on the board, of several at one place the newest. A rule may yet be woken again."""
        at_work = self._operator.tasks_at_work()
        states = {self._places[_key(run)]: at_work.get(_key(run), run.state) for run in runs}
        for place, state in states.items():
            again = place.line == RULES and state == "success"
            if self._board.put(place, "in step so far" if again else state):
                self._watch.moved()

    def _note_failures(self, runs: Iterable[Run]) -> None:
        for run in runs:
            states = self._operator.task_states(run)
            # Airflow calls a run a success whose tasks it had no reason to begin.
            if run.state == "failed" or not states:
                what = self._operator.last_error(run) if states else "Airflow ran none of its tasks"
                self.failures.append(f"{' '.join(self._places[_key(run)])}: {what}")


def plan() -> dict[tuple[str, str], list[str]]:
    """What the board counts, in the order in which it is shown."""
    extracts = [(_place(dag_id, HISTORY), dag_id in _dailies()) for dag_id in _extracts()]
    counted: dict[tuple[str, str], list[str]] = {}
    for place, daily in extracts:
        counted.setdefault((place.line, HISTORY), []).append(place.item)
        if daily:
            counted.setdefault((place.line, DAILY), []).append(place.item)
    answers = _place(_ANSWERS, DAILY)
    counted[answers.line, DAILY] = [answers.item]
    return {**counted, (RULES, DAILY): simulated_rules(), (RELEASE, DAILY): [RELEASED]}


def _extracts() -> list[str]:
    return [dataset.table for dataset in simulated()]


def _dailies() -> list[str]:
    return [dataset.table for dataset in simulated() if due_daily(dataset)]


def _wanted() -> set[str]:
    return {*_extracts(), _ANSWERS, *_matches(), _release_id()}


def _matches() -> list[str]:
    return [f"match__{rule}" for rule in simulated_rules()]


def _release_id() -> str:
    return f"release__{RELEASED}"


def _place(dag_id: str, part: str) -> Place:
    kind, _, item = dag_id.partition("__")
    return Place({"match": RULES}.get(kind, kind), part, item)


def _key(run: Run) -> Key:
    return run.dag_id, run.run_id
