"""Releases: leads proposed to one office, and the sheet that office receives once two people have approved."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hedui.ledger.ledger import audit, hold_leads
from hedui.ledger.tables import Lead, LeadEvent, ReleaseRecord
from hedui.model.errors import ApprovalMissing, TerminalError
from hedui.model.facts import Release

APPROVERS = 2


def propose(session: Session, agency: str) -> Release | None:
    """Gather the agency's open leads; None where nothing waits. An older proposal that was not sent is taken over."""
    hold_leads(session, agency)
    leads = session.scalars(sa.select(Lead).where(Lead.agency == agency, Lead.state == "open")).all()
    if not leads:
        return None
    record = ReleaseRecord(agency=agency, proposed_at=datetime.now(UTC))
    session.add(record)
    session.flush()
    for lead in leads:
        lead.release_id = record.id
    audit(session, "release proposed", release=record.id, agency=agency, leads=len(leads))
    return Release(record.id, agency, len(leads))


def approved(session: Session, release: int, approvers: Iterable[str]) -> ReleaseRecord:
    """The proposal, once two different people stand behind it. Raises ApprovalMissing."""
    record = session.get(ReleaseRecord, release)
    if record is None:
        raise TerminalError(f"release {release}", "there is no such proposal", "Propose a release first")
    hold_leads(session, record.agency)
    session.refresh(record)
    people = sorted({name.strip() for name in approvers if name.strip()})
    if len(people) < APPROVERS:
        raise ApprovalMissing(
            f"release {release} to {record.agency}",
            f"{len(people)} of {APPROVERS} different people have approved",
            "Let another person approve; nothing was sent",
        )
    record.approvers = people
    return record


def waiting(session: Session, release: int) -> Sequence[Lead]:
    """The proposal's leads that are still open: one withdrawn or changed meanwhile is not sent."""
    still_open = sa.select(Lead).where(Lead.release_id == release, Lead.state == "open").order_by(Lead.region, Lead.id)
    leads = session.scalars(still_open).all()
    if not leads:
        raise TerminalError(
            f"release {release}", "none of its leads is open any more", "Nothing was sent; propose a new release"
        )
    return leads


def sent(session: Session, record: ReleaseRecord, leads: Sequence[Lead], sheet: str) -> None:
    """Write down that the sheet went out, by whose approval."""
    record.released_at, record.sheet = datetime.now(UTC), sheet
    for lead in leads:
        lead.state = "released"
        session.add(LeadEvent(lead_id=lead.id, at=record.released_at, event="released"))
    audit(session, "released", release=record.id, agency=record.agency, leads=len(leads), approvers=record.approvers)
