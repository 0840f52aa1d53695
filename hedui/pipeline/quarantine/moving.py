"""From one state to another: the counts of a batch move with its rows."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from hedui.ledger.tables import Batch, HeldRow
from hedui.pipeline.asked import mended, wrong_again
from hedui.pipeline.stores import Stores

End = Literal["superseded", "discarded", "expired"]


def move(session: Session, end: End, *which: sa.ColumnElement[bool]) -> dict[str, int]:
    """Give an end to those of the rows that are still held. Returns how many of each batch."""
    ended = (
        sa.update(HeldRow)
        .where(HeldRow.state == "held", *which)
        .values(state=end, changed_at=datetime.now(UTC))
        .returning(HeldRow.batch_id)
        .cte()
    )
    counted = session.execute(sa.select(ended.c.batch_id, sa.func.count()).group_by(ended.c.batch_id)).all()
    for name, count in counted:
        batch = session.get_one(Batch, name, with_for_update=True)
        batch.quarantined -= count
        setattr(batch, end, getattr(batch, end) + count)
    return {name: count for name, count in counted}  # noqa: C416 - rows are no pairs to the type checker


def forget_records(session: Session, batch: Batch) -> None:
    """Of which records the rows of a batch spoke, and where they stood, is known no longer.

    A record that is right by now stays counted as mended: in place of its mark comes one of nothing. One that came
    wrong in this batch stays unmended in a delivery of before that is kept for longer, since it was late.
    """
    unsynchronised = {"synchronize_session": False}
    of_before = HeldRow.dataset == batch.dataset, HeldRow.state == "superseded", wrong_again(batch.id)
    session.execute(sa.update(HeldRow).where(*of_before).values(record_mark=None), execution_options=unsynchronised)
    blank = sa.case((mended(), sa.func.uuid_send(sa.func.gen_random_uuid())))
    forgotten = sa.update(HeldRow).where(HeldRow.batch_id == batch.id).values(record_mark=blank, source="", position=0)
    session.execute(forgotten, execution_options=unsynchronised)


def rows_in(rows: Sequence[int]) -> sa.ColumnElement[bool]:
    """Whether a held row has one of these numbers."""
    return HeldRow.row == sa.any_(sa.literal(list(rows), ARRAY(sa.BigInteger)))


def marked(records: Sequence[bytes]) -> sa.ColumnElement[bool]:
    """Whether a held row speaks of one of these records."""
    return HeldRow.record_mark == sa.any_(sa.literal(list(records), ARRAY(sa.LargeBinary)))


def tell(stores: Stores, batches: Iterable[str]) -> None:
    """Bring the SQL door's counts of these batches in step with the ledger."""
    from hedui.pipeline.reporting import publish_batch  # which reads what validating wrote

    for name in batches:
        with stores.ledger.session() as session:
            batch = session.get_one(Batch, name)
        publish_batch(stores, batch)
