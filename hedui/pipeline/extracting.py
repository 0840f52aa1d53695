"""extract: from the agency to the landing zone."""

import logging
import time
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from connectors import connector_for
from connectors.base import Connector
from connectors.drift import fingerprint
from hedui.landing import EncryptedFiles
from hedui.ledger.tables import Batch, Reading
from hedui.model.contract import Dataset
from hedui.model.credentials import Credentials
from hedui.model.drift import in_words
from hedui.model.errors import HeduiError, SchemaDrift
from hedui.model.interval import Interval
from hedui.model.unforeseen import told
from hedui.pipeline.bookmarks import Asked, unfinished
from hedui.pipeline.contracts import admitted, asked
from hedui.pipeline.drifting import form_before, note_drifts
from hedui.pipeline.minimising import refuse_unneeded
from hedui.pipeline.pausing import refuse_paused
from hedui.pipeline.reading import Landed, read
from hedui.pipeline.stores import Stores

_LOG = logging.getLogger(__name__)


def extract(stores: Stores, dataset: Dataset, interval: Interval, credentials: Credentials) -> str:
    """Land one delivery under a new name, then see whether the ledger knows its content already."""
    refuse_paused(stores, dataset.agency)
    dataset = admitted(stores, dataset, interval)
    refuse_unneeded(dataset)
    landing, started = stores.landing(dataset), time.monotonic()
    with stores.ledger.only_one(lock_of_extract(dataset)):
        sweep(stores, dataset, landing)
        delivery = Asked(dataset, interval, asked(stores, dataset, interval))
        connector = connector_for(dataset, credentials)
        landed = _read(stores, delivery, connector)
        batch = _booked(stores, delivery, landed, connector.announced(delivery.reach), started)
        if batch != landed.name:
            _mend(stores, landing, batch, landed.name)
        _hand_back(connector, delivery)
    return batch


def lock_of_extract(dataset: Dataset) -> str:
    """What only one may do at a time: write to the dataset's landing zone."""
    return f"extract {dataset.full_name}"


def sweep(stores: Stores, dataset: Dataset, landing: EncryptedFiles) -> None:
    """What a killed extract left: drafts, and files that the ledger never heard of."""
    landing.sweep()
    with stores.ledger.session() as session:
        known = set(session.scalars(sa.select(Batch.id).where(Batch.dataset == dataset.full_name)))
    for name in landing.names() - known - unfinished(stores, dataset, landing):
        landing.remove(name)


def _read(stores: Stores, delivery: Asked, connector: Connector) -> Landed:
    with stores.ledger.session() as session:
        before = form_before(session, delivery.dataset)
    try:
        return read(stores, delivery, connector, before)
    except SchemaDrift as drift:
        with stores.ledger.session() as session:
            note_drifts(session, delivery.dataset, delivery.interval, None, drift.drifts)
        raise


def _booked(stores: Stores, delivery: Asked, landed: Landed, announced: int | None, started: float) -> str:
    """The batch that the landed delivery is, new or known, once the ledger has it."""
    with stores.ledger.session() as session:
        if reading := session.get(Reading, delivery.key):
            session.delete(reading)
        known = session.scalar(sa.select(Batch).where(*_of_interval(delivery), Batch.digest == landed.digest))
        if known is None:
            session.add(_batch(session, delivery, landed, announced, time.monotonic() - started))
            note_drifts(session, delivery.dataset, delivery.interval, landed.name, landed.drifts)
            for drift in landed.drifts:
                _LOG.warning(
                    "%s: the delivery for %s %s", delivery.dataset.full_name, delivery.interval, in_words([drift])
                )
            return landed.name
        if _may_begin_again(known, delivery.dataset):
            _begin_again(known, delivery.dataset)
        return known.id


def _batch(session: Session, delivery: Asked, landed: Landed, announced: int | None, seconds: float) -> Batch:
    dataset, interval = delivery.dataset, delivery.interval
    batch = Batch(
        id=landed.name,
        dataset=dataset.full_name,
        interval_start=interval.start,
        interval_end=interval.end,
        sequence=_deliveries(session, delivery) + 1,
        digest=landed.digest,
        contract_version=dataset.version,
        received_at=datetime.now(UTC),
        state="landed",
        pulled=landed.rows,
        announced=announced,
        seconds=seconds,
        read_from=delivery.reach.start if delivery.reach.start < interval.start else None,
        repeats=_repeated(session, delivery, landed),
    )
    if landed.form:
        batch.delivered, batch.fingerprint = dict(landed.form), fingerprint(landed.form)
    if batch.repeats:
        _LOG.warning("%s: %s has the very same rows as %s", dataset.full_name, interval, batch.repeats)
    return batch


def _deliveries(session: Session, delivery: Asked) -> int:
    """How many there were up to the same moment, wherever they began: no two have the same place in time."""
    ending = Batch.dataset == delivery.dataset.full_name, Batch.interval_end == delivery.interval.end
    return session.scalar(sa.select(sa.func.count()).select_from(Batch).where(*ending)) or 0


def _repeated(session: Session, delivery: Asked, landed: Landed) -> str | None:
    """The first batch of another interval with this content; two that are empty say nothing."""
    same = Batch.dataset == delivery.dataset.full_name, Batch.digest == landed.digest, Batch.pulled > 0
    return session.scalar(sa.select(Batch.id).where(*same).order_by(Batch.received_at).limit(1))


def _of_interval(delivery: Asked) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Batch.dataset == delivery.dataset.full_name,
        Batch.interval_start == delivery.interval.start,
        Batch.interval_end == delivery.interval.end,
    )


def _may_begin_again(batch: Batch, dataset: Dataset) -> bool:
    """Whether nothing became of the batch and all of it came again, or may be loaded now."""
    approved_since = batch.state == "judged" and dataset.stage == "approved"
    return approved_since or bool(batch.landing_deleted_at and batch.state in ("rejected", "judged"))


def _begin_again(batch: Batch, dataset: Dataset) -> None:
    """It is judged anew when it is delivered again, as if it came for the first time."""
    batch.state, batch.received_at, batch.contract_version = "landed", datetime.now(UTC), dataset.version
    batch.landing_deleted_at, batch.quarantine_deleted_at, batch.expired = None, None, 0


def _mend(stores: Stores, landing: EncryptedFiles, batch: str, name: str) -> None:
    """The same delivery came again: what was lost or damaged is whole once more, but for what retention deleted."""
    with stores.ledger.session() as session:
        deleted = session.get_one(Batch, batch).landing_deleted_at
    if not deleted and not landing.readable(batch):
        landing.remove(batch)
        landing.write(batch, landing.schema(name), landing.read(name))
    landing.remove(name)


def _hand_back(connector: Connector, delivery: Asked) -> None:
    """The agency's side may now put the delivery away. Where that fails the batch is good all the same."""
    try:
        connector.taken(delivery.reach)
    except Exception as error:
        why = error if isinstance(error, HeduiError) else told(error)
        _LOG.warning("%s: %s is landed, but could not be put away: %s", delivery.dataset.full_name, delivery.reach, why)
