"""Batches from before each held row had a line in the ledger work on, and get their lines when next seen to."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from alembic import command

from hedui.ledger.schema import alembic_config, migrate
from hedui.pipeline import validating
from hedui.pipeline.housekeeping import housekeep
from hedui.pipeline.mending import lists, month_lists
from hedui.pipeline.month_reporting import month_report
from hedui.pipeline.quarantine.looking import counts
from hedui.pipeline.quarantine.replaying import replay
from hedui.pipeline.reporting import report
from tests.quarantine.judge import Judge
from tests.quarantine.site import NAME, Row, Site

A, B, GOOD = Row("a", 100), Row("b", 200, county="620103"), Row("d", 1)
LATER = datetime(2027, 9, 1, tzinfo=UTC)


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    made = Judge(limit=99)
    monkeypatch.setattr(validating, "judge", made)
    return made


@pytest.fixture
def old(site: Site, judge: Judge) -> str:
    """A batch with two held rows in a ledger that was at version 3 and is now at the newest."""
    name = site.deliver(1, A, B, GOOD)
    engine = site.stores.ledger.engine
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0003")
    migrate(engine)
    site.stores.quarantine(site.dataset).remove(f"{name}.repairs")
    assert (site.held(name), site.batch(name).faulty) == ([], None)
    return name


def test_pages_and_lists_are_made(site: Site, old: str) -> None:
    pages = report(site.stores, old), month_report(site.stores, "office", "2026-07")
    for folder in pages:
        assert all((folder / f"report.{language}.html").stat().st_size for language in ("zh", "en"))
    assert len(lists(site.stores, old, "zh")) == 2
    assert len(month_lists(site.stores, "office", "2026-07", "zh")) == 2


def test_the_quarantine_lists_how_many_rows_it_holds(site: Site, old: str) -> None:
    everything = {"dataset": None, "batch": None, "state": None, "region": None}
    assert [(one.batch, one.state, one.rows) for one in counts(site.stores, everything, None)] == [(old, "held", 2)]
    assert counts(site.stores, everything | {"state": "expired"}, None) == []
    assert counts(site.stores, everything | {"batch": "another"}, None) == []


def _replays(site: Site) -> None:
    replay(site.stores, NAME)


def _tidies(site: Site) -> None:
    housekeep(site.stores, ["quarantine"], datetime.now(UTC), False)


@pytest.mark.parametrize("sees_to_it", [_replays, _tidies], ids=["a replay", "housekeeping"])
def test_its_rows_get_their_lines(site: Site, old: str, sees_to_it: Callable[[Site], None]) -> None:
    sees_to_it(site)
    fields = {finding.ordinal: finding.field for finding in site.batch(old).findings}
    lines = [(row.row, row.state, row.region, [fields[n] for n in row.findings]) for row in site.held(old)]
    assert lines == [(0, "held", "620102", ["value"]), (1, "held", "620103", ["value"])]
    assert site.counts(old) == {"loaded": 1, "quarantined": 2}


def test_what_came_since_clears_them(site: Site, judge: Judge, old: str) -> None:
    site.deliver(2, Row("a", 5, changed=2))
    assert site.counts(old) == {"loaded": 1, "quarantined": 2}
    judge.limit = 200
    replay(site.stores)
    assert site.states(old) == {0: "superseded", 1: "replayed"}
    assert site.counts(old) == {"loaded": 2, "superseded": 1}
    assert site.current() == {"a": (5, 2), "b": (200, 1), "d": (1, 1)}
    report(site.stores, old)


def test_they_expire_like_others(site: Site, old: str) -> None:
    housekeep(site.stores, ["quarantine"], LATER, False)
    assert site.counts(old) == {"loaded": 1, "expired": 2}
    assert site.stores.quarantine(site.dataset).names() == set()
    month_report(site.stores, "office", "2026-07")
    assert replay(site.stores) == []


def test_what_cannot_be_read_any_more_is_deleted_all_the_same(site: Site, old: str) -> None:
    site.stores.quarantine(site.dataset).remove(f"{old}.faults")
    housekeep(site.stores, ["quarantine"], LATER, False)
    assert site.counts(old) == {"loaded": 1, "expired": 2}
    assert site.stores.quarantine(site.dataset).names() == set()
