"""What an incremental run leaves in the ledger is what a full run would: on any history, for every lead."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedui.leads.book import keep_in_step
from hedui.ledger.tables import Lead, LeadEvent, MatchRun
from hedui.matching import answer
from hedui.model.contract import Dataset
from hedui.model.rule import Query, Rule
from hedui.pipeline.stores import Stores
from hedui.warehouse.engine import Snapshots
from tests.histories import Delivery, Row, dataset, histories, load, replay

WORDS = {"zh": "{total}", "en": "{total}"}


class Site:
    """Two tables of their own, and a rule that finds people who stand in both."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        name = f"t{uuid.uuid4().hex[:10]}"
        self.left, self.right = dataset(f"{name}l"), dataset(f"{name}r")
        self.loaded = 0
        self.rule = rule_over(name, self.left, self.right)
        self.sql = f"""
            SELECT a.person AS subject, COUNT(*) AS total, ARRAY_AGG(a.record_no ORDER BY a.record_no) AS records,
                   '620100' AS region
            FROM {self.left.full_name} AS a INNER JOIN {self.right.full_name} AS b ON a.person = b.person
            WHERE a.value <= b.value GROUP BY a.person"""

    def deliver(self, table: Dataset, delivery: Delivery) -> None:
        load(self.stores, table, self.loaded, delivery)
        self.loaded += 1

    def replay(self, table: Dataset, delivery: Delivery) -> None:
        """Rows that the newest delivery was loaded without."""
        replay(self.stores, table, self.loaded - 1, delivery)

    def snapshots(self) -> Snapshots:
        return {t.full_name: self.stores.warehouse.snapshot(t) for t in (self.left, self.right)}

    def match(self, since: Snapshots | None, name: str) -> MatchRun:
        """Run the rule under `name`, whose leads are kept apart from those of other names."""
        named = self.rule.model_copy(update={"rule": f"{self.rule.rule}_{name}"})
        tables = {t.full_name: t for t in (self.left, self.right)}
        with self.stores.engine() as engine:
            found = answer(engine, named, Query(self.sql, {}, {}), tables, None, self.snapshots(), since)
        run = MatchRun(
            rule=named.rule, rule_version=1, rule_digest="", snapshots=dict(self.snapshots()), mode="", subjects=0,
            finished_at=datetime.now(UTC), new=0, changed=0, unchanged=0, withdrawn=0,
        )  # fmt: skip
        with self.stores.ledger.session() as session:
            keep_in_step(session, named, found, run, 1, lambda evidence, _key: evidence)
        return run

    def leads(self, name: str) -> Mapping[bytes, bytes]:
        with self.stores.ledger.session() as session:
            standing = sa.select(Lead).where(Lead.rule == f"{self.rule.rule}_{name}", Lead.state != "withdrawn")
            return {lead.subject: lead.evidence_digest for lead in session.scalars(standing)}

    def events(self, name: str) -> list[str]:
        with self.stores.ledger.session() as session:
            told = sa.select(LeadEvent.event).join(Lead).where(Lead.rule == f"{self.rule.rule}_{name}")
            return list(session.scalars(told.order_by(LeadEvent.id)))


def rule_over(name: str, left: Dataset, right: Dataset) -> Rule:
    return Rule.model_validate(
        {
            "rule": name,
            "version": 1,
            "title": WORDS,
            "owner": "test",
            "legal_basis": WORDS,
            "programme": "trial",
            "subject": "person",
            "inputs": {left.full_name: {"touches": "person"}, right.full_name: {"touches": "person"}},
            "severity": "low",
            "addressee": {"agencies": ["agency"], "region": "region", "kind": "agency_check"},
            "lead_key": ["subject"],
            "evidence": ["subject", "total", "records", "region"],
            "records": {left.full_name: "records"},
            "explanation": WORDS,
            "exclude_first": [],
        }
    )


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories(3), st.lists(st.booleans(), min_size=3, max_size=3), histories(3), histories(3))
def test_incremental_equals_full_on_any_history(
    stores: Stores,
    lefts: Sequence[Delivery],
    pauses: Sequence[bool],
    rights: Sequence[Delivery],
    held: Sequence[Delivery],
) -> None:
    site, since = Site(stores), None
    for left, right, pause, late in zip(lefts, rights, pauses, held, strict=False):
        site.deliver(site.left, left)
        site.deliver(site.right, right)
        if not pause:  # sometimes several deliveries are matched at once
            site.match(since, "incremental")
            since = site.snapshots()
        site.replay(site.right, late)
    site.match(since, "incremental")
    site.match(None, "full")
    assert site.leads("incremental") == site.leads("full")


A, B = Row("a", "P", 1, changed=1), Row("b", "P", 2, changed=1)


def test_a_lead_goes_when_its_evidence_goes_and_returns_with_it(stores: Stores) -> None:
    site = Site(stores)
    site.deliver(site.left, Delivery(1, (A,)))
    site.deliver(site.right, Delivery(1, (B,)))
    site.match(None, "rule")
    first = site.snapshots()
    site.deliver(site.right, Delivery(2, (Row("b", "P", 2, changed=2, deleted=True),)))
    assert site.match(first, "rule").withdrawn == 1
    assert site.leads("rule") == {}
    second = site.snapshots()
    site.deliver(site.right, Delivery(3, (Row("b", "P", 2, changed=3),)))
    site.match(second, "rule")
    assert list(site.leads("rule")) == [b"P"]
    assert site.events("rule") == ["found", "withdrawn", "returned"]


def test_a_record_that_changes_hands_touches_both_people(stores: Stores) -> None:
    site = Site(stores)
    site.deliver(site.left, Delivery(1, (A, Row("c", "Q", 1, changed=1))))
    site.deliver(site.right, Delivery(1, (B,)))
    site.match(None, "rule")
    since = site.snapshots()
    site.deliver(site.right, Delivery(2, (Row("b", "Q", 2, changed=2),)))  # it was never P's, it is Q's
    site.match(since, "rule")
    assert list(site.leads("rule")) == [b"Q"]


def test_unchanged_evidence_leaves_a_lead_untouched(stores: Stores) -> None:
    site = Site(stores)
    site.deliver(site.left, Delivery(1, (A,)))
    site.deliver(site.right, Delivery(1, (B,)))
    site.match(None, "rule")
    since = site.snapshots()
    site.deliver(site.left, Delivery(2, (Row("z", "P", 9, changed=1),)))  # touches P, and does not fit
    run = site.match(since, "rule")
    assert (run.unchanged, run.changed, run.new, run.withdrawn) == (1, 0, 0, 0)
    assert site.events("rule") == ["found"]
