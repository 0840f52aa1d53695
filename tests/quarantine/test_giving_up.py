"""Rows that nobody mended in time are given up: counted, said on their page, and of their records nothing is kept."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hedui.landing import EncryptedFiles
from hedui.ledger.tables import Batch, Confirmation, HeldRow
from hedui.model.facts import Said, Tidied
from hedui.pipeline import validating
from hedui.pipeline.asked import mended
from hedui.pipeline.housekeeping import housekeep
from hedui.pipeline.mending import lists
from hedui.pipeline.quarantine import replaying
from hedui.pipeline.quarantine.choosing import chosen_records
from hedui.pipeline.quarantine.deciding import confirm
from hedui.pipeline.quarantine.replaying import replay
from hedui.pipeline.reporting import folder_of, report
from tests.quarantine.judge import Judge
from tests.quarantine.site import NAME, ROUND, Row, Site

A, B, GOOD = Row("a", 100), Row("b", 200), Row("d", 1)
SAID = Said("马秀英", "与原件核对")


@pytest.fixture(autouse=True)
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    made = Judge(limit=99)
    monkeypatch.setattr(validating, "judge", made)
    return made


def tidy(site: Site, days: int, dry_run: bool = False) -> list[tuple[str, int]]:
    """A turn in the quarantine so many days from now: what went."""
    done = housekeep(site.stores, ["quarantine"], datetime.now(UTC) + timedelta(days=days), dry_run)
    return [_said(one) for one in done]


def _said(tidied: Tidied) -> tuple[str, int]:
    return tidied.what, tidied.count


def page(site: Site, name: str) -> str:
    return (folder_of(site.stores, site.dataset, name) / "report.zh.html").read_text(encoding="utf-8")


def mended_rows(site: Site) -> list[tuple[str, int]]:
    with site.stores.ledger.session() as session:
        found = session.execute(sa.select(HeldRow.batch_id, HeldRow.row).where(mended()))
        return sorted((batch, row) for batch, row in found)


def test_the_contract_may_give_a_dataset_a_time_of_its_own(site: Site) -> None:
    site.declare(quarantine_retention_days=10)
    name = site.deliver(1, A, GOOD)
    assert tidy(site, 10) == []
    assert tidy(site, 11) == [("batches", 1)]
    assert site.counts(name) == {"loaded": 1, "expired": 1}


def test_the_last_page_of_a_batch_says_what_was_given_up(site: Site) -> None:
    name = site.deliver(1, A, B, GOOD)
    report(site.stores, name)
    assert "逾期未更正，已删除" not in page(site, name)
    tidy(site, 91)
    last = page(site, name)
    assert "逾期未更正，已删除" in last
    assert lists(site.stores, name, "zh") == []
    report(site.stores, name)
    assert page(site, name) == last


def test_no_page_is_made_of_a_batch_that_has_none(site: Site) -> None:
    name = site.deliver(1, A, GOOD)
    tidy(site, 91)
    assert not folder_of(site.stores, site.dataset, name).exists()
    assert site.counts(name) == {"loaded": 1, "expired": 1}


def test_a_page_that_can_no_longer_be_made_stops_nothing(site: Site) -> None:
    name = site.deliver(1, A, GOOD)
    report(site.stores, name)
    site.stores.quarantine(site.dataset).remove(f"{name}.places")
    tidy(site, 91)
    assert site.counts(name) == {"loaded": 1, "expired": 1}
    assert site.stores.quarantine(site.dataset).names() == set()


def test_a_killed_replay_that_can_no_longer_be_finished_stops_nothing(
    site: Site, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, other = site.deliver(1, A, GOOD), site.deliver(2, B)
    judge.limit = 100
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(replaying, "_write_down", _die)
        replay(site.stores)
    site.stores.quarantine(site.dataset).remove(f"{name}.faults")
    tidy(site, 91)
    assert (site.counts(name), site.counts(other)) == ({"loaded": 1, "expired": 1}, {"expired": 1})
    assert site.stores.quarantine(site.dataset).names() == set()
    assert replay(site.stores) == []


def test_of_rows_that_were_given_up_no_record_and_no_place_is_known(site: Site) -> None:
    name = site.deliver(1, A, B, Row("c", 300), GOOD)
    known = {row.record_mark for row in site.held(name)}
    site.deliver(2, Row("b", 2, changed=2), Row("c", 300, changed=2))  # one is right now, one wrong again
    tidy(site, 91)
    lines = site.held(name)
    assert [(row.state, row.region, row.source, row.position) for row in lines] == [
        (state, "620102", "", 0) for state in ("expired", "superseded", "superseded")
    ]
    assert not known & {row.record_mark for row in lines}
    assert mended_rows(site) == [(name, 1)]


def test_a_record_that_is_wrong_in_what_was_given_up_is_not_mended_in_a_delivery_that_came_late(site: Site) -> None:
    newer, late = site.deliver(5, Row("a", 100, changed=5)), site.deliver(1, A)
    with site.stores.ledger.session() as session:
        session.get_one(Batch, newer).received_at -= timedelta(days=10)
    assert (site.states(late), mended_rows(site)) == ({0: "superseded"}, [])
    for days in (85, 91):
        tidy(site, days)
        assert mended_rows(site) == []
    assert (site.counts(newer), site.counts(late)) == ({"expired": 1}, {"superseded": 1})


def test_of_rows_that_were_replayed_those_whose_record_came_wrong_again_are_not_mended(
    site: Site, judge: Judge
) -> None:
    name = site.deliver(1, A, B, Row("c", 300))
    with site.stores.ledger.session() as session:
        session.get_one(HeldRow, (name, 2)).record_mark = None  # its key was in doubt
    judge.limit = 300
    replay(site.stores)
    judge.limit = 99
    site.deliver(2, Row("a", 500, changed=2))
    for days in (1, 91):
        tidy(site, days)
        assert mended_rows(site) == [(name, 1), (name, 2)]


def test_a_record_that_comes_wrong_later_is_asked_for_as_if_for_the_first_time(site: Site) -> None:
    site.deliver(1, A)
    tidy(site, 91)
    again = site.deliver(2, A)
    assert [row.reminded for row in site.held(again)] == [1]


def test_their_lines_go_with_the_reports_that_count_them(site: Site) -> None:
    name = site.deliver(1, A, GOOD)
    tidy(site, 91)
    assert tidy(site, 365) == []
    assert tidy(site, 366, dry_run=True) == [("lines of held rows", 1)]
    assert tidy(site, 366) == [("lines of held rows", 1)]
    assert site.held(name) == []
    assert site.counts(name) == {"loaded": 1, "expired": 1}


def test_a_confirmation_is_kept_for_three_years_and_asked_for_again_after_them(site: Site) -> None:
    site.deliver(1, Row("a", 1, person=ROUND))
    confirm(site.stores, chosen_records(site.stores, NAME, ["a"]), SAID)
    tidy(site, 1095)
    assert site.batch(site.deliver(2, Row("a", 2, changed=2, person=ROUND))).quarantined == 0
    assert ("confirmations", 1) in tidy(site, 1096)
    with site.stores.ledger.session() as session:
        assert session.scalars(sa.select(Confirmation)).all() == []
    assert site.batch(site.deliver(3, Row("a", 3, changed=3, person=ROUND))).quarantined == 1


def test_a_turn_that_died_half_way_is_finished_by_the_next(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    name = site.deliver(1, A, GOOD)
    report(site.stores, name)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(EncryptedFiles, "remove", _die)
        tidy(site, 91)
    assert site.counts(name) == {"loaded": 1, "expired": 1}
    assert replay(site.stores) == []
    tidy(site, 91)
    assert site.stores.quarantine(site.dataset).names() == set()
    with site.stores.ledger.session() as session:
        assert session.get_one(Batch, name).quarantine_deleted_at


def _die(*_: object) -> None:
    raise KeyboardInterrupt
