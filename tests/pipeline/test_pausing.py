"""An agency can be left alone for a while: nothing is pulled from it, and everybody is told why."""

import pytest
import sqlalchemy as sa

from hedui.ledger.ledger import first_broken_link
from hedui.ledger.tables import AuditEntry
from hedui.model.credentials import Credentials
from hedui.model.errors import AgencyPaused, DeclarationInvalid
from hedui.model.interval import Interval
from hedui.pipeline import Pipeline
from hedui.pipeline.stores import Stores

DAY = Interval.parse("2026-06-30", "2026-07-01")
NOWHERE = Credentials(conn_type="sftp", host="127.0.0.1", port=9)


def test_of_a_paused_agency_nothing_is_pulled(stores: Stores) -> None:
    pipeline = Pipeline(stores)
    pipeline.pause("hr", "moving house")
    with pytest.raises(AgencyPaused, match=r"hr: nothing is pulled .*: moving house\. .*hedui pause hr --end"):
        pipeline.extract("hr.payroll", DAY, NOWHERE)
    assert not stores.settings.landing.exists()


def test_another_agency_goes_on(stores: Stores) -> None:
    pipeline = Pipeline(stores)
    pipeline.pause("police", "moving house")
    with pytest.raises(Exception) as tried:  # it asks a server that is not there
        pipeline.extract("hr.payroll", DAY, NOWHERE)
    assert not isinstance(tried.value, AgencyPaused)


def test_a_pause_keeps_its_beginning_and_ends(stores: Stores) -> None:
    pipeline = Pipeline(stores)
    pipeline.pause("hr", "moving house")
    (first,) = pipeline.pauses()
    pipeline.pause("hr", "moving again")
    (second,) = pipeline.pauses()
    assert (second.agency, second.since, second.reason) == ("hr", first.since, "moving again")
    pipeline.resume("hr")
    pipeline.resume("hr")
    assert pipeline.pauses() == []


def test_pause_and_end_stand_in_the_audit_log(stores: Stores) -> None:
    pipeline = Pipeline(stores)
    pipeline.pause("hr", "moving house")
    pipeline.resume("hr")
    with stores.ledger.session() as session:
        entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
        assert first_broken_link(session) is None
    assert [(entry.action, entry.detail) for entry in entries] == [
        ("agency paused", {"agency": "hr", "reason": "moving house"}),
        ("agency resumed", {"agency": "hr"}),
    ]


def test_an_agency_that_is_none_cannot_be_paused(stores: Stores) -> None:
    with pytest.raises(DeclarationInvalid, match="there is no such agency"):
        Pipeline(stores).pause("hrr", "moving house")
