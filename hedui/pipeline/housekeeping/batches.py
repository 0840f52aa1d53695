"""The landing zone and the quarantine: batches as delivered, kept as long as their contract and the site say."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.orm import object_session

from hedui.landing import EncryptedFiles
from hedui.ledger.tables import Base, Batch, Confirmation, HeldRow
from hedui.model.contract import Dataset
from hedui.model.errors import LandingBroken
from hedui.model.facts import Tidied
from hedui.pipeline.batch_log import FINAL, lock_of_batches
from hedui.pipeline.extracting import lock_of_extract, sweep
from hedui.pipeline.housekeeping.turn import Turn
from hedui.pipeline.quarantine.files import files_of
from hedui.pipeline.quarantine.moving import forget_records, move
from hedui.pipeline.quarantine.replaying import finish
from hedui.pipeline.quarantine.stocktaking import take_stock, unlisted
from hedui.pipeline.reporting import folder_of, publish_batch, report
from hedui.pipeline.stores import Stores


def landing(turn: Turn, dataset: Dataset) -> Iterator[Tidied]:
    """Delete deliveries past the retention of their contract; one that is still on its way stays and is named."""
    files = turn.stores.landing(dataset)
    with turn.alone(lock_of_extract(dataset), lock_of_batches(dataset)):
        if not turn.dry_run:
            sweep(turn.stores, dataset, files)
        kept = _batches(turn.stores, dataset, Batch.landing_deleted_at.is_(None))
        due = [batch for batch in kept if turn.is_over(batch.received_at, dataset.landing_retention_days)]
        yield from _delete(turn, dataset, "landing", files, [b for b in due if b.state in FINAL], _landing_ends)
    for batch in due:
        if batch.state not in FINAL:
            yield Tidied("landing", batch.id, "overdue", batch.pulled, left=f"still {batch.state}: finish its run")


def quarantine(turn: Turn, dataset: Dataset) -> Iterator[Tidied]:
    """Give up held rows that nobody mended in time; what the ledger keeps of them and of confirmations ends as well."""
    retention, files = turn.stores.settings.retention, turn.stores.quarantine(dataset)
    days = dataset.quarantine_retention_days or retention.quarantine_retention_days
    with turn.alone(lock_of_batches(dataset)):
        kept = _batches(turn.stores, dataset, Batch.quarantine_deleted_at.is_(None), Batch.state.in_(FINAL))
        due = [batch for batch in kept if turn.is_over(batch.received_at, days)]
        # What cannot be read any more is deleted all the same.
        for batch in [] if turn.dry_run else unlisted(turn.stores, Batch.dataset == dataset.full_name):
            with suppress(LandingBroken):
                take_stock(turn.stores, batch.id)
        for batch in [] if turn.dry_run else due:
            with suppress(LandingBroken):
                finish(turn.stores, batch.id)
            _give_up(turn.stores, dataset, batch.id)
        yield from _delete(turn, dataset, "quarantine", files, due, _quarantine_ends)
        yield from _forget(turn, dataset, max(days, retention.report_retention_days))


def _give_up(stores: Stores, dataset: Dataset, name: str) -> None:
    """Held rows expire, and the batch's page says so for the last time that it can be made."""
    with stores.ledger.session() as session:
        move(session, "expired", HeldRow.batch_id == name)
        batch = session.get_one(Batch, name)
    if batch.state == "loaded" and batch.expired and folder_of(stores, dataset, name).exists():
        with suppress(LandingBroken):
            report(stores, name)


def _forget(turn: Turn, dataset: Dataset, days: int) -> Iterator[Tidied]:
    """Lines of rows that were given up go with the reports that count them, confirmations in a time of their own."""
    ended = sa.select(Batch.id).where(
        Batch.dataset == dataset.full_name, Batch.state.in_(FINAL), Batch.received_at < turn.before(days)
    )
    said = Confirmation.at < turn.before(turn.stores.settings.retention.confirmation_retention_days)
    yield from _forgotten(turn, dataset, "lines of held rows", HeldRow, HeldRow.batch_id.in_(ended))
    yield from _forgotten(turn, dataset, "confirmations", Confirmation, Confirmation.dataset == dataset.full_name, said)


def _forgotten(
    turn: Turn, dataset: Dataset, what: str, table: type[Base], *which: sa.ColumnElement[bool]
) -> Iterator[Tidied]:
    with turn.stores.ledger.session() as session:
        count = session.scalar(sa.select(sa.func.count()).select_from(table).where(*which)) or 0
        if count and not turn.dry_run:
            session.execute(sa.delete(table).where(*which), execution_options={"synchronize_session": False})
    if count:
        yield Tidied("quarantine", dataset.full_name, what, count)


def _batches(stores: Stores, dataset: Dataset, *which: sa.ColumnElement[bool]) -> Sequence[Batch]:
    with stores.ledger.session() as session:
        query = sa.select(Batch).where(Batch.dataset == dataset.full_name, *which).order_by(Batch.received_at)
        return session.scalars(query).all()


def _delete(
    turn: Turn,
    dataset: Dataset,
    room: str,
    files: EncryptedFiles,
    batches: Sequence[Batch],
    ends: Callable[[Turn, Batch], None],
) -> Iterator[Tidied]:
    there = files.names() if batches else set()
    names = {batch.id: files_of(batch.id, there) for batch in batches}
    freed = sum(files.size(name) for parts in names.values() for name in parts)
    for batch in [] if turn.dry_run else batches:
        for name in names[batch.id]:
            files.remove(name)
        with turn.stores.ledger.session() as session:
            kept = session.get_one(Batch, batch.id, with_for_update=True)
            ends(turn, kept)
            publish_batch(turn.stores, kept)
    if batches:
        yield Tidied(room, dataset.full_name, "batches", len(batches), freed)


def _landing_ends(turn: Turn, batch: Batch) -> None:
    batch.landing_deleted_at = turn.now
    if batch.state in ("rejected", "judged"):  # its rows stood nowhere else
        batch.expired = batch.pulled


def _quarantine_ends(turn: Turn, batch: Batch) -> None:
    session = object_session(batch)
    assert session  # noqa: S101 - it was just read
    move(session, "expired", HeldRow.batch_id == batch.id)
    forget_records(session, batch)
    batch.quarantine_deleted_at, batch.replaying = turn.now, False
    # Rows of long ago have no line of their own.
    batch.expired, batch.quarantined = batch.expired + batch.quarantined, 0
