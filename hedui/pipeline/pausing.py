"""Agencies from which nothing is pulled at present."""

from datetime import UTC, datetime

import sqlalchemy as sa

from hedui import shelves
from hedui.ledger.ledger import audit
from hedui.ledger.tables import Pause
from hedui.model.errors import AgencyPaused, DeclarationInvalid
from hedui.model.facts import PauseFacts
from hedui.pipeline.stores import Stores

# What the audit log says, by which past pauses are known.
PAUSED, RESUMED = "agency paused", "agency resumed"


def pause(stores: Stores, agency: str, reason: str) -> None:
    """Pull nothing from an agency until it is resumed. Saying it again changes the reason."""
    _refuse_unknown(agency)
    with stores.ledger.session() as session:
        kept = session.get(Pause, agency)
        session.merge(Pause(agency=agency, since=kept.since if kept else datetime.now(UTC), reason=reason))
        audit(session, PAUSED, agency=agency, reason=reason)


def resume(stores: Stores, agency: str) -> None:
    """Pull from an agency again; from one that is not paused nothing changes."""
    _refuse_unknown(agency)
    with stores.ledger.session() as session:
        if kept := session.get(Pause, agency):
            session.delete(kept)
            audit(session, RESUMED, agency=agency)


def pauses(stores: Stores) -> list[PauseFacts]:
    """Every agency that is paused, by name."""
    with stores.ledger.session() as session:
        kept = session.scalars(sa.select(Pause).order_by(Pause.agency))
        return [PauseFacts(pause.agency, pause.since, pause.reason) for pause in kept]


def refuse_paused(stores: Stores, agency: str) -> None:
    """Raises AgencyPaused."""
    with stores.ledger.session() as session:
        kept = session.get(Pause, agency)
    if kept:
        raise AgencyPaused(
            agency, f"nothing is pulled from it at present: {kept.reason}", f"End it with `hedui pause {agency} --end`"
        )


def _refuse_unknown(agency: str) -> None:
    if agency not in (known := shelves.agencies()):
        raise DeclarationInvalid(agency, "there is no such agency", f"Known: {', '.join(known)}")
