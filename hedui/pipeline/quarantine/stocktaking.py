"""Rows that were held back before each of them had a line in the ledger: the lines are written later, once.

Until then such a batch is known by its count alone. Its files in the quarantine are the same as ever.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from hedui.ledger.tables import Batch, HeldRow
from hedui.pipeline.batch_log import recalled
from hedui.pipeline.quarantine.files import faults
from hedui.pipeline.quarantine.holding import hold
from hedui.pipeline.quarantine.moving import tell
from hedui.pipeline.quarantine.superseding import clear_before_snapshot, clear_held_again, remind
from hedui.pipeline.stores import Stores


def unlisted(stores: Stores, *which: sa.ColumnElement[bool]) -> Sequence[Batch]:
    """Those of the loaded batches that hold rows of which the ledger has no line, oldest first."""
    lines = sa.exists().where(HeldRow.batch_id == Batch.id)
    of_old = Batch.state == "loaded", Batch.quarantined > 0, Batch.quarantine_deleted_at.is_(None), ~lines
    with stores.ledger.session() as session:
        found = sa.select(Batch).where(*of_old, *which)
        return session.scalars(found.order_by(Batch.interval_end, Batch.sequence, Batch.id)).all()


def take_stock(stores: Stores, name: str) -> None:
    """Write the lines of a batch, unless it has them; what came later clears them. Whoever calls it works alone."""
    if not unlisted(stores, Batch.id == name):
        return
    batch, dataset = recalled(stores.ledger, name)
    files = stores.quarantine(dataset)
    if not files.size(name):
        return
    wrong = faults(files, batch).sort_by([("row", "ascending"), ("finding", "ascending")]).combine_chunks()
    with stores.ledger.session() as session:
        kept = session.get_one(Batch, name, with_for_update=True)
        hold(stores, session, dataset, kept, wrong)
        remind(session, kept)
        cleared = clear_held_again(stores, session, dataset, kept)
        if dataset.delivers == "snapshot":
            cleared |= clear_before_snapshot(session, dataset.full_name)
    tell(stores, cleared)
