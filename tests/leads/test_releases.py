"""A release and a match that meet: what is sent was approved and still stands."""

from concurrent import futures
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from hedui import shelves
from hedui.leads.book import opened
from hedui.leads.release import approved, propose, waiting
from hedui.ledger.ledger import hold_leads
from hedui.ledger.tables import Lead
from hedui.model.errors import TerminalError
from hedui.pipeline.releasing import may_see
from hedui.pipeline.stores import Stores
from tests.histories import Delivery
from tests.matching.test_incremental_is_exact import A, B, Site


def found(stores: Stores) -> Site:
    site = Site(stores)
    site.deliver(site.left, Delivery(1, (A,)))
    site.deliver(site.right, Delivery(1, (B,)))
    site.match(None, "rule")
    return site


def test_a_lead_withdrawn_after_its_proposal_is_not_sent(stores: Stores) -> None:
    found(stores)
    with stores.ledger.session() as session:
        proposed = propose(session, "agency")
        assert proposed is not None
        session.execute(sa.update(Lead).values(state="withdrawn"))
    with stores.ledger.session() as session:
        approved(session, proposed.id, ["甲", "乙"])
        with pytest.raises(TerminalError, match="none of its leads is open any more"):
            waiting(session, proposed.id)


def test_while_leads_are_matched_none_of_them_is_proposed(stores: Stores) -> None:
    found(stores)

    def propose_now() -> object:
        with stores.ledger.session() as session:
            return propose(session, "agency")

    with ThreadPoolExecutor(1) as pool:
        with stores.ledger.session() as session:
            hold_leads(session, "agency")
            proposal = pool.submit(propose_now)
            with pytest.raises(futures.TimeoutError):
                proposal.result(timeout=0.5)
            session.execute(sa.update(Lead).values(state="withdrawn"))
        assert proposal.result(timeout=20) is None


def test_evidence_says_what_it_said_whatever_becomes_of_the_rule(stores: Stores) -> None:
    site = found(stores)
    with stores.ledger.session() as session:
        lead = session.scalars(sa.select(Lead)).one()
    evidence = opened(lead.evidence)
    assert evidence.explanation == {"zh": "1", "en": "1"}
    assert evidence.columns["total"] == 1
    assert evidence.records == {site.left.full_name: [b"a"]}


@pytest.mark.parametrize(
    ("rule", "agency", "dataset", "seen"),
    [
        ("false_death_alarm", "police", "police.household_cancellations", True),
        ("false_death_alarm", "police", "civil_affairs.deaths", False),  # another agency's
        ("false_death_alarm", "police", "police.detentions", False),  # withheld
        ("detained_and_paid", "hr", "hr.payroll", True),
        ("detained_and_paid", "hr", "police.detentions", False),
    ],
)
def test_an_office_sees_its_own_keys_but_what_is_withheld(rule: str, agency: str, dataset: str, seen: bool) -> None:
    assert dataset in shelves.rule(rule).records
    assert may_see(shelves.rule(rule), agency, dataset) is seen


def test_records_that_the_rule_names_no_more_are_not_told() -> None:
    """An older version of the rule may have withheld them."""
    rule = shelves.rule("false_death_alarm")
    left = {name: column for name, column in rule.records.items() if name != "police.detentions"}
    assert not may_see(rule.model_copy(update={"records": left}), "police", "police.detentions")
