"""match: bring the leads of a rule in step with the warehouse."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime

import pyarrow as pa
import sqlalchemy as sa

from hedui import shelves
from hedui.leads.book import keep_in_step
from hedui.ledger.ledger import audit
from hedui.ledger.tables import Lead, MatchRun
from hedui.matching import Answer, answer, checked_query
from hedui.model.facts import Matched
from hedui.model.rule import Rule
from hedui.pipeline.minimising import refuse_onboarding
from hedui.pipeline.stores import DOOR_PROGRAMME, Stores
from hedui.pipeline.watermarks import lock_of_match
from hedui.pseudonym.vault import KEY_VERSION
from hedui.warehouse.door import LEADS


def match(stores: Stores, rule: Rule) -> Matched:
    """Run the rule from its watermark to the newest snapshots. Nothing new since: nothing is done."""
    refuse_onboarding(rule)
    query = checked_query(rule, shelves.query(rule))
    datasets = {name: shelves.dataset(name) for name in rule.inputs}
    with stores.ledger.only_one(lock_of_match(rule.rule)):
        snapshots, since = _newest(stores, rule), _watermark(stores, rule)
        if since == snapshots:
            matched = Matched(rule.rule, "nothing new", 0, 0, 0, 0, 0)
        else:
            with stores.engine() as engine:
                found = answer(engine, rule, query, datasets, shelves.register(rule.programme), snapshots, since)
            matched = _book(stores, rule, snapshots, found)
        publish_leads(stores, rule.rule)
    return matched


def is_behind(stores: Stores, rule: Rule) -> bool:
    """Whether an input of the rule holds something it has not seen."""
    return _watermark(stores, rule) != _newest(stores, rule)


def _newest(stores: Stores, rule: Rule) -> Mapping[str, int | None]:
    return {name: stores.warehouse.snapshot(dataset) for name, dataset in shelves.read_by(rule).items()}


def _digest(rule: Rule) -> str:
    """Of all that decides about the rule's answer: other words, another reference table is another rule."""
    query = shelves.query(rule)
    return hashlib.sha256(json.dumps([rule.model_dump_json(), asdict(query)], sort_keys=True).encode()).hexdigest()


def _watermark(stores: Stores, rule: Rule) -> Mapping[str, int | None] | None:
    """The snapshots of the last run, if it ran this very rule and they are still there."""
    with stores.ledger.session() as session:
        last = session.scalar(
            sa.select(MatchRun).where(MatchRun.rule == rule.rule).order_by(MatchRun.id.desc()).limit(1)
        )
        since = last.snapshots if last and last.rule_digest == _digest(rule) else None
    return since if since and _still_there(stores, rule, since) else None


def _still_there(stores: Stores, rule: Rule, snapshots: Mapping[str, int | None]) -> bool:
    datasets = shelves.read_by(rule)
    return all(
        snapshot is None or (name in datasets and stores.warehouse.has_snapshot(datasets[name], snapshot))
        for name, snapshot in snapshots.items()
    )


def _book(stores: Stores, rule: Rule, snapshots: Mapping[str, int | None], found: Answer) -> Matched:
    run = MatchRun(
        rule=rule.rule,
        rule_version=rule.version,
        rule_digest=_digest(rule),
        snapshots=dict(snapshots),
        mode="full" if found.touched is None else "incremental",
        subjects=found.rows.num_rows if found.touched is None else len(found.touched),
        finished_at=datetime.now(UTC),
        new=0, changed=0, unchanged=0, withdrawn=0,
    )  # fmt: skip
    with stores.ledger.session() as session:
        keep_in_step(session, rule, found, run, KEY_VERSION, stores.evidence_sealer.seal)
        counts = {"new": run.new, "changed": run.changed, "unchanged": run.unchanged, "withdrawn": run.withdrawn}
        audit(session, "matched", rule=rule.rule, version=rule.version, mode=run.mode, **counts)
        return Matched(rule.rule, run.mode, run.subjects, **counts)


def publish_leads(stores: Stores, rule: str) -> None:
    """Bring the SQL door's leads of a rule in step with the ledger."""
    with stores.ledger.session() as session:
        leads = session.scalars(sa.select(Lead).where(Lead.rule == rule).order_by(Lead.id)).all()
    tokens = pa.array([lead.subject for lead in leads], pa.binary())
    kind = shelves.rule(rule).subject_kind
    subjects = stores.vault.rekeyed(DOOR_PROGRAMME, kind, tokens).to_pylist()
    rows = [
        {
            "lead": lead.id,
            "rule": lead.rule,
            "subject": subject,
            "state": lead.state,
            "agency": lead.agency,
            "region": lead.region,
            "severity": lead.severity,
            "amount_yuan": lead.amount_yuan,
            "found_at": lead.found_at,
        }
        for lead, subject in zip(leads, subjects, strict=True)
    ]
    stores.door.publish_facts(LEADS, {"rule": rule}, rows)
