"""Bring the leads of a rule in step with its newest answer."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hedui.ledger.ledger import hold_leads
from hedui.ledger.tables import Lead, LeadEvent, MatchRun
from hedui.matching import Answer
from hedui.model.errors import DeclarationInvalid
from hedui.model.rule import Rule

Seal = Callable[[bytes, bytes], bytes]
_AT_ONCE = 10_000
_LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Finding:
    """One row of an answer: which lead it is, and what it rests on."""

    lead_key: bytes
    subject: bytes
    evidence: bytes
    digest: bytes
    row: Mapping[str, Any]


def keep_in_step(session: Session, rule: Rule, answer: Answer, run: MatchRun, key_version: int, seal: Seal) -> None:
    """Found, changed, unchanged, withdrawn or returned: each lead of the answer's subjects, counted in `run`."""
    for agency in sorted(rule.addressee.agencies):
        hold_leads(session, agency)
    findings = _by_key(rule, _findings(rule, answer))
    known = {lead.lead_key: lead for lead in _known(session, rule, answer)}
    session.add(run)
    session.flush()
    for lead_key, finding in findings.items():
        lead = known.get(lead_key)
        if lead is None:
            _found(session, rule, finding, run, key_version, seal)
        elif lead.state == "withdrawn" or lead.evidence_digest != finding.digest:
            _changed(session, rule, lead, finding, run, seal)
        else:
            run.unchanged += 1
    for lead_key, lead in known.items():
        if lead_key not in findings and lead.state != "withdrawn":
            lead.state, lead.changed_at = "withdrawn", run.finished_at
            run.withdrawn += 1
            session.add(LeadEvent(lead_id=lead.id, at=run.finished_at, event="withdrawn", run_id=run.id))


@dataclass(frozen=True)
class Evidence:
    """What a lead rests on, as it was when the lead was written: a later version of the rule changes none of it."""

    columns: Mapping[str, Any]
    explanation: Mapping[str, str]
    records: Mapping[str, Sequence[bytes]]


def opened(evidence: bytes) -> Evidence:
    """Evidence from its frozen form; tokens among the columns are hexadecimal text."""
    frozen = json.loads(evidence)
    records = {dataset: [bytes.fromhex(token) for token in tokens] for dataset, tokens in frozen["records"].items()}
    return Evidence(frozen["columns"], frozen["explanation"], records)


def _findings(rule: Rule, answer: Answer) -> Iterator[Finding]:
    for batch in answer.rows.to_batches():
        for row in batch.to_pylist():
            columns = _frozen({name: row[name] for name in rule.evidence})
            identity = hashlib.sha256(_frozen([row[name] for name in rule.lead_key])).digest()
            yield Finding(identity, row["subject"], _evidence(rule, columns), hashlib.sha256(columns).digest(), row)


def _evidence(rule: Rule, columns: bytes) -> bytes:
    plain = json.loads(columns)
    records = {dataset: _listed(plain[column]) for dataset, column in rule.records.items()}
    return _frozen({"columns": plain, "explanation": _explained(rule, plain), "records": records})


def _by_key(rule: Rule, findings: Iterable[Finding]) -> dict[bytes, Finding]:
    keyed: dict[bytes, Finding] = {}
    for finding in findings:
        if keyed.setdefault(finding.lead_key, finding) is not finding:
            raise DeclarationInvalid(
                f"{rule.rule}/rule.sql", "two rows have the same lead key", "Group by the lead key"
            )
    return keyed


def _known(session: Session, rule: Rule, answer: Answer) -> Iterable[Lead]:
    leads = sa.select(Lead).where(Lead.rule == rule.rule)
    if answer.touched is None:
        yield from session.scalars(leads)
        return
    for start in range(0, len(answer.touched), _AT_ONCE):
        yield from session.scalars(leads.where(Lead.subject.in_(answer.touched[start : start + _AT_ONCE])))


def _found(session: Session, rule: Rule, finding: Finding, run: MatchRun, key_version: int, seal: Seal) -> None:
    lead = Lead(
        rule=rule.rule,
        programme=rule.programme,
        subject=finding.subject,
        lead_key=finding.lead_key,
        key_version=key_version,
        found_at=run.finished_at,
    )
    _write(rule, lead, finding, run, seal)
    session.add(lead)
    session.flush()
    session.add(LeadEvent(lead_id=lead.id, at=run.finished_at, event="found", run_id=run.id))
    run.new += 1


def _changed(session: Session, rule: Rule, lead: Lead, finding: Finding, run: MatchRun, seal: Seal) -> None:
    event = "returned" if lead.state == "withdrawn" else "changed"
    _write(rule, lead, finding, run, seal)
    session.add(LeadEvent(lead_id=lead.id, at=run.finished_at, event=event, run_id=run.id))
    run.changed += 1


def _write(rule: Rule, lead: Lead, finding: Finding, run: MatchRun, seal: Seal) -> None:
    # Whatever was released rested on other evidence: it has to be approved anew.
    lead.state, lead.release_id = "open", None
    lead.rule_version, lead.severity = rule.version, rule.severity
    lead.agency, lead.region = _agency(rule, finding.row), str(finding.row[rule.addressee.region] or "")
    lead.amount_yuan = finding.row[rule.amount] if rule.amount else None
    lead.evidence, lead.evidence_digest = seal(finding.evidence, finding.lead_key), finding.digest
    lead.snapshots, lead.changed_at = run.snapshots, run.finished_at


def _agency(rule: Rule, row: Mapping[str, Any]) -> str:
    """The agency that is told: the only one, or the one that the row names."""
    told = rule.addressee
    agency = row[told.agency] if told.agency else told.agencies[0]
    if agency is None:
        raise DeclarationInvalid(
            f"{rule.rule}/rule.sql", f"`{told.agency}` is empty in a row", "Let each row name the agency that is told"
        )
    if agency not in told.agencies:
        raise DeclarationInvalid(
            f"{rule.rule}/rule.sql", f"`{told.agency}` names an agency that rule.yaml does not", "List it in `agencies`"
        )
    return str(agency)


def _frozen(values: Any) -> bytes:
    return json.dumps(values, default=_plain, sort_keys=True, ensure_ascii=False).encode()


def _plain(value: object) -> str:
    match value:
        case bytes():
            return value.hex()
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date() | Decimal():
            return str(value)
        case _:
            raise TypeError(f"evidence of type {type(value).__name__} cannot be frozen")


def _explained(rule: Rule, evidence: Mapping[str, Any]) -> dict[str, str]:
    """The rule's sentence about a lead, in both languages."""
    return {
        language: rule.explanation.in_(language).format(**_said(rule, evidence, language)) for language in _LANGUAGES
    }


def _said(rule: Rule, evidence: Mapping[str, Any], language: str) -> dict[str, Any]:
    words = {code: title.in_(language) for code, title in rule.words.items()}
    return {name: words.get(value, value) if isinstance(value, str) else value for name, value in evidence.items()}


def _listed(value: str | Sequence[str] | None) -> Sequence[str]:
    return [value] if isinstance(value, str) else value or []
