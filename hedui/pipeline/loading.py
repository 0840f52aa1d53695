"""pseudonymise and load: from the landing zone to the warehouse and the SQL door."""

import time
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from hedui.ledger.tables import Batch
from hedui.model.contract import Dataset
from hedui.pipeline.batch_log import at_work, noted, staged_batches
from hedui.pipeline.stores import Stores
from hedui.pipeline.validating import held_rows
from hedui.pseudonym.rows import deleted, pseudonymised
from hedui.validation.preparation import prepare
from hedui.warehouse.schema import table_schema


def pseudonymise(stores: Stores, name: str) -> None:
    """Stage the tokens of the good rows. Nothing to do for a batch that was rejected or is loaded."""
    started = time.monotonic()
    with at_work(stores.ledger, name) as (batch, dataset):
        if batch.state in ("rejected", "loaded"):
            return
        stores.warehouse.sweep(dataset, staged=staged_batches(stores.ledger, dataset))
        stores.warehouse.stage(dataset, name, _tokens(stores, dataset, batch))
        with noted(stores.ledger, name, started) as batch:
            batch.state = "pseudonymised"


def load(stores: Stores, name: str) -> int:
    """Commit, publish, then write it down: each of the three changes nothing when it is done again."""
    started = time.monotonic()
    with at_work(stores.ledger, name) as (batch, dataset):
        if batch.state in ("rejected", "loaded"):
            return batch.loaded
        loaded = stores.warehouse.commit(dataset, name, batch.pulled - batch.quarantined)
        with stores.engine() as engine:
            stores.door.publish_rows(dataset, engine.newest_of(dataset, name))
        with noted(stores.ledger, name, started) as batch:
            batch.state, batch.snapshot = "loaded", loaded.snapshot
            batch.loaded, batch.superseded, batch.duplicate = loaded.current, loaded.superseded, loaded.duplicate
    return loaded.current


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
