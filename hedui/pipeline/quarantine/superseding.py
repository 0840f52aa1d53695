"""A corrected delivery clears the quarantine by itself: of each record the latest delivery is asked about and no other.

Later is what stands later in time, as in the warehouse: by the end of its interval, then by the order of delivery.
It does not matter which came first: a delivery that is late finds out that later ones spoke of its records already.
"""

from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from hedui.ledger.tables import Batch, HeldRow
from hedui.model.contract import Dataset
from hedui.pipeline.quarantine.moving import marked, move
from hedui.pipeline.stores import Stores

_PLACE = sa.tuple_(Batch.interval_end, Batch.sequence, Batch.received_at)


def remind(session: Session, batch: Batch) -> None:
    """Count how often the agency was asked about the records of the batch's held rows."""
    before = (
        sa.select(HeldRow.record_mark, HeldRow.reminded)
        .join(Batch, Batch.id == HeldRow.batch_id)
        .where(_earlier(batch), HeldRow.record_mark.in_(_records_of(batch)))
        .ext(distinct_on(HeldRow.record_mark))
        .order_by(HeldRow.record_mark, *(column.desc() for column in _PLACE), HeldRow.reminded.desc())
        .subquery()
    )
    asked = sa.update(HeldRow).where(HeldRow.batch_id == batch.id, HeldRow.record_mark == before.c.record_mark)
    session.execute(asked.values(reminded=before.c.reminded + 1), execution_options={"synchronize_session": False})


def clear_held_again(stores: Stores, session: Session, dataset: Dataset, batch: Batch) -> set[str]:
    """Of two held rows of one record the later one stands, and none behind a later delivery that was loaded.

    Returns the batches whose counts moved. A snapshot that was only judged clears nothing: it may yet be refused.
    """
    if dataset.delivers == "snapshot":
        return set()
    moved = move(session, "superseded", HeldRow.batch_id.in_(_ids(_earlier(batch))), _of(_records_of(batch)))
    own = HeldRow.batch_id == batch.id
    held_later = sa.select(HeldRow.record_mark).where(HeldRow.batch_id.in_(_ids(_later(batch))))
    late = move(session, "superseded", own, _of(held_later))
    if session.scalar(_ids(_later(batch), Batch.state == "loaded").limit(1)):
        records = _marks(session, own, HeldRow.state == "held")
        known = stores.warehouse.known_later(dataset, batch.interval_end, batch.sequence, records)
        late |= move(session, "superseded", own, marked(known.to_pylist()))
    return {*moved, *late}


def clear_delivered(stores: Stores, dataset: Dataset, batch: Batch) -> set[str]:
    """A staged batch speaks of records of which earlier rows are held. Returns the batches whose counts moved.

    Before the commit: it leaves out rows that repeat what is known, and these speak of their record as well.
    """
    earlier = HeldRow.batch_id.in_(_ids(_earlier(batch)))
    with stores.ledger.session() as session:
        records = _marks(session, earlier, HeldRow.dataset == batch.dataset, HeldRow.state == "held")
        if not len(records):
            return set()
        found = stores.warehouse.delivered(dataset, batch.id, records)
        return set(move(session, "superseded", earlier, marked(found.to_pylist())))


def clear_before_snapshot(session: Session, dataset: str) -> set[str]:
    """The newest snapshot that was loaded has said what there is and what is gone: nothing before it is asked about."""
    session.flush()
    loaded = sa.select(Batch).where(Batch.dataset == dataset, Batch.state == "loaded")
    newest = session.scalar(loaded.order_by(*(column.desc() for column in _PLACE)).limit(1))
    if newest is None:
        return set()
    return set(move(session, "superseded", HeldRow.batch_id.in_(_ids(_earlier(newest)))))


def _place(batch: Batch) -> sa.Tuple:
    return sa.tuple_(sa.literal(batch.interval_end), sa.literal(batch.sequence), sa.literal(batch.received_at))


def _earlier(batch: Batch) -> sa.ColumnElement[bool]:
    return sa.and_(Batch.dataset == batch.dataset, _place(batch) > _PLACE)


def _later(batch: Batch) -> sa.ColumnElement[bool]:
    return sa.and_(Batch.dataset == batch.dataset, _place(batch) < _PLACE)


def _ids(*which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(Batch.id).where(*which)


def _records_of(batch: Batch) -> sa.Select[Any]:
    return sa.select(HeldRow.record_mark).where(HeldRow.batch_id == batch.id, HeldRow.record_mark.is_not(None))


def _of(records: sa.Select[Any]) -> sa.ColumnElement[bool]:
    return HeldRow.record_mark.in_(records)


def _marks(session: Session, *which: sa.ColumnElement[bool]) -> pa.BinaryArray:
    known = sa.select(HeldRow.record_mark).where(*which, HeldRow.record_mark.is_not(None)).distinct()
    return pa.array(session.scalars(known).all(), pa.binary())
