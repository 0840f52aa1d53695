"""What the ledger and the warehouse know, for people and for scoring."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa
import sqlalchemy as sa

from hedui import shelves
from hedui.leads.book import opened
from hedui.ledger.ledger import audit
from hedui.ledger.tables import Batch, HeldRow, Lead
from hedui.model.contract import Dataset
from hedui.model.declaration import Title
from hedui.model.facts import BatchFacts, LeadFacts
from hedui.model.interval import Interval
from hedui.pipeline.batch_log import recalled
from hedui.pipeline.quarantine.files import held_rows
from hedui.pipeline.sealer import Sealer
from hedui.pipeline.stores import Stores
from hedui.pseudonym import RawId, Vault
from hedui.validation.preparation import prepare


def batches(stores: Stores) -> list[BatchFacts]:
    with stores.ledger.session() as session:
        return [facts_of(batch) for batch in session.scalars(sa.select(Batch).order_by(Batch.received_at))]


def facts_of(batch: Batch) -> BatchFacts:
    """The counts of a batch as everybody may see them."""
    return BatchFacts(
        batch=batch.id,
        dataset=batch.dataset,
        interval=Interval(batch.interval_start, batch.interval_end),
        received_at=batch.received_at,
        state=batch.state,
        pulled=batch.pulled,
        repaired=batch.repaired,
        quarantined=batch.quarantined,
        loaded=batch.loaded,
        superseded=batch.superseded,
        duplicate=batch.duplicate,
        expired=batch.expired,
        discarded=batch.discarded,
        announced=batch.announced,
        vanished=batch.vanished,
        seconds=batch.seconds,
        rejected_because=Title(**batch.rejected_because) if batch.rejected_because else None,
    )


def leads(stores: Stores) -> list[LeadFacts]:
    evidence_sealer = stores.evidence_sealer
    with stores.ledger.session() as session:
        return [_lead_facts(lead, evidence_sealer) for lead in session.scalars(sa.select(Lead).order_by(Lead.id))]


def _lead_facts(lead: Lead, evidence_sealer: Sealer) -> LeadFacts:
    evidence = opened(evidence_sealer.open(lead.evidence, lead.lead_key))
    return LeadFacts(
        id=lead.id,
        rule=lead.rule,
        rule_version=lead.rule_version,
        subject=lead.subject,
        state=lead.state,
        agency=lead.agency,
        region=lead.region,
        amount_yuan=lead.amount_yuan,
        records=evidence.records,
        found_at=lead.found_at,
        explanation=evidence.explanation,
    )


class Lookup:
    """Tokens of single identifiers, for an approved look-up. The audit log learns how many, not whose."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.count = 0

    def person(self, programme: str, canonical: str) -> bytes:
        self.count += 1
        return self._vault.person(programme, RawId(canonical))

    def record(self, dataset: str, key: str) -> bytes:
        self.count += 1
        tokens = self._vault.records(shelves.dataset(dataset).programme, pa.array([key], pa.string()))
        return bytes(tokens[0].as_py())


@contextmanager
def lookup(stores: Stores, reason: str) -> Iterator[Lookup]:
    looking = Lookup(stores.vault)
    try:
        yield looking
    finally:
        with stores.ledger.session() as session:
            audit(session, "identifiers looked up", reason=reason, count=looking.count)


def loaded_records(stores: Stores, dataset: Dataset, keys: Sequence[str]) -> set[str]:
    """Those of `keys` that are in the warehouse and of which no row is held back; for keys of one record number."""
    tokens = stores.vault.records(dataset.programme, pa.array(keys, pa.string()))
    by_token = dict(zip(tokens.to_pylist(), keys, strict=True))
    key = f'"{dataset.key[0]}"'
    with stores.engine() as engine:
        engine.show_versions(dataset, stores.warehouse.snapshot(dataset))
        engine.connection.register("asked", pa.table({"token": tokens}))
        found = engine.query(f"SELECT DISTINCT token FROM asked SEMI JOIN versions.{dataset.table} ON token = {key}")
    held = _held_records(stores, dataset)
    return {by_token[token] for token in found["token"].to_pylist() if token not in held}


def _held_records(stores: Stores, dataset: Dataset) -> set[bytes]:
    """Tokens of the records of which a row is in quarantine."""
    held = set[bytes]()
    with stores.ledger.session() as session:
        names = session.scalars(sa.select(Batch.id).where(Batch.dataset == dataset.full_name, Batch.quarantined > 0))
        with_held_rows = names.all()
    for name in with_held_rows:
        _, as_read = recalled(stores.ledger, name)
        for piece in _still_held(stores, dataset, name):
            keys = prepare(piece, as_read).rows[dataset.key[0]]
            held.update(stores.vault.records(dataset.programme, keys).to_pylist())
    return held


def _still_held(stores: Stores, dataset: Dataset, name: str) -> Iterator[pa.RecordBatch]:
    """The rows of a batch that are held; of a batch of long ago, which has no lines for them, all that ever were."""
    with stores.ledger.session() as session:
        lines = sa.select(HeldRow.row).where(HeldRow.batch_id == name, HeldRow.state == "held")
        rows = session.scalars(lines).all()
    quarantine = stores.quarantine(dataset)
    return held_rows(quarantine, name, pa.array(rows, pa.int64())) if rows else quarantine.read(name)
