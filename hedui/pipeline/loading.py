"""pseudonymise and load: from the landing zone to the warehouse and the SQL door."""

import time
from collections.abc import Iterable, Iterator
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.orm import object_session

from hedui.ledger.tables import Batch, HeldRow
from hedui.model.contract import Dataset
from hedui.model.declaration import Title
from hedui.pipeline.asked import held_by_division
from hedui.pipeline.batch_log import FINAL, at_work, noted, reject, staged_batches
from hedui.pipeline.contracts import newest, note_reextracted
from hedui.pipeline.quarantine.holding import doubts_key
from hedui.pipeline.quarantine.moving import tell
from hedui.pipeline.quarantine.records import key_schema, key_tokens
from hedui.pipeline.quarantine.superseding import clear_before_snapshot, clear_delivered
from hedui.pipeline.stores import Stores
from hedui.pipeline.validating import held_rows
from hedui.pseudonym.rows import deleted, pseudonymised
from hedui.validation.preparation import prepare
from hedui.warehouse import Loaded, TooMuchMissing, WholeDelivery
from hedui.warehouse.schema import table_schema


def pseudonymise(stores: Stores, name: str) -> None:
    """Stage the tokens of the good rows. Nothing to do for a batch that was rejected, only judged, or is loaded."""
    started = time.monotonic()
    with at_work(stores.ledger, name) as (batch, dataset):
        if batch.state in FINAL:
            return
        stores.warehouse.sweep(dataset, staged=staged_batches(stores.ledger, dataset))
        good = _good(stores, dataset, batch)
        stores.warehouse.stage(dataset, name, tokens(stores, dataset, batch, good, batch.received_at))
        with noted(stores.ledger, name, started) as batch:
            batch.state = "pseudonymised"


def load(stores: Stores, name: str) -> int:
    """Commit, publish, then write it down: each of the three changes nothing when it is done again."""
    started = time.monotonic()
    with at_work(stores.ledger, name) as (batch, dataset):
        if batch.state in FINAL:
            return batch.loaded
        cleared = clear_delivered(stores, dataset, batch) if dataset.delivers == "changes" else set()
        loaded = _committed(stores, dataset, batch)
        if isinstance(loaded, Loaded):
            publish(stores, dataset, name)
            with stores.ledger.session() as session:
                note_reextracted(session, dataset, batch)
        with noted(stores.ledger, name, started) as batch:
            cleared |= _write(batch, dataset, loaded)
        tell(stores, cleared)
    return batch.loaded


def _committed(stores: Stores, dataset: Dataset, batch: Batch) -> Loaded | TooMuchMissing:
    rows = batch.pulled - batch.quarantined - batch.superseded  # of which some were held, until later ones came
    if dataset.delivers == "changes":
        return stores.warehouse.commit(dataset, batch.id, rows)
    held = _held_keys(stores, dataset, batch)
    whole = WholeDelivery(batch.id, rows, batch.interval_end, batch.sequence, batch.received_at, held)
    return stores.warehouse.commit_whole(dataset, whole)


def publish(stores: Stores, dataset: Dataset, name: str) -> None:
    """Bring the SQL door in step with what `name` committed.

    Under the newest contract: of an older one a batch would lack columns there.
    """
    with stores.ledger.session() as session:
        shown = newest(session, dataset.full_name) or dataset
    with stores.engine() as engine:
        stores.door.publish_rows(shown, engine.newest_of(shown, name))


def _write(batch: Batch, dataset: Dataset, loaded: Loaded | TooMuchMissing) -> set[str]:
    """Returns the batches of which held rows were cleared."""
    session = object_session(batch)
    assert session  # noqa: S101 - it was just read
    if isinstance(loaded, TooMuchMissing):
        reject(batch, _too_much_missing(dataset, loaded))
        batch.asked = held_by_division(session, batch.id)
        session.execute(sa.delete(HeldRow).where(HeldRow.batch_id == batch.id))
        return set()
    batch.state, batch.snapshot, batch.vanished = "loaded", loaded.snapshot, loaded.vanished
    batch.loaded, batch.duplicate = loaded.current, loaded.duplicate
    batch.superseded += loaded.superseded
    return clear_before_snapshot(session, batch.dataset) if dataset.delivers == "snapshot" else set()


def _too_much_missing(dataset: Dataset, found: TooMuchMissing) -> Title:
    limit = f"{100 * dataset.vanished_share:g}%"
    return Title(
        zh=f"本次全量数据缺少已知 {found.known:,} 条记录中的 {found.missing:,} 条，超过 {limit} 的上限",
        en=f"{found.missing:,} of {found.known:,} known records are missing in this full delivery, more than {limit}",
    )


def _held_keys(stores: Stores, dataset: Dataset, batch: Batch) -> pa.Table | None:
    """Tokens of the keys of the held rows; None where a row was held back for its key: it may be any record."""
    if any(doubts_key(dataset, finding) for finding in batch.findings):
        return None
    pieces = (prepare(piece, dataset).rows for piece in stores.quarantine(dataset).read(batch.id))
    keys = [key_tokens(dataset, stores.vault, rows) for rows in pieces]
    return pa.Table.from_batches(keys, key_schema(dataset))


def _good(stores: Stores, dataset: Dataset, batch: Batch) -> Iterator[pa.RecordBatch]:
    held = held_rows(stores, dataset, batch.id)
    for piece in stores.landing(dataset).read(batch.id):
        yield piece.filter(pc.invert(pc.is_in(piece["_row"], held)))


def tokens(
    stores: Stores, dataset: Dataset, batch: Batch, landed: Iterable[pa.RecordBatch], known_from: datetime
) -> Iterator[pa.RecordBatch]:
    """Landed rows of a batch as the warehouse holds them, at the batch's place in time."""
    schema = table_schema(dataset)
    for piece in landed:
        rows = prepare(piece, dataset).rows
        content = pseudonymised(rows, dataset, stores.vault)
        system = {
            "batch_id": pa.repeat(pa.scalar(batch.id), len(rows)),
            "batch_row": rows["_row"],
            "interval_end": pa.repeat(pa.scalar(batch.interval_end), len(rows)),
            "delivery_sequence": pa.repeat(pa.scalar(batch.sequence), len(rows)),
            "known_from": pa.repeat(pa.scalar(known_from), len(rows)),
            "deleted": deleted(rows, dataset),
        }
        columns = dict(zip(content.schema.names, content.columns, strict=True)) | system
        yield pa.RecordBatch.from_arrays([columns[f.name].cast(f.type) for f in schema], schema=schema)
