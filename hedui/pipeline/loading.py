"""pseudonymise and load: from the landing zone to the warehouse and the SQL door."""

import time
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from hedui.ledger.tables import Batch, Finding
from hedui.model.contract import Dataset
from hedui.model.declaration import Title
from hedui.pipeline.batch_log import FINAL, at_work, noted, reject, staged_batches
from hedui.pipeline.contracts import newest, note_reextracted
from hedui.pipeline.stores import Stores
from hedui.pipeline.validating import held_rows
from hedui.pseudonym.rows import deleted, pseudonymised
from hedui.validation.preparation import prepare
from hedui.warehouse import Loaded, TooMuchMissing, WholeDelivery
from hedui.warehouse.schema import content_schema, table_schema

_AGREE = "expect_rows_of_one_version_to_agree"


def pseudonymise(stores: Stores, name: str) -> None:
    """Stage the tokens of the good rows. Nothing to do for a batch that was rejected, only judged, or is loaded."""
    started = time.monotonic()
    with at_work(stores.ledger, name) as (batch, dataset):
        if batch.state in FINAL:
            return
        stores.warehouse.sweep(dataset, staged=staged_batches(stores.ledger, dataset))
        stores.warehouse.stage(dataset, name, _tokens(stores, dataset, batch))
        with noted(stores.ledger, name, started) as batch:
            batch.state = "pseudonymised"


def load(stores: Stores, name: str) -> int:
    """Commit, publish, then write it down: each of the three changes nothing when it is done again."""
    started = time.monotonic()
    with at_work(stores.ledger, name) as (batch, dataset):
        if batch.state in FINAL:
            return batch.loaded
        loaded = _committed(stores, dataset, batch)
        if isinstance(loaded, Loaded):
            _publish(stores, dataset, name)
            with stores.ledger.session() as session:
                note_reextracted(session, dataset, batch)
        with noted(stores.ledger, name, started) as batch:
            _write(batch, dataset, loaded)
    return batch.loaded


def _committed(stores: Stores, dataset: Dataset, batch: Batch) -> Loaded | TooMuchMissing:
    rows = batch.pulled - batch.quarantined
    if dataset.delivers == "changes":
        return stores.warehouse.commit(dataset, batch.id, rows)
    held = _held_keys(stores, dataset, batch)
    whole = WholeDelivery(batch.id, rows, batch.interval_end, batch.sequence, batch.received_at, held)
    return stores.warehouse.commit_whole(dataset, whole)


def _publish(stores: Stores, dataset: Dataset, name: str) -> None:
    """Bring the SQL door in step, under the newest contract: of an older one a batch would lack columns there."""
    with stores.ledger.session() as session:
        shown = newest(session, dataset.full_name) or dataset
    with stores.engine() as engine:
        stores.door.publish_rows(shown, engine.newest_of(shown, name))


def _write(batch: Batch, dataset: Dataset, loaded: Loaded | TooMuchMissing) -> None:
    if isinstance(loaded, TooMuchMissing):
        reject(batch, _too_much_missing(dataset, loaded))
        return
    batch.state, batch.snapshot, batch.vanished = "loaded", loaded.snapshot, loaded.vanished
    batch.loaded, batch.superseded, batch.duplicate = loaded.current, loaded.superseded, loaded.duplicate


def _too_much_missing(dataset: Dataset, found: TooMuchMissing) -> Title:
    limit = f"{100 * dataset.vanished_share:g}%"
    return Title(
        zh=f"本次全量数据缺少已知 {found.known:,} 条记录中的 {found.missing:,} 条，超过 {limit} 的上限",
        en=f"{found.missing:,} of {found.known:,} known records are missing in this full delivery, more than {limit}",
    )


def _held_keys(stores: Stores, dataset: Dataset, batch: Batch) -> pa.Table | None:
    """Tokens of the keys of the held rows; None where a row was held back for its key: it may be any record."""
    if any(_doubts_key(dataset, finding) for finding in batch.findings):
        return None
    kept = content_schema(dataset)
    schema = pa.schema([kept.field(name) for name in dataset.key])
    pieces = (prepare(piece, dataset).rows for piece in stores.quarantine(dataset).read(batch.id))
    keys = (pseudonymised(rows, dataset, stores.vault).select(schema.names).cast(schema) for rows in pieces)
    return pa.Table.from_batches(keys, schema)


def _doubts_key(dataset: Dataset, finding: Finding) -> bool:
    # Rows of one key that contradict each other name their record all the same.
    holds_back = finding.on_failure == "quarantine_rows" and finding.expectation != _AGREE
    return holds_back and finding.field in dataset.key and finding.count > 0


def _tokens(stores: Stores, dataset: Dataset, batch: Batch) -> Iterator[pa.RecordBatch]:
    held = held_rows(stores, dataset, batch.id)
    schema = table_schema(dataset)
    for piece in stores.landing(dataset).read(batch.id):
        good = piece.filter(pc.invert(pc.is_in(piece["_row"], held)))
        rows = prepare(good, dataset).rows
        content = pseudonymised(rows, dataset, stores.vault)
        system = {
            "batch_id": pa.repeat(pa.scalar(batch.id), len(rows)),
            "batch_row": rows["_row"],
            "interval_end": pa.repeat(pa.scalar(batch.interval_end), len(rows)),
            "delivery_sequence": pa.repeat(pa.scalar(batch.sequence), len(rows)),
            "known_from": pa.repeat(pa.scalar(batch.received_at), len(rows)),
            "deleted": deleted(rows, dataset),
        }
        columns = dict(zip(content.schema.names, content.columns, strict=True)) | system
        yield pa.RecordBatch.from_arrays([columns[f.name].cast(f.type) for f in schema], schema=schema)
