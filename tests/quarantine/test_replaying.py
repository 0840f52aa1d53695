"""What passes by now comes in at its own place in time, once; the rest stays, with what is wrong with it now."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from hedui.ledger.tables import AuditEntry
from hedui.model.errors import LandingBroken, TerminalError
from hedui.model.facts import Replayed, Said
from hedui.pipeline.housekeeping import housekeep
from hedui.pipeline.quarantine import replaying
from hedui.pipeline.quarantine.choosing import chosen_records, chosen_rows
from hedui.pipeline.quarantine.deciding import confirm, discard
from hedui.pipeline.quarantine.files import faults
from hedui.pipeline.quarantine.replaying import replay
from tests.quarantine.site import KEYS, NAME, ROUND, ROUND_NUMBERS, Row, Site, limit

SAID = Said("马秀英", "与原件核对")
EARLY, LATE, OTHER = Row("a", 100, changed=1), Row("a", 5, changed=9), Row("b", 200)


def lift(site: Site, most: int) -> None:
    """The limit was too narrow."""
    site.expect(KEYS, ROUND_NUMBERS, limit(most))


def test_after_a_fix_of_the_suite_rows_come_in_and_the_others_stay(site: Site) -> None:
    name = site.deliver(1, EARLY, OTHER, Row("c", 1))
    lift(site, 100)
    assert replay(site.stores) == [Replayed(name, NAME, 1, 1, 0, 0, still_held=1)]
    assert site.counts(name) == {"loaded": 2, "quarantined": 1}
    assert site.states(name) == {0: "replayed", 1: "held"}
    assert site.current() == {"a": (100, 1), "c": (1, 1)}
    lift(site, 200)
    assert [done.loaded for done in replay(site.stores)] == [1]
    assert site.counts(name) == {"loaded": 3}
    assert replay(site.stores) == []


def test_a_batch_whose_files_are_damaged_keeps_no_other_from_being_replayed(site: Site) -> None:
    damaged, name = site.deliver(1, EARLY), site.deliver(2, OTHER)
    site.stores.quarantine(site.dataset).remove(f"{damaged}.faults")
    lift(site, 200)
    with pytest.raises(LandingBroken, match=rf"^{damaged}"):
        replay(site.stores)
    assert site.states(name) == {0: "replayed"}


def test_rows_that_were_right_after_all_count_as_no_fault_of_the_agency(site: Site) -> None:
    name = site.deliver(1, EARLY, OTHER, Row("c", 1))
    assert site.batch(name).own_faulty == 2
    lift(site, 100)
    replay(site.stores)
    assert (site.batch(name).own_faulty, site.batch(name).faulty) == (1, 2)


def test_a_row_keeps_its_place_in_time_and_says_when_it_became_known(site: Site) -> None:
    began = datetime.now(UTC)
    name = site.deliver(1, Row("a", 100), Row("a", 7), Row("b", 100))  # the second row of a counts
    site.deliver(2, Row("c", 1))
    lift(site, 100)
    (done,) = replay(site.stores)
    assert (done.loaded, done.superseded) == (1, 1)
    assert site.current()["a"] == (7, 1)
    with site.stores.engine() as engine:
        engine.show_versions(site.dataset, site.stores.warehouse.snapshot(site.dataset))
        rows = engine.query(f"SELECT * FROM versions.{site.dataset.table} WHERE value = 100").to_pylist()
    assert [(r["batch_id"], r["batch_row"], r["interval_end"], r["delivery_sequence"]) for r in rows] == [
        (name, row, site.batch(name).interval_end, 1) for row in (0, 2)
    ]
    assert all(row["known_from"] > began for row in rows)


def test_what_says_nothing_new_is_a_duplicate(site: Site) -> None:
    site.deliver(1, Row("a", 5))
    lift(site, 4)
    held = site.deliver(2, Row("a", 5))
    lift(site, 5)
    assert replay(site.stores) == [Replayed(held, NAME, 1, 0, 0, 1, still_held=0)]
    assert site.counts(held) == {"duplicate": 1}


def test_what_is_wrong_now_takes_the_place_of_what_was_wrong(site: Site) -> None:
    name = site.deliver(1, Row("a", 100, person=ROUND), Row("b", 300))
    site.expect(KEYS, ROUND_NUMBERS, limit(200))
    replay(site.stores)
    fields = {finding.ordinal: (finding.field, finding.count) for finding in site.batch(name).findings}
    assert [[fields[ordinal] for ordinal in row.findings] for row in site.held(name)] == [
        [("person", 1)],
        [fields[row] for row in site.held(name)[1].findings],
    ]
    assert sorted(fields.values()) == [("person", 1), ("value", 1)]
    said = faults(site.stores.quarantine(site.dataset), site.batch(name))
    assert [(row["row"], row["field"]) for row in said.to_pylist()] == [(0, "person"), (1, "value")]


def test_a_contract_that_lets_a_form_pass_lets_its_rows_in(site: Site) -> None:
    site.declare(drift={"changed_types": "quarantine"})
    name = site.deliver(1, Row("a", 1, drift='["changed_type:amount"]'), Row("b", 1))
    assert site.counts(name) == {"loaded": 1, "quarantined": 1}
    assert [done.replayed for done in replay(site.stores)] == [0]
    site.declare(drift={"changed_types": "ignore"})
    assert [done.replayed for done in replay(site.stores)] == [1]
    assert site.counts(name) == {"loaded": 2}


PLACES = {
    "hedui.pipeline.quarantine.replaying._begin": "before anything is written",
    "hedui.warehouse.tables.without_duplicates": "staged",
    "hedui.warehouse.tables.Warehouse._add": "committed",
    "hedui.pipeline.quarantine.replaying.publish": "published",
    "hedui.pipeline.quarantine.replaying.renew": "before the ledger",
    "hedui.pipeline.quarantine.replaying.tell": "done but for the last word",
}


@pytest.mark.parametrize("place", PLACES, ids=list(PLACES.values()))
@pytest.mark.parametrize("meanwhile", ["nothing", "a correction"])
def test_killed_anywhere_and_run_again_each_row_came_in_once(
    site: Site, monkeypatch: pytest.MonkeyPatch, place: str, meanwhile: str
) -> None:
    name = site.deliver(1, EARLY, OTHER, Row("d", 100), Row("c", 1))
    lift(site, 100)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        module, _, call = place.rpartition(".")
        patched.setattr(place, dying(pa_import(module), call))
        replay(site.stores)
    if meanwhile == "a correction":
        site.deliver(2, LATE)
    replay(site.stores)
    again = replay(site.stores)
    assert [done.replayed for done in again] == [0]
    counts = site.counts(name)
    assert counts.pop("quarantined") == 1
    assert sum(counts.values()) == 3
    assert site.current() == {"a": (5, 9) if meanwhile == "a correction" else (100, 1), "c": (1, 1), "d": (100, 1)}
    assert versions(site) == 3 + (meanwhile == "a correction") - (site.states(name)[0] == "superseded")


def pa_import(path: str) -> object:
    import importlib

    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        module, _, name = path.rpartition(".")
        return getattr(importlib.import_module(module), name)


def dying(owner: object, call: str) -> object:
    real = getattr(owner, call)

    def then_die(*args: object, **kwargs: object) -> object:
        real(*args, **kwargs)
        raise KeyboardInterrupt

    return then_die


def versions(site: Site) -> int:
    with site.stores.engine() as engine:
        engine.show_versions(site.dataset, site.stores.warehouse.snapshot(site.dataset))
        return int(engine.query(f"SELECT count(*) AS n FROM versions.{site.dataset.table}")["n"][0].as_py())


def test_what_a_killed_replay_committed_is_kept_by_housekeeping(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.deliver(1, EARLY, Row("c", 1))
    site.deliver(2, Row("e", 1))
    lift(site, 100)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(replaying, "publish", dying(replaying, "publish"))
        replay(site.stores)
    housekeep(site.stores, ["warehouse"], datetime(2027, 9, 1, tzinfo=UTC), False)
    assert [done.still_held for done in replay(site.stores)] == [0]
    assert site.current() == {"a": (100, 1), "c": (1, 1), "e": (1, 1)}


def test_a_snapshot_lacks_nothing_because_of_what_is_replayed(site: Site) -> None:
    site.declare(delivers="snapshot", vanished_share=1.0)
    site.deliver(1, Row("a", 1), Row("b", 1))
    held = site.deliver(2, Row("a", 100, changed=2), Row("b", 1), Row("c", 100))
    assert site.current() == {"a": (1, 1), "b": (1, 1)}
    lift(site, 100)
    discard(site.stores, chosen_records(site.stores, NAME, ["c"]), SAID)
    replay(site.stores)
    assert site.current() == {"a": (100, 2), "b": (1, 1)}
    assert site.counts(held) == {"loaded": 1, "duplicate": 1, "discarded": 1}
    site.deliver(3, Row("b", 1))
    assert site.current() == {"b": (1, 1)}


# --- what people decide ---


def test_a_value_that_is_confirmed_comes_in_and_later_deliveries_of_it_pass(site: Site) -> None:
    name = site.deliver(1, Row("a", 1, person=ROUND), Row("b", 1, person=ROUND))
    (done,) = confirm(site.stores, chosen_records(site.stores, NAME, ["a"]), SAID)
    assert (done.replayed, done.still_held) == (1, 1)
    assert site.states(name) == {0: "replayed", 1: "held"}
    later = site.deliver(2, Row("a", 2, changed=2, person=ROUND), Row("b", 2, changed=2, person=ROUND))
    assert site.states(later) == {1: "held"}
    assert site.counts(later) == {"loaded": 1, "quarantined": 1}
    changed = site.deliver(3, Row("a", 3, changed=3, person="110105194912312000"))
    assert site.states(changed) == {0: "held"}
    assert actions(site)[-1] == ("confirmed", "马秀英") or ("confirmed", "马秀英") in actions(site)


def actions(site: Site) -> list[tuple[str, str | None]]:
    with site.stores.ledger.session() as session:
        entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    return [(entry.action, entry.detail.get("by")) for entry in entries]


def test_what_was_confirmed_does_not_count_towards_a_rejection(site: Site) -> None:
    name = site.deliver(1, Row("a", 1, person=ROUND))
    confirm(site.stores, chosen_rows(site.stores, name, [0]), SAID)
    site.expect(KEYS, ROUND_NUMBERS, limit(99), reject_above={"share": 0.4, "rows": 1})
    again = site.deliver(2, Row("a", 2, changed=2, person=ROUND), Row("b", 1))
    assert (site.batch(again).state, site.batch(again).findings) == ("loaded", [])


def test_what_is_no_doubt_cannot_be_confirmed(site: Site) -> None:
    name = site.deliver(1, EARLY, Row(None, 1, person=ROUND))
    for row, why in ((0, "no.* doubt|mere doubt"), (1, "its key makes no sense")):
        with pytest.raises(TerminalError, match=why):
            confirm(site.stores, chosen_rows(site.stores, name, [row]), SAID)
    assert site.states(name) == {0: "held", 1: "held"}


def test_confirming_does_not_excuse_another_fault(site: Site) -> None:
    name = site.deliver(1, Row("a", 100, person=ROUND))
    (done,) = confirm(site.stores, chosen_rows(site.stores, name, [0]), SAID)
    assert (done.replayed, done.still_held) == (0, 1)
    lift(site, 100)
    assert [one.replayed for one in replay(site.stores)] == [1]
    assert site.counts(name) == {"loaded": 1}


def test_what_is_discarded_never_comes_back(site: Site) -> None:
    name = site.deliver(1, EARLY, OTHER)
    assert discard(site.stores, chosen_rows(site.stores, name, [0]), SAID) == 1
    lift(site, 300)
    replay(site.stores)
    assert site.counts(name) == {"loaded": 1, "discarded": 1}
    assert site.current() == {"b": (200, 1)}
    assert ("discarded", "马秀英") in actions(site)
    with pytest.raises(TerminalError, match="not held"):
        discard(site.stores, chosen_rows(site.stores, name, [0]), SAID)


def test_what_expired_is_gone(site: Site) -> None:
    name = site.deliver(1, EARLY, OTHER)
    lift(site, 100)
    replay(site.stores)
    housekeep(site.stores, ["quarantine"], datetime(2027, 9, 1, tzinfo=UTC), False)
    assert site.counts(name) == {"loaded": 1, "expired": 1}
    assert site.states(name) == {0: "replayed", 1: "expired"}
    assert site.stores.quarantine(site.dataset).names() == set()
    lift(site, 300)
    assert replay(site.stores) == []
