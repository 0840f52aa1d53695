"""extract: from the agency to the landing zone."""

import time
from datetime import UTC, datetime
from secrets import token_hex

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.orm import Session

from connectors import connector_for
from connectors.base import DRIFT, SOURCE_NAME, SOURCE_ROW
from hedui.landing import EncryptedFiles, deliver
from hedui.ledger.tables import Batch
from hedui.model.contract import Dataset
from hedui.model.credentials import Credentials
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.pipeline.contracts import admitted, asked
from hedui.pipeline.minimising import refuse_unneeded
from hedui.pipeline.stores import Stores


def extract(stores: Stores, dataset: Dataset, interval: Interval, credentials: Credentials) -> str:
    """Land one delivery under a new name, then see whether the ledger knows its content already."""
    dataset = admitted(stores, dataset, interval)
    refuse_unneeded(dataset)
    landing, started = stores.landing(dataset), time.monotonic()
    with stores.ledger.only_one(lock_of_extract(dataset)):
        sweep(stores, dataset, landing)
        name = f"{dataset.full_name}-{interval.end.astimezone(PROVINCE_TIME):%Y%m%d}-{token_hex(4)}"
        delivery = deliver(
            dataset.full_name,
            connector_for(dataset, credentials).read(asked(stores, dataset, interval)),
            _empty(dataset),
            stores.keyring.derived("landing", "digest"),
        )
        rows = landing.write(name, delivery.schema, delivery.pieces)
        with stores.ledger.session() as session:
            known = _known(session, dataset, interval, delivery.digest)
            if known is None:
                batch = _batch(name, dataset, interval, delivery.digest, rows)
                batch.sequence = _deliveries(session, dataset, interval) + 1
                batch.seconds = time.monotonic() - started
                session.add(batch)
                return name
            if known.landing_deleted_at and known.state == "rejected":
                _begin_again(known)
        # The same delivery came again: what was lost or damaged is whole once more, but for what retention deleted.
        if not known.landing_deleted_at and not landing.readable(known.id):
            landing.write(known.id, delivery.schema, landing.read(name))
        landing.remove(name)
    return known.id


def lock_of_extract(dataset: Dataset) -> str:
    """What only one may do at a time: write to the dataset's landing zone."""
    return f"extract {dataset.full_name}"


def _begin_again(batch: Batch) -> None:
    """A rejected batch is judged anew when it is delivered again, as if it came for the first time."""
    batch.state, batch.received_at = "landed", datetime.now(UTC)
    batch.landing_deleted_at, batch.quarantine_deleted_at, batch.expired = None, None, 0


def sweep(stores: Stores, dataset: Dataset, landing: EncryptedFiles) -> None:
    """What a killed extract left: drafts, and files that the ledger never heard of."""
    landing.sweep()
    with stores.ledger.session() as session:
        known = set(session.scalars(sa.select(Batch.id).where(Batch.dataset == dataset.full_name)))
    for name in landing.names() - known:
        landing.remove(name)


def _known(session: Session, dataset: Dataset, interval: Interval, digest: bytes) -> Batch | None:
    return session.scalar(sa.select(Batch).where(*_of_interval(dataset, interval), Batch.digest == digest))


def _deliveries(session: Session, dataset: Dataset, interval: Interval) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Batch).where(*_of_interval(dataset, interval))) or 0


def _of_interval(dataset: Dataset, interval: Interval) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Batch.dataset == dataset.full_name,
        Batch.interval_start == interval.start,
        Batch.interval_end == interval.end,
    )


def _batch(name: str, dataset: Dataset, interval: Interval, digest: bytes, rows: int) -> Batch:
    return Batch(
        id=name,
        dataset=dataset.full_name,
        interval_start=interval.start,
        interval_end=interval.end,
        digest=digest,
        contract_version=dataset.version,
        received_at=datetime.now(UTC),
        state="landed",
        pulled=rows,
    )


def _empty(dataset: Dataset) -> pa.Schema:
    """The columns of a delivery without a single row."""
    sources = [(source, pa.string()) for source in dict.fromkeys(f.source for f in dataset.fields.values())]
    return pa.schema([*sources, (SOURCE_NAME, pa.string()), (SOURCE_ROW, pa.int64()), (DRIFT, pa.string())])
