"""A ledger of earlier is restored: no row of which it does not know that it came in is lost, or comes in twice."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hedui.ledger.tables import Base, HeldRow
from hedui.model.errors import TerminalError
from hedui.model.facts import Said
from hedui.pipeline import validating
from hedui.pipeline.housekeeping import housekeep
from hedui.pipeline.quarantine.choosing import chosen_records
from hedui.pipeline.quarantine.deciding import confirm
from hedui.pipeline.quarantine.looking import row, rows
from hedui.pipeline.quarantine.replaying import replay
from hedui.pipeline.reporting import report
from tests.quarantine.judge import Judge
from tests.quarantine.site import NAME, ROUND, Row, Site

pytestmark = pytest.mark.usefixtures("judge")
A, B, C, GOOD = Row("a", 100), Row("b", 200), Row("c", 300), Row("d", 1)
_TABLES = Base.metadata.sorted_tables


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Holds back what is above its limit, and round numbers."""
    made = Judge(limit=99)
    monkeypatch.setattr(validating, "judge", made)
    return made


def saved(site: Site) -> Callable[[], None]:
    """A backup of the ledger; call what is returned to restore it."""
    with site.stores.ledger.engine.begin() as connection:
        connection.execute(sa.text("CREATE SCHEMA backup"))
        for table in _TABLES:
            connection.execute(sa.text(f'CREATE TABLE backup."{table.name}" AS TABLE public."{table.name}"'))

    def restore() -> None:
        with site.stores.ledger.engine.begin() as connection:
            for table in reversed(_TABLES):
                connection.execute(table.delete())
            for table in _TABLES:
                connection.execute(sa.text(f'INSERT INTO public."{table.name}" TABLE backup."{table.name}"'))

    return restore


def versions(site: Site) -> list[tuple[str, int]]:
    """Batch and row of every version that the warehouse holds."""
    with site.stores.engine() as engine:
        engine.show_versions(site.dataset, site.stores.warehouse.snapshot(site.dataset))
        found = engine.query(f"SELECT batch_id, batch_row FROM versions.{site.dataset.table} ORDER BY ALL").to_pylist()
    return [(row["batch_id"], row["batch_row"]) for row in found]


def forget_snapshots(site: Site) -> None:
    """What housekeeping does in months: old snapshots go, and with them the word of who added which file."""
    for days in (1, 100, 200):
        housekeep(site.stores, ["warehouse"], datetime.now(UTC) + timedelta(days=days), False)


@pytest.mark.parametrize(
    ("lifted", "tidied"),
    [((100,), False), ((100, 200), True), ((50, 100), False), ((50, 100), True)],
    ids=["one", "all, months ago", "the second of two", "the second of two, months ago"],
)
def test_what_was_replayed_since_is_neither_lost_nor_doubled(
    site: Site, judge: Judge, lifted: tuple[int, ...], tidied: bool
) -> None:
    name = site.deliver(1, A, B, C, GOOD)
    restore = saved(site)
    for most in lifted:
        judge.limit = most
        replay(site.stores)
    if tidied:
        site.deliver(2, Row("f", 1))  # whose snapshot is the newest, which is never forgotten
        forget_snapshots(site)
    known = [one for one in versions(site) if one[0] != name]
    restore()
    report(site.stores, name)
    judge.limit = 200
    (done,) = replay(site.stores)
    assert done.still_held == 1
    assert site.states(name) == {0: "replayed", 1: "replayed", 2: "held"}
    assert site.counts(name) == {"loaded": 3, "quarantined": 1}
    assert versions(site) == [*((name, row) for row in (0, 1, 3)), *known]
    judge.limit = 300
    replay(site.stores)
    report(site.stores, name)
    assert site.counts(name) == {"loaded": 4}
    assert versions(site) == [*((name, row) for row in range(4)), *known]


def test_a_correction_of_which_the_ledger_knows_no_more_stays_the_newer_one(site: Site, judge: Judge) -> None:
    name = site.deliver(1, A, GOOD)
    restore = saved(site)
    judge.limit = 100
    replay(site.stores)
    site.deliver(2, Row("a", 5, changed=2))
    restore()
    replay(site.stores)
    assert site.counts(name) == {"loaded": 1, "superseded": 1}
    assert site.current() == {"a": (5, 2), "d": (1, 1)}


def test_the_next_replay_takes_no_name_of_one_that_the_ledger_forgot(site: Site, judge: Judge) -> None:
    name = site.deliver(1, A, B, GOOD)
    restore = saved(site)
    judge.limit = 100
    replay(site.stores)
    restore()
    site.deliver(2, Row("a", 5, changed=2))  # so that of the row that came in nothing is held any more
    judge.limit = 200
    replay(site.stores)
    assert site.states(name) == {0: "superseded", 1: "replayed"}
    assert site.counts(name) == {"loaded": 2, "superseded": 1}
    assert site.current() == {"a": (5, 2), "b": (200, 1), "d": (1, 1)}


def test_what_was_confirmed_since_came_in_all_the_same(site: Site) -> None:
    name = site.deliver(1, Row("a", 1, person=ROUND), B)
    restore = saved(site)
    confirm(site.stores, chosen_records(site.stores, NAME, ["a"]), Said("马秀英", "核对无误"))
    restore()
    replay(site.stores)
    assert (site.states(name), versions(site)) == ({0: "replayed", 1: "held"}, [(name, 0)])


def test_a_fault_of_which_nothing_is_left_keeps_no_row_from_being_listed(site: Site, judge: Judge) -> None:
    name = site.deliver(1, Row("a", 1, person=ROUND), B)
    restore = saved(site)
    confirm(site.stores, chosen_records(site.stores, NAME, ["a"]), Said("马秀英", "核对无误"))
    restore()
    later = site.deliver(2, Row("a", 500, changed=2))
    with site.stores.ledger.session() as session:
        session.get_one(HeldRow, (name, 0)).answer = "right"
    judge.limit = 200
    replay(site.stores)
    everything = {"dataset": None, "batch": name, "state": None, "region": None}
    assert [(one.row, one.state, one.wrong) for one in rows(site.stores, everything, None)] == [
        (0, "superseded", []),
        (1, "replayed", []),
    ]
    assert row(site.stores, name, 0, None).wrong == []
    report(site.stores, later)


def test_held_rows_that_were_deleted_since_are_told_of_and_expire(site: Site, judge: Judge) -> None:
    name = site.deliver(1, A, GOOD)
    restore = saved(site)
    later = datetime.now(UTC) + timedelta(days=100)
    housekeep(site.stores, ["quarantine"], later, False)
    restore()
    judge.limit = 100
    with pytest.raises(TerminalError, match=rf"^{name}: its held rows are deleted.*hedui housekeep quarantine"):
        replay(site.stores)
    housekeep(site.stores, ["quarantine"], later, False)
    assert site.counts(name) == {"loaded": 1, "expired": 1}


@pytest.mark.parametrize("tidied", [False, True], ids=["soon", "months later"])
def test_a_batch_that_was_loaded_since_is_loaded_again_without_harm(site: Site, tidied: bool) -> None:
    name = site.land(1, A, GOOD, Row("e", 2))
    restore = saved(site)
    site.run(name)
    if tidied:
        site.deliver(2, Row("f", 1))  # whose snapshot is the newest, which is never forgotten
        forget_snapshots(site)
    before, current = versions(site), site.current()
    restore()
    site.run(name)
    assert (versions(site), site.current()) == (before, current)
    assert site.counts(name)["quarantined"] == 1
