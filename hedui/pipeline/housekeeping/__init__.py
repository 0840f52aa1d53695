"""housekeep: what need not be kept any longer goes, room by room; killed anywhere and run again, it ends the same.

Deletes first and writes the ledger last. What somebody else is at is left for the next time, and said.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain

from hedui import shelves
from hedui.ledger.ledger import audit
from hedui.model.contract import Dataset
from hedui.model.errors import DeclarationInvalid, HeduiError, StoreBusy
from hedui.model.facts import Tidied
from hedui.pipeline.housekeeping.batches import landing, quarantine
from hedui.pipeline.housekeeping.papers import data_docs, month_reports, outbox, reports, scratch
from hedui.pipeline.housekeeping.tables import warehouse
from hedui.pipeline.housekeeping.turn import Turn
from hedui.pipeline.stores import Stores

Room = Callable[[Turn], Iterator[Tidied]]


def housekeep(stores: Stores, rooms: Sequence[str], now: datetime | None, dry_run: bool) -> list[Tidied]:
    """Tidy these `rooms`, by default all. An error in one dataset is raised once the others are done."""
    turn = Turn(stores, now or datetime.now(UTC), dry_run)
    done = [tidied for room in rooms or ROOMS for tidied in _known(room)(turn)]
    if not dry_run:
        _write_down(stores, done)
    if turn.errors:
        raise turn.errors[0]
    return done


def _each_dataset(room: str, work: Callable[[Turn, Dataset], Iterator[Tidied]]) -> Room:
    def tidy(turn: Turn) -> Iterator[Tidied]:
        for name, dataset in shelves.datasets().items():
            try:
                yield from work(turn, dataset)
            except StoreBusy as busy:
                yield Tidied(room, name, "put off", 0, left=str(busy))
            except HeduiError as error:
                turn.errors.append(error)

    return tidy


ROOMS: Mapping[str, Room] = {
    "landing": _each_dataset("landing", landing),
    "quarantine": _each_dataset("quarantine", quarantine),
    "reports": lambda turn: chain(_each_dataset("reports", reports)(turn), month_reports(turn)),
    "data_docs": data_docs,
    "outbox": outbox,
    "scratch": scratch,
    "warehouse": _each_dataset("warehouse", warehouse),
}


def _known(room: str) -> Room:
    if room not in ROOMS:
        raise DeclarationInvalid(room, "there is no such room to tidy", f"Known: {', '.join(ROOMS)}")
    return ROOMS[room]


def _write_down(stores: Stores, done: Iterable[Tidied]) -> None:
    with stores.ledger.session() as session:
        for t in done:
            if t.count and not t.left:
                audit(session, "tidied", room=t.room, where=t.where, what=t.what, count=t.count, bytes=t.freed_bytes)
