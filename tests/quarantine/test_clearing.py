"""Held rows are written down with place and record, and a later delivery of the record clears them by itself."""

import pyarrow as pa
import pytest

from hedui.pipeline.validating import validate
from tests.quarantine.site import KEYS, PERSON, ROUND, Row, Site, expectation, limit

BAD, GOOD = Row("a", 100), Row("a", 5)


def test_a_held_row_says_where_it_stands_whose_it_is_and_what_is_wrong(site: Site) -> None:
    name = site.deliver(1, Row("b", 1), Row("a", 100, person=ROUND))
    assert site.counts(name) == {"loaded": 1, "quarantined": 1}
    (held,) = site.held(name)
    assert (held.row, held.state, held.source, held.position) == (1, "held", "payments.xlsx / 一月", 5)
    assert (held.region, held.reminded, held.dataset) == ("620102", 1, "office.payments")
    fields = {finding.ordinal: finding.field for finding in site.batch(name).findings}
    assert [fields[ordinal] for ordinal in held.findings] == ["person", "value"]
    assert held.record_mark == token(site, "a")


def test_what_stands_in_place_of_a_division_is_not_written_down(site: Site) -> None:
    name = site.deliver(1, Row("a", 100, county=PERSON), Row("b", 100, county="620102001201"))
    assert [held.region for held in site.held(name)] == [None, "620102001"]


def token(site: Site, key: str) -> bytes:
    return bytes(site.stores.vault.records("trial", pa.array([key]))[0].as_py())


def test_a_corrected_delivery_clears_it(site: Site) -> None:
    first = site.deliver(1, BAD, Row("b", 100))
    second = site.deliver(2, GOOD)
    assert site.states(first) == {0: "superseded", 1: "held"}
    assert site.counts(first) == {"superseded": 1, "quarantined": 1}
    assert site.counts(second) == {"loaded": 1}


def test_of_the_same_day_the_second_delivery_clears_the_first(site: Site) -> None:
    first = site.deliver(1, BAD)
    site.deliver(1, GOOD, sequence=2)
    assert site.states(first) == {0: "superseded"}


def test_what_repeats_known_rows_clears_as_well(site: Site) -> None:
    site.deliver(1, GOOD)
    held = site.deliver(2, BAD)
    repeated = site.deliver(3, GOOD)
    assert site.counts(repeated) == {"duplicate": 1}
    assert site.states(held) == {0: "superseded"}


def test_held_again_the_later_row_stands_and_reminds_once_more(site: Site) -> None:
    names = [site.deliver(day, BAD, Row(f"b{day}", 100)) for day in (1, 2, 3)]
    assert [site.states(name)[0] for name in names] == ["superseded", "superseded", "held"]
    assert [[row.reminded for row in site.held(name)] for name in names] == [[1, 1], [2, 1], [3, 1]]


def test_an_older_delivery_clears_nothing_and_finds_what_is_later(site: Site) -> None:
    held = site.deliver(3, BAD)
    older = site.deliver(2, GOOD, Row("c", 100))
    assert site.states(held) == {0: "held"}
    loaded_later = site.deliver(4, Row("c", 1))
    assert site.states(older) == {1: "superseded"}
    late = site.deliver(1, BAD, Row("c", 100), Row("d", 100))  # held later, loaded later, never heard of
    assert site.states(late) == {0: "superseded", 1: "superseded", 2: "held"}
    assert site.counts(late) == {"superseded": 2, "quarantined": 1}
    assert site.counts(loaded_later) == {"loaded": 1}


def test_a_row_without_a_key_waits_for_a_person(site: Site) -> None:
    name = site.deliver(1, Row(None, 100), Row("b", 1))
    site.deliver(2, Row(None, 100), Row("b", 2, changed=2))
    (held,) = site.held(name)
    assert (held.state, held.record_mark) == ("held", None)


def test_rows_of_a_rejected_batch_are_no_held_rows(site: Site) -> None:
    site.expect(KEYS, limit(99), reject_above={"share": 0.1, "rows": 0})
    name = site.deliver(1, BAD, GOOD)
    assert (site.batch(name).state, site.held(name)) == ("rejected", [])


def test_a_batch_that_is_judged_again_has_its_rows_once(site: Site) -> None:
    name = site.land(2, BAD, Row("b", 100))
    validate(site.stores, name)
    site.deliver(3, GOOD)  # before the first one is loaded
    site.expect(KEYS, limit(99), expectation("expect_column_values_to_not_be_null", column="county"))
    validate(site.stores, name)
    site.run(name)
    assert site.states(name) == {0: "superseded", 1: "held"}
    assert site.counts(name) == {"superseded": 1, "quarantined": 1}


def test_several_key_fields_name_a_record_together(site: Site) -> None:
    site.declare(key=["county", "record_no"])
    first = site.deliver(1, BAD, Row("b", 100))
    site.deliver(2, GOOD)
    assert site.states(first) == {0: "superseded", 1: "held"}
    assert len({row.record_mark for row in site.held(first)} - {None}) == 2


@pytest.fixture
def snapshots(site: Site) -> Site:
    site.declare(delivers="snapshot", vanished_share=1.0)
    return site


def test_a_newer_snapshot_has_said_everything_about_what_was_held_before(snapshots: Site) -> None:
    first = snapshots.deliver(1, BAD, Row(None, 100), Row("b", 1), Row("c", 100))
    second = snapshots.deliver(2, BAD, Row("b", 1))
    assert snapshots.states(first) == {0: "superseded", 1: "superseded", 3: "superseded"}
    assert snapshots.states(second) == {0: "held"}
    late = snapshots.deliver(1, BAD, Row("b", 7), sequence=2)
    assert snapshots.states(late) == {0: "superseded"}
    assert snapshots.counts(late) == {"superseded": 2}
    assert snapshots.current() == {"b": (1, 1)}


def test_a_refused_snapshot_clears_nothing_and_holds_nothing(snapshots: Site) -> None:
    snapshots.declare(delivers="snapshot", vanished_share=0.1)
    first = snapshots.deliver(1, BAD, *(Row(f"k{n}", 1) for n in range(30)))
    refused = snapshots.deliver(2, BAD)
    assert (snapshots.batch(refused).state, snapshots.held(refused)) == ("rejected", [])
    assert snapshots.states(first) == {0: "held"}
