"""What a batch's report says beyond its verdict, from the ledger: counts, times and places, never a row's value."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hedui.ledger.tables import Batch, HeldRow
from hedui.model.contract import Dataset
from hedui.model.interval import Interval
from hedui.pipeline.asked import NOTHING_KEPT, asked_of, mended, still_asked
from hedui.pipeline.division_names import division_name
from hedui.pipeline.freshness import expected
from hedui.pipeline.settled import settled
from hedui.pipeline.stores import Stores
from hedui.reports import Background, Counted, Earlier, Reminders, by_county

_EARLIER, _LIKE = 11, 2  # batches in a chart; intervals are alike up to this factor


def background(stores: Stores, session: Session, batch: Batch, dataset: Dataset) -> Background:
    """Of a batch that was judged."""
    held = HeldRow.state == "held"
    before = settled(stores, session, batch, dataset)
    answered = [*_rows(session, batch.id, held & HeldRow.answer.is_not(None)), *before]
    gone = _rows(session, batch.id, ~held)
    asked = still_asked({batch.id: before})
    nothing_kept = batch.state in NOTHING_KEPT
    counted = of_nothing_kept([batch]) if nothing_kept else regions_of(session, [batch.id], asked)
    return Background(
        due=expected(session, dataset, Interval(batch.interval_start, batch.interval_end)),
        sequence=batch.sequence,
        faulty=batch.faulty,
        earlier=_earlier(session, batch),
        regions=by_county(counted, division_name),
        reminders=_reminders(session, batch.id, asked),
        answered=len(answered),
        settled=pa.array([*gone, *answered], pa.int64()),
        cleared=pa.array(_rows(session, batch.id, HeldRow.state == "replayed"), pa.int64()),
    )


def regions_of(
    session: Session, batches: Collection[str], asked: sa.ColumnElement[bool]
) -> Mapping[str | None, Counted]:
    """Of rows that were held back, by the division code that they state: still to mend, and mended since."""
    counted = sa.select(HeldRow.region, HeldRow.state, sa.func.count()).where(
        HeldRow.batch_id.in_(batches), sa.or_(asked, mended())
    )
    found: dict[str | None, Counted] = defaultdict(Counted)
    for region, state, rows in session.execute(counted.group_by(HeldRow.region, HeldRow.state)):
        found[region] += Counted(open=rows) if state == "held" else Counted(mended=rows)
    return found


def of_nothing_kept(batches: Iterable[Batch]) -> Mapping[str | None, Counted]:
    """The same of batches of which nothing is kept, as it was when they were judged."""
    found: dict[str | None, Counted] = defaultdict(Counted)
    for batch in batches:
        for code, rows in asked_of(batch).items():
            found[code or None] += Counted(open=rows)
    return found


def _earlier(session: Session, batch: Batch) -> list[Earlier]:
    """The dataset's batches of like intervals before this one, oldest first."""
    length = Batch.interval_end - Batch.interval_start
    own = batch.interval_end - batch.interval_start
    before = (
        sa.select(Batch)
        .where(
            Batch.dataset == batch.dataset,
            sa.tuple_(Batch.interval_end, Batch.sequence) < sa.tuple_(batch.interval_end, batch.sequence),
            length.between(own / _LIKE, own * _LIKE),
            Batch.state != "landed",
        )
        .order_by(Batch.interval_end.desc(), Batch.sequence.desc())
        .limit(_EARLIER)
    )
    found = [Earlier(Interval(b.interval_start, b.interval_end), b.pulled, b.faulty) for b in session.scalars(before)]
    return found[::-1]


def _reminders(session: Session, batch: str, asked: sa.ColumnElement[bool]) -> Reminders:
    again = sa.select(sa.func.count(), sa.func.max(HeldRow.reminded)).where(
        HeldRow.batch_id == batch, asked, HeldRow.reminded > 1
    )
    records, most = session.execute(again).one()
    return Reminders(records, most or 0)


def _rows(session: Session, batch: str, of_state: sa.ColumnElement[bool]) -> Sequence[int]:
    return session.scalars(sa.select(HeldRow.row).where(HeldRow.batch_id == batch, of_state)).all()
