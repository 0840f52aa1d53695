"""What the ledger and the warehouse know, for people and for scoring."""

from collections.abc import Sequence

import pyarrow as pa
import sqlalchemy as sa

from hedui import shelves
from hedui.leads.book import explained, opened, record_tokens
from hedui.ledger.ledger import audit
from hedui.ledger.tables import Batch, Lead
from hedui.model.contract import Dataset
from hedui.model.declaration import Title
from hedui.model.facts import BatchFacts, LeadFacts
from hedui.model.interval import Interval
from hedui.pipeline.evidence import EvidenceSealer, sealer
from hedui.pipeline.stores import Stores


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
        seconds=batch.seconds,
        rejected_because=Title(**batch.rejected_because) if batch.rejected_because else None,
    )


def leads(stores: Stores) -> list[LeadFacts]:
    evidence_sealer = sealer(stores.keyring)
    with stores.ledger.session() as session:
        return [_lead_facts(lead, evidence_sealer) for lead in session.scalars(sa.select(Lead).order_by(Lead.id))]


def _lead_facts(lead: Lead, evidence_sealer: EvidenceSealer) -> LeadFacts:
    rule = shelves.rule(lead.rule)
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
        records=record_tokens(rule, evidence),
        found_at=lead.found_at,
        explanation=explained(rule, evidence),
    )


def subject_tokens(stores: Stores, programme: str, persons: Sequence[str]) -> list[bytes]:
    """Tokens of canonical identifiers. The audit log keeps how many were looked up, not whose."""
    with stores.ledger.session() as session:
        audit(session, "subjects looked up", programme=programme, count=len(persons))
    tokens: list[bytes] = stores.vault.persons(programme, pa.array(persons, pa.string())).to_pylist()
    return tokens


def loaded_records(stores: Stores, dataset: Dataset, keys: Sequence[str]) -> set[str]:
    """Those of `keys` that are a current record's; for datasets whose key is one record number."""
    tokens = stores.vault.records(dataset.programme, pa.array(keys, pa.string()))
    by_token = dict(zip(tokens.to_pylist(), keys, strict=True))
    with stores.engine() as engine:
        engine.show_current([dataset], {dataset.full_name: stores.warehouse.snapshot(dataset)})
        engine.connection.register("asked", pa.table({"token": tokens}))
        found = engine.query(
            f'SELECT DISTINCT token FROM asked SEMI JOIN {dataset.full_name} AS d ON asked.token = d."{dataset.key[0]}"'
        )
    return {by_token[token] for token in found["token"].to_pylist()}
