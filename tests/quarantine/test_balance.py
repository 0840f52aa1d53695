"""On any history each row is in one state, lines of the ledger agree with counts, and the right rows are current.

Histories begin with a time of trial, in which deliveries are only judged. What was judged or refused may come again.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedui.model.facts import Said
from hedui.pipeline import validating
from hedui.pipeline.housekeeping.batches import landing, quarantine
from hedui.pipeline.housekeeping.turn import Turn
from hedui.pipeline.quarantine.deciding import confirm, discard
from hedui.pipeline.quarantine.replaying import replay
from tests.quarantine import site as small
from tests.quarantine.judge import Judge
from tests.quarantine.site import ROUND, Row, Site

SAID = Said("马秀英", "核对无误")
# When deliveries and held rows have been kept long enough, and lines and confirmations have not.
LATER = timedelta(days=100)


# --- the definition, row by row ---

Place = tuple[int, int]


@dataclass
class Known:
    """A loaded batch. Rows that are not in `held` were good, and are counted by `ends`.

    `deleted`: its held rows were given up, and nobody knows of which records they spoke.
    """

    place: Place
    rows: list[Row]
    held: dict[int, str] = field(default_factory=dict)
    ends: Counter[str] = field(default_factory=Counter)
    deleted: bool = False


@dataclass
class Waiting:
    """A batch of which nothing is kept. `expired`: nor is its delivery any more."""

    state: str
    place: Place
    rows: list[Row]
    expired: bool = False


@dataclass
class Model:
    """What should be, said as plainly as possible."""

    limit: int = 1
    batches: dict[str, Known] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    versions: dict[str, list[tuple[tuple[int, int, int, int], Row]]] = field(default_factory=dict)
    right: set[str] = field(default_factory=set)

    def faulty(self, row: Row) -> bool:
        doubtful = row.person == ROUND and row.key not in self.right
        return row.key is None or doubtful or row.value > self.limit

    def deliver(self, name: str, place: Place, rows: list[Row]) -> None:
        batch = Known(place, rows)
        bad = {number: row for number, row in enumerate(rows) if self.faulty(row)}
        for number, row in bad.items():
            batch.held[number] = "superseded" if self._spoken_of_later(row.key, place) else "held"
        self._clear({row.key for row in rows if row.key}, place)
        self.batches[name] = batch
        self._commit(batch, [n for n in range(len(rows)) if n not in bad])

    def replay(self, only: dict[str, list[int]] | None = None) -> None:
        for name, batch in sorted(self.batches.items(), key=lambda one: one[1].place):
            among = range(len(batch.rows)) if only is None else only.get(name, [])
            coming = [n for n in among if batch.held.get(n) == "held" and not self.faulty(batch.rows[n])]
            self._commit(batch, coming)
            batch.held |= dict.fromkeys(coming, "replayed")

    def end(self, name: str, numbers: list[int], state: str) -> None:
        self.batches[name].held |= dict.fromkeys(numbers, state)

    def open(self) -> list[tuple[str, int]]:
        return [(name, n) for name, b in self.batches.items() for n, state in b.held.items() if state == "held"]

    def counts(self, name: str) -> Counter[str]:
        states = Counter(state for state in self.batches[name].held.values() if state != "replayed")
        states["quarantined"] = states.pop("held", 0)
        return +(self.batches[name].ends + states)

    def current(self) -> dict[str, tuple[int, int]]:
        newest = {key: max(rows, key=lambda one: one[0])[1] for key, rows in self.versions.items() if rows}
        return {key: (row.value, row.changed) for key, row in newest.items()}

    def _spoken_of_later(self, key: str | None, place: Place) -> bool:
        if key is None:
            return False
        later = [batch for batch in self.batches.values() if batch.place > place and not batch.deleted]
        held = any(batch.rows[n].key == key for batch in later for n in batch.held)
        return held or any((day, sequence) > place for (_, day, sequence, _), _ in self.versions.get(key, []))

    def _clear(self, keys: set[str], place: Place) -> None:
        for batch in self.batches.values():
            if batch.place < place:
                gone = [n for n, state in batch.held.items() if state == "held" and batch.rows[n].key in keys]
                batch.held |= dict.fromkeys(gone, "superseded")

    def _commit(self, batch: Known, numbers: list[int]) -> None:
        new = [((batch.rows[n].changed, *batch.place, n), batch.rows[n]) for n in numbers]
        keys = {str(row.key) for _, row in new}
        together = {
            key: sorted([*self.versions.get(key, []), *(v for v in new if v[1].key == key)], key=_order) for key in keys
        }
        repeats = [v for v in new for before in [_before(v, together[str(v[1].key)])] if before and before[1] == v[1]]
        for key in keys:
            self.versions[key] = [v for v in together[key] if v not in repeats]
        newest = [v for v in new if v not in repeats and v == self.versions[str(v[1].key)][-1]]
        batch.ends += Counter(
            duplicate=len(repeats), loaded=len(newest), superseded=len(new) - len(repeats) - len(newest)
        )


def _order(version: tuple[tuple[int, int, int, int], Row]) -> tuple[int, int, int, int]:
    return version[0]


def _before(version: Any, versions: list[Any]) -> Any:
    place = versions.index(version)
    return versions[place - 1] if place else None


# --- histories ---

Step = tuple[str, int, list[Row]]
_ROWS = st.builds(
    Row,
    key=st.sampled_from(["a", "a", "b", "b", "c", None]),
    value=st.integers(0, 3),
    changed=st.integers(0, 2),
    person=st.sampled_from([small.PERSON, small.PERSON, ROUND]),
)
_DELIVER = st.tuples(st.just("deliver"), st.integers(1, 4), st.lists(_ROWS, min_size=1, max_size=4))
_OTHERS = st.tuples(
    st.sampled_from(
        ["mend the suite", "replay", "confirm", "discard", "expire", "reject", "end of landing", "again", "again"]
    ),
    st.integers(0, 9),
    st.lists(_ROWS, min_size=1, max_size=2),
)
TRIALS = st.lists(_DELIVER, max_size=2)
HISTORIES = st.lists(st.one_of(_DELIVER, _DELIVER, _OTHERS), min_size=3, max_size=9)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TRIALS, HISTORIES)
def test_on_any_history_rows_and_counts_balance(
    site: Site, monkeypatch: pytest.MonkeyPatch, trials: list[Step], history: list[Step]
) -> None:
    judge, model = Judge(), Model()
    monkeypatch.setattr(small, "NAME", f"office.t{uuid.uuid4().hex[:10]}")
    site.declare(stage="onboarding")
    site.expect(small.KEYS, small.ROUND_NUMBERS)
    monkeypatch.setattr(validating, "judge", judge)
    played = Play(site, model, judge)
    for _, day, rows in trials:
        played.wait("judged", day, rows)
    site.declare(version=2)
    for what, number, rows in history:
        played.steps[what](number, rows)
    for name, batch in model.batches.items():
        assert site.states(name) == batch.held
        assert site.counts(name) == model.counts(name)
    for name, kept_whole in model.waiting.items():
        expired = {"expired": len(kept_whole.rows)} if kept_whole.expired else {}
        assert (site.batch(name).state, site.held(name), site.counts(name)) == (kept_whole.state, [], expired)
    assert site.current() == model.current()


class Play:
    """Each step, done by the pipeline and by the model."""

    def __init__(self, site: Site, model: Model, judge: Judge) -> None:
        self.site, self.model, self.judge = site, model, judge
        self.steps: dict[str, Callable[[int, list[Row]], None]] = {
            "deliver": self.deliver, "mend the suite": self.mend, "replay": self.replay, "confirm": self.confirm,
            "discard": self.discard, "expire": self.expire, "reject": self.reject,
            "end of landing": self.end_of_landing, "again": self.again,
        }  # fmt: skip
        self.sequences = Counter[int]()

    def land(self, day: int, rows: list[Row]) -> tuple[str, Place]:
        self.sequences[day] += 1
        return self.site.land(day, *rows, sequence=self.sequences[day]), (day, self.sequences[day])

    def deliver(self, day: int, rows: list[Row]) -> None:
        name, place = self.land(day, rows)
        self.site.run(name)
        self.model.deliver(name, place, rows)

    def reject(self, day: int, rows: list[Row]) -> None:
        self.judge.reject = True
        self.wait("rejected", day, rows)
        self.judge.reject = False

    def wait(self, state: str, day: int, rows: list[Row]) -> None:
        """A delivery of which nothing is kept but itself."""
        name, place = self.land(day, rows)
        self.site.run(name)
        self.model.waiting[name] = Waiting(state, place, rows)

    def end_of_landing(self, *_: Any) -> None:
        list(landing(self.turn(), self.site.dataset))
        for kept_whole in self.model.waiting.values():
            kept_whole.expired = True

    def again(self, number: int, _: list[Row]) -> None:
        """What was judged on trial, or refused, comes once more and is loaded; what was loaded changes nothing."""
        if self.model.waiting:
            name = [*self.model.waiting][number % len(self.model.waiting)]
            came = self.model.waiting.pop(name)
            self.site.again(name, *came.rows)
            self.model.deliver(name, came.place, came.rows)
        elif self.model.batches:
            name = [*self.model.batches][number % len(self.model.batches)]
            self.site.again(name, *self.model.batches[name].rows)

    def mend(self, *_: Any) -> None:
        self.judge.limit += 1
        self.model.limit += 1

    def replay(self, *_: Any) -> None:
        replay(self.site.stores, small.NAME)  # of other histories nobody knows the contract
        self.model.replay()

    def confirm(self, number: int, _: list[Row]) -> None:
        rows = {place: self.model.batches[place[0]].rows[place[1]] for place in self.model.open()}
        doubtful = [p for p, row in rows.items() if row.key and row.person == ROUND and row.key not in self.model.right]
        if doubtful:
            name, row = doubtful[number % len(doubtful)]
            confirm(self.site.stores, {name: [row]}, SAID)
            self.model.right.add(str(rows[name, row].key))
            self.model.replay({name: [row]})

    def discard(self, number: int, _: list[Row]) -> None:
        if held := self.model.open():
            name, row = held[number % len(held)]
            discard(self.site.stores, {name: [row]}, SAID)
            self.model.end(name, [row], "discarded")

    def expire(self, *_: Any) -> None:
        list(quarantine(self.turn(), self.site.dataset))
        for name, row in self.model.open():
            self.model.end(name, [row], "expired")
        for batch in self.model.batches.values():
            batch.deleted = True

    def turn(self) -> Turn:
        return Turn(self.site.stores, datetime.now(UTC) + LATER, dry_run=False)
