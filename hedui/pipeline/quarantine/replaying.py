"""replay: judge held rows again, and let those that pass into the warehouse at their own place in time, each once.

Killed at any place and run again it ends the same. The ledger says beforehand that rows may be committed without its
knowing it, and whoever next touches the quarantine of the batch looks and writes down what was.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from hedui import shelves
from hedui.ledger.ledger import audit
from hedui.ledger.tables import Batch, HeldRow
from hedui.model.contract import Dataset
from hedui.model.errors import TerminalError
from hedui.model.facts import Replayed
from hedui.model.interval import Interval
from hedui.pipeline.answering import take_answers
from hedui.pipeline.batch_log import at_work, recalled
from hedui.pipeline.contracts import admitted
from hedui.pipeline.loading import publish, tokens
from hedui.pipeline.one_by_one import each
from hedui.pipeline.quarantine.drifted import without_settled_drifts
from hedui.pipeline.quarantine.files import faults, faults_of, held_rows, last_replay, next_replay
from hedui.pipeline.quarantine.moving import tell
from hedui.pipeline.quarantine.renewing import Booking, book, renew
from hedui.pipeline.quarantine.stocktaking import take_stock, unlisted
from hedui.pipeline.stores import Stores
from hedui.pipeline.validating import judged
from hedui.validation.verdict import BAD_ROWS
from hedui.warehouse import Loaded


def replay(stores: Stores, dataset: str | None = None, batch: str | None = None) -> list[Replayed]:
    """Replay the batches of which rows are held, of a dataset, or one of them, in the order of their places in time.

    Raises DeclarationInvalid for a dataset, and TerminalError for a batch, that nobody knows. What goes wrong with one
    batch is raised once the others are done.
    """
    if dataset:
        shelves.dataset(dataset)
    if batch:
        recalled(stores.ledger, batch)
    of_dataset = [Batch.dataset == dataset] if dataset else []
    of_batch = [Batch.id == batch] if batch else []
    return each(_waiting(stores, *of_dataset, *of_batch), lambda name: replay_batch(stores, name))


def _waiting(stores: Stores, *which: sa.ColumnElement[bool]) -> list[str]:
    """Loaded batches of which rows are held, with or without lines, or of which a replay was not finished."""
    held = sa.exists().where(HeldRow.batch_id == Batch.id, HeldRow.state == "held")
    without_lines = Batch.id.in_([batch.id for batch in unlisted(stores)])
    of_interest = Batch.state == "loaded", sa.or_(held, without_lines, Batch.replaying), *which
    with stores.ledger.session() as session:
        found = sa.select(Batch.id).where(*of_interest).order_by(Batch.interval_end, Batch.sequence, Batch.id)
        return list(session.scalars(found))


def replay_batch(stores: Stores, name: str, chosen: pa.Array | None = None) -> Replayed:
    """Replay the held rows of a batch, or of those that pass only the `chosen`. Raises StoreBusy."""
    with at_work(stores.ledger, name):
        take_stock(stores, name)
        finish(stores, name)
        batch, read = recalled(stores.ledger, name)
        rows = _held(stores, name)
        if batch.state != "loaded" or not len(rows):
            return Replayed(name, batch.dataset, 0, 0, 0, 0, still_held=len(rows))
        if not stores.quarantine(read).size(name):
            raise TerminalError(
                name,
                "its held rows are deleted, and the ledger, restored perhaps, does not know it",
                "Run `hedui housekeep quarantine`: once their time is over they count as expired",
            )
        return _replayed(stores, batch, _applying(stores, batch, read), rows, chosen)


def finish(stores: Stores, name: str) -> None:
    """Write down what a replay committed before it was killed. Whoever calls it works alone on the dataset.

    Nor does a ledger that was restored know of replays since it was saved: the warehouse does.
    """
    batch, dataset = recalled(stores.ledger, name)
    if batch.replaying:
        if committed := stores.warehouse.replayed(dataset, next_replay(batch)):
            _came_in(stores, dataset, batch, *committed)
        else:
            _begin(stores, name, replaying=False)
    if len(held := _held(stores, name)) and stores.quarantine(dataset).size(name):
        there, rows = stores.warehouse.holding(dataset, name, held)
        if len(rows):
            _came_in(stores, dataset, _behind_replays(stores, dataset, batch), there, rows)


def _came_in(stores: Stores, dataset: Dataset, batch: Batch, loaded: Loaded, rows: pa.Array) -> None:
    _write_down(stores, dataset, batch, Booking(loaded, rows, rows, (), BAD_ROWS.empty_table()))


def _behind_replays(stores: Stores, dataset: Dataset, batch: Batch) -> Batch:
    """The batch once it counts all replays of it that the warehouse knows: the next one has a name of its own."""
    with stores.ledger.session() as session:
        kept = session.get_one(Batch, batch.id, with_for_update=True)
        kept.replays = max(kept.replays, last_replay(kept, stores.warehouse.names(dataset)))
    return kept


def _begin(stores: Stores, name: str, replaying: bool = True) -> None:
    with stores.ledger.session() as session:
        session.get_one(Batch, name, with_for_update=True).replaying = replaying


def _replayed(stores: Stores, batch: Batch, dataset: Dataset, rows: pa.Array, chosen: pa.Array | None) -> Replayed:
    def landed(which: pa.Array = rows) -> Iterator[pa.RecordBatch]:
        for piece in held_rows(stores.quarantine(dataset), batch.id, which):
            yield without_settled_drifts(piece, dataset)

    verdict = judged(stores, batch, dataset, landed, whole=False)
    passing = _without(rows, verdict.faulty)
    coming = passing if chosen is None else passing.filter(pc.is_in(passing, chosen))
    loaded = Loaded(0, 0, 0, batch.snapshot)
    if len(coming):
        batch = _behind_replays(stores, dataset, batch)
        _begin(stores, batch.id)
        said = tokens(stores, dataset, batch, landed(coming), known_from=datetime.now(UTC))
        loaded, _ = stores.warehouse.replay(dataset, next_replay(batch), said)
    again = _without(rows, _without(passing, coming))
    _write_down(stores, dataset, batch, Booking(loaded, coming, again, verdict.findings, verdict.bad_rows))
    return Replayed(
        batch.id,
        batch.dataset,
        len(coming),
        loaded.current,
        loaded.superseded,
        loaded.duplicate,
        len(rows) - len(coming),
    )


def _write_down(stores: Stores, dataset: Dataset, batch: Batch, booking: Booking) -> None:
    """The SQL door and the files first, then the ledger."""
    if booking.loaded.current:
        publish(stores, dataset, next_replay(batch))
    files = stores.quarantine(dataset)
    with stores.ledger.session() as session:
        kept = session.get_one(Batch, batch.id, with_for_update=True)
        now = renew(kept, faults(files, batch), booking)
        files.write(f"{next_replay(batch)}.faults", now.schema, now.to_batches())
        book(session, kept, booking, now)
        audit(session, "replayed", batch=batch.id, rows=len(booking.coming))
    files.remove(faults_of(batch))
    tell(stores, [batch.id])
    take_answers(stores, batch.id)


def _applying(stores: Stores, batch: Batch, read: Dataset) -> Dataset:
    """The contract under which the batch would be read now; where the delivery lacks a column, that of its time."""
    newest = shelves.datasets().get(batch.dataset)
    if newest is None or newest.stage != "approved":
        return read
    now = admitted(stores, newest, Interval(batch.interval_start, batch.interval_end))
    columns = stores.quarantine(read).schema(batch.id).names
    return now if all(field.source in columns for field in now.fields.values()) else read


def _held(stores: Stores, name: str) -> pa.Array:
    with stores.ledger.session() as session:
        held = sa.select(HeldRow.row).where(HeldRow.batch_id == name, HeldRow.state == "held").order_by(HeldRow.row)
        return pa.array(session.scalars(held).all(), pa.int64())


def _without(rows: pa.Array, others: pa.Array) -> pa.Array:
    return rows.filter(pc.invert(pc.is_in(rows, others)))
