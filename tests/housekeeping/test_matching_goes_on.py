"""A merge moves no lead: rules that had seen everything look at nobody, and those behind end where a full run ends."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st

from hedui import shelves
from hedui.ledger.tables import AuditEntry, MatchRun
from hedui.pipeline.housekeeping import housekeep
from hedui.pipeline.stores import Stores
from hedui.warehouse.engine import Snapshots
from tests.histories import Delivery, Row, histories
from tests.matching.test_incremental_is_exact import Site

BOTH, MORE = Row("a", "P", 1, changed=1), Row("b", "P", 2, changed=1)


class KeptSite(Site):
    """A site whose only rule and tables the shelf knows."""

    def __init__(self, stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(stores)
        name = f"{self.rule.rule}_incremental"
        tables = {table.full_name: table for table in (self.left, self.right)}
        monkeypatch.setattr(shelves, "datasets", lambda: tables)
        monkeypatch.setattr(shelves, "rules", lambda: {name: self.rule.model_copy(update={"rule": name})})

    def tidy(self, after: timedelta = timedelta()) -> None:
        housekeep(self.stores, ["warehouse"], datetime.now(UTC) + after, False)

    def watermark(self) -> Snapshots | None:
        with self.stores.ledger.session() as session:
            runs = sa.select(MatchRun).where(MatchRun.rule == f"{self.rule.rule}_incremental")
            last = session.scalars(runs.order_by(MatchRun.id.desc())).first()
            return last.snapshots if last else None


@pytest.fixture
def site(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> KeptSite:
    return KeptSite(stores, monkeypatch)


def fill(site: KeptSite) -> None:
    for day in (1, 2, 3):
        site.deliver(site.left, Delivery(day, (BOTH, Row(f"l{day}", "P", 0, changed=day))))
        site.deliver(site.right, Delivery(day, (MORE, Row(f"r{day}", "Q", 1, changed=day))))


def test_a_rule_that_has_seen_everything_still_has(site: KeptSite) -> None:
    fill(site)
    site.match(None, "incremental")
    leads, before = site.leads("incremental"), site.snapshots()
    site.tidy()
    assert site.snapshots() != before
    assert site.watermark() == site.snapshots()
    run = site.match(site.watermark(), "incremental")
    assert (run.new, run.changed, run.unchanged, run.withdrawn) == (0, 0, 0, 0)
    assert site.leads("incremental") == leads != {}
    assert site.events("incremental") == ["found"]


def test_the_move_is_written_down(site: KeptSite) -> None:
    fill(site)
    site.match(None, "incremental")
    site.tidy()
    with site.stores.ledger.session() as session:
        actions = session.scalars(sa.select(AuditEntry.action)).all()
        modes = session.scalars(sa.select(MatchRun.mode).order_by(MatchRun.id)).all()
    assert actions.count("watermark moved") == 2
    assert modes[-2:] == ["compacted", "compacted"]


def test_after_a_merge_a_delivery_touches_its_own_subjects_alone(site: KeptSite) -> None:
    fill(site)
    site.match(None, "incremental")
    site.tidy()
    site.deliver(site.right, Delivery(9, (Row("new", "Z", 5, changed=9),)))
    run = site.match(site.watermark(), "incremental")
    assert (run.unchanged, run.new) == (0, 0)  # of P, who has a lead, nobody asked again


def test_a_rule_that_is_behind_keeps_its_snapshot_and_catches_up(site: KeptSite) -> None:
    site.deliver(site.left, Delivery(1, (BOTH,)))
    site.deliver(site.right, Delivery(1, (MORE,)))
    site.match(None, "incremental")
    seen = site.snapshots()
    fill(site)
    site.tidy(timedelta(days=400))
    assert site.watermark() == seen
    assert all(site.stores.warehouse.has_snapshot(t, seen[t.full_name] or 0) for t in (site.left, site.right))
    site.match(seen, "incremental")
    site.match(None, "full")
    assert site.leads("incremental") == site.leads("full") != {}


def test_a_watermark_that_a_crash_left_behind_is_moved_by_the_next_turn(
    site: KeptSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(site)
    site.match(None, "incremental")
    with monkeypatch.context() as patched:
        patched.setattr("hedui.pipeline.housekeeping.tables.move_along", lambda *_: 0)
        site.tidy()
    assert site.watermark() != site.snapshots()
    site.tidy(timedelta(days=400))
    assert site.watermark() == site.snapshots()


@trials(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories(3), st.lists(st.sampled_from(["match", "tidy", "both", "nothing"]), min_size=3, max_size=3))
def test_incremental_equals_full_whenever_a_merge_comes_between(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, history: Sequence[Delivery], between: Sequence[str]
) -> None:
    site = KeptSite(stores, monkeypatch)
    site.deliver(site.right, Delivery(1, tuple(Row(p, p, 2, changed=1) for p in "PQR")))
    site.match(None, "incremental")
    for delivery, what in zip(history, between, strict=False):
        site.deliver(site.left, delivery)
        if what in ("match", "both"):
            site.match(site.watermark(), "incremental")
        if what in ("tidy", "both"):
            site.tidy(timedelta(days=400))
    site.match(site.watermark(), "incremental")
    site.match(None, "full")
    assert site.leads("incremental") == site.leads("full")
