"""A contract may change without anything read under it changing its meaning; what would change it is refused."""

from typing import Any

import pytest
import sqlalchemy as sa

from hedui.ledger.tables import Batch, ContractVersion
from hedui.model.errors import DeclarationInvalid
from hedui.pipeline.contracts import admitted, newest, recorded
from hedui.pipeline.stores import Stores
from tests.pipeline.registry import CONTRACT, DEATHS, Register, contract, day, days, death, open_register, other_field

V1, V2 = contract(without=["county"]), contract(version=2)


@pytest.fixture
def register(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Register:
    register = open_register(stores, monkeypatch)
    register.agree(V1)
    return register


def batch_of(stores: Stores, name: str) -> Batch:
    with stores.ledger.session() as session:
        return session.get_one(Batch, name)


# --- what the ledger keeps ---


def test_a_version_is_kept_as_it_was_first_used(register: Register, stores: Stores) -> None:
    register.run(days(1, 2))
    with stores.ledger.session() as session:
        kept = recorded(session, DEATHS, 1)
    assert kept == V1
    assert list(kept.fields) == list(V1.fields)  # the order decides about columns and digests
    assert recorded_versions(stores) == [1]


def recorded_versions(stores: Stores) -> list[int]:
    with stores.ledger.session() as session:
        return list(session.scalars(sa.select(ContractVersion.version).order_by(ContractVersion.version)))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"fields": other_field(V1, "status", form="category")}, "`fields.status.form` was full, is category"),
        ({"key": ["record_no", "status"]}, r"`key` was \[record_no\], is \[record_no, status\]"),
        ({"programme": "other"}, "`programme` was livelihood, is other"),
        ({"delivers": "snapshot"}, "`delivers` was changes, is snapshot"),
    ],
)
def test_what_would_give_loaded_rows_another_meaning_is_refused_in_any_version(
    register: Register, words: dict[str, Any], says: str
) -> None:
    register.rows = [death("a")]
    register.run(days(1, 2))
    for version in (1, 2):
        register.agree(contract(version, ["county"], **words))
        with pytest.raises(DeclarationInvalid, match=f"breaks with .*{says}.*dataset of a new name"):
            register.extract(days(2, 3))


def test_a_change_that_breaks_nothing_says_a_new_version(register: Register) -> None:
    register.rows = [death("a")]
    register.run(days(1, 2))
    register.agree(contract(1))
    with pytest.raises(DeclarationInvalid, match=r"version 1 .*`fields\.county` is new\. Raise `version` to 2"):
        register.extract(days(2, 3))
    register.agree(V2)
    register.extract(days(2, 3))


def test_how_the_agency_is_reached_needs_no_new_version_and_is_kept_as_it_is_now(
    register: Register, stores: Stores
) -> None:
    register.run(days(1, 2))
    moved = contract(1, ["county"], overlap_hours=2, source={**V1.source.model_dump(), "page_size": 7})
    register.agree(moved)
    register.extract(days(2, 3))
    with stores.ledger.session() as session:
        assert newest(session, DEATHS) == moved


def test_a_contract_does_not_go_back(register: Register) -> None:
    register.run(days(1, 2))
    register.agree(V2)
    register.run(days(2, 3))
    register.agree(V1)
    with pytest.raises(DeclarationInvalid, match="says version 1, and version 2 was used already"):
        register.extract(days(3, 4))


def test_a_version_under_which_nothing_was_landed_may_still_be_changed(register: Register, stores: Stores) -> None:
    register.run(days(1, 2))
    admitted(stores, contract(2, ["status"]), days(2, 3))  # the agency did not answer, say
    admitted(stores, V2, days(2, 3))
    admitted(stores, V1, days(2, 3))
    assert recorded_versions(stores) == [1]


# --- from when on ---


def test_days_before_the_first_of_a_version_are_read_under_the_one_before(register: Register, stores: Stores) -> None:
    register.rows = [death("a", 1), death("b", 5), death("c", 6)]
    register.run(days(1, 2))
    register.agree(contract(2, effective_from="2026-07-06"))
    versions = [batch_of(stores, register.run(days(*d))).contract_version for d in ((5, 6), (6, 7), (3, 5), (4, 8))]
    assert versions == [1, 2, 1, 2]
    register.agree(contract(3, effective_from="2026-07-09"))
    assert [admitted(stores, register.shelf[DEATHS], days(d, d + 1)).version for d in (3, 6, 9)] == [1, 2, 3]


def test_without_an_older_version_the_only_one_holds(register: Register, stores: Stores) -> None:
    only = contract(1, effective_from="2026-07-06")
    assert admitted(stores, only, days(1, 2)) == only


def test_what_is_no_longer_shared_is_not_asked_for_under_an_older_version_either(stores: Stores) -> None:
    with_basis, without = contract(1), contract(2, ["basis"], effective_from="2026-07-06")
    admitted(stores, with_basis, days(1, 2))
    with stores.ledger.session() as session:
        session.add(_landed(days_of=1))
    admitted(stores, without, days(8, 9))
    earlier = admitted(stores, without, days(1, 2))
    assert (earlier.version, "basis" in earlier.fields) == (1, False)


def test_what_is_no_longer_kept_is_not_kept_under_an_older_version_either(stores: Stores) -> None:
    kept = contract(1)
    checked = contract(2, fields=other_field(kept, "county", keep=False), effective_from="2026-07-06")
    admitted(stores, kept, days(1, 2))
    with stores.ledger.session() as session:
        session.add(_landed(days_of=1))
    admitted(stores, checked, days(8, 9))
    earlier = admitted(stores, checked, days(1, 2))
    assert (earlier.version, earlier.fields["county"].keep) == (1, False)


def _landed(days_of: int) -> Batch:
    return Batch(
        id="landed", dataset=DEATHS, interval_start=day(days_of), interval_end=day(days_of + 1), sequence=1,
        digest=b"", contract_version=1, received_at=day(days_of), state="landed", pulled=0,
    )  # fmt: skip


# --- a batch and its version ---


def test_a_batch_landed_under_one_version_is_judged_and_loaded_under_it_after_the_next_arrived(
    register: Register, stores: Stores
) -> None:
    register.rows = [death("a", 1), death("b", 1)]
    waiting = register.extract(days(1, 2))
    register.agree(V2)
    register.rows = [death("a", 1), death("c", 2)]
    register.run(days(2, 3))
    assert register.load(waiting) == 2
    register.pipeline.report(waiting)
    batch = batch_of(stores, waiting)
    assert (batch.contract_version, batch.state, [f.field for f in batch.findings]) == (1, "loaded", [])
    assert [county for (county,) in register.current("county")] == ["620102", None, None]


def test_held_rows_of_an_older_version_can_still_be_read(register: Register) -> None:
    register.rows = [death("a", 1), death("b", 1, idCard="11010119900307867X")]
    register.run(days(1, 2))
    register.agree(V2)
    register.run(days(2, 3))
    assert register.pipeline.loaded_records(DEATHS, ["a", "b"]) == {"a"}


def test_the_door_shows_the_new_field_and_an_older_batch_takes_nothing_away(register: Register, stores: Stores) -> None:
    register.rows = [death("a", 1), death("b", 1)]
    waiting = register.extract(days(1, 2))
    register.agree(contract(2, reextract_from="2026-07-01"))
    register.rows = [death("a", 1)]
    register.run(days(2, 3))
    register.load(waiting)
    engine = sa.create_engine(stores.settings.database_urls["door"])
    with engine.connect() as connection:
        shown = connection.execute(sa.text(f"SELECT county FROM {DEATHS} ORDER BY county")).scalars().all()
    engine.dispose()
    assert shown == ["620102", None]


# --- once more, for a field that is new ---


def test_the_first_delivery_under_a_version_goes_back_for_its_new_field_until_one_is_loaded(
    register: Register, stores: Stores
) -> None:
    register.rows = [death("a", 1), death("b", 2)]
    register.run(days(1, 3))
    register.agree(contract(2, reextract_from="2026-07-02"))
    register.rows += [death("c", 3)]
    failed = register.extract(days(3, 4))
    register.rows += [death("d", 4)]
    name = register.run(days(4, 5))
    register.run(days(5, 6))
    assert [asked.start for asked in register.asked[1:]] == [day(2), day(2), day(5)]
    assert batch_of(stores, failed).state == "landed"
    assert batch_of(stores, name).read_from == day(2)
    assert register.current("county") == [("620102",), ("620102",), ("620102",), (None,)]


def test_an_interval_that_covers_it_all_is_a_re_extract_as_well(register: Register) -> None:
    register.agree(contract(1, reextract_from="2026-07-02"))
    register.run(days(1, 3))
    register.run(days(3, 4))
    assert [asked.start for asked in register.asked] == [day(1), day(3)]


def test_an_old_interval_under_a_new_version_is_no_re_extract(register: Register) -> None:
    register.rows = [death("a", 2), death("b", 5)]
    register.run(days(1, 3))
    register.run(days(3, 6))
    register.agree(contract(2, reextract_from="2026-07-02"))
    register.run(days(1, 3))
    assert register.current("county") == [("620102",), (None,)]
    register.run(days(6, 7))
    assert register.current("county") == [("620102",), ("620102",)]


def test_a_full_delivery_goes_nowhere_back(register: Register) -> None:
    """In a folder lie the full deliveries of other days."""
    register.agree(contract(1, delivers="snapshot", overlap_hours=24, reextract_from="2026-07-02"))
    register.run(days(5, 6))
    assert register.asked == [days(5, 6)]


# --- rows that arrive late ---


def test_an_overlap_catches_late_rows_and_knows_the_others_again(register: Register, stores: Stores) -> None:
    register.agree(contract(1, overlap_hours=24))
    register.rows = [death("a", 2)]
    register.run(days(2, 3))
    snapshot = stores.warehouse.snapshot(CONTRACT)
    again = batch_of(stores, register.run(days(3, 4)))
    assert (again.pulled, again.duplicate, again.loaded) == (1, 1, 0)
    assert stores.warehouse.snapshot(CONTRACT) == snapshot  # so no rule has anything to look at
    register.rows += [death("late", 3), death("b", 4)]
    late = batch_of(stores, register.run(days(4, 5)))
    assert (late.pulled, late.duplicate, late.loaded, late.read_from) == (2, 0, 2, day(3))


# --- before a contract is approved ---


def test_a_dataset_that_is_onboarding_is_judged_and_reported_and_nothing_of_it_is_kept(
    register: Register, stores: Stores
) -> None:
    register.agree(contract(1, stage="onboarding"))
    register.rows = [death("a", 1), death("b", 1, idCard="11010119900307867X")]
    batch = register.extract(days(1, 2))
    assert not register.pipeline.validate(batch)
    register.pipeline.pseudonymise(batch)
    assert register.pipeline.load(batch) == 0
    page = (register.pipeline.report(batch) / "report.en.html").read_text("utf-8")
    kept = batch_of(stores, batch)
    assert (kept.state, kept.pulled, kept.quarantined, [f.count for f in kept.findings]) == ("judged", 2, 0, [1])
    assert "Judged on trial" in page
    with register.pipeline.query_engine() as engine:
        assert engine.query("SELECT * FROM information_schema.tables").num_rows == 0
    assert not stores.warehouse.location(CONTRACT).exists()


def test_once_it_is_approved_the_same_delivery_is_loaded(register: Register, stores: Stores) -> None:
    register.agree(contract(1, stage="onboarding"))
    register.rows = [death("a", 1)]
    judged = register.run(days(1, 2))
    register.agree(contract(2))
    assert register.run(days(1, 2)) == judged
    batch = batch_of(stores, judged)
    assert (batch.state, batch.contract_version, batch.loaded) == ("loaded", 2, 1)


def test_a_header_may_be_corrected_before_it_is_approved(register: Register, stores: Stores) -> None:
    register.agree(contract(1, stage="onboarding", fields=other_field(CONTRACT, "basis", source="basis_of")))
    register.rows = [death("a", 1, basis_of="火化")]
    register.run(days(1, 2))
    register.agree(contract(2))
    register.rows = [death("a", 1)]
    assert batch_of(stores, register.run(days(1, 2))).state == "loaded"


# --- full deliveries on their whole way ---


def test_a_full_delivery_is_read_whole_and_what_it_lacks_is_deleted(register: Register, stores: Stores) -> None:
    register.agree(contract(1, delivers="snapshot", vanished_share=0.5))
    register.rows = [death(key, 1) for key in "abc"]
    register.run(days(1, 2))
    register.rows = [death("a", 1), death("b", 1, idCard="11010119900307867X")]  # b is held back, c is gone
    batch = batch_of(stores, register.run(days(2, 3)))
    assert (batch.pulled, batch.duplicate, batch.quarantined, batch.vanished) == (2, 1, 1, 1)
    assert len(register.current("record_no")) == 2
    assert [b.vanished for b in register.pipeline.batches()] == [0, 1]


def test_a_full_delivery_that_lacks_too_much_is_rejected_with_the_reason(register: Register, stores: Stores) -> None:
    register.agree(contract(1, delivers="snapshot"))
    register.rows = [death(f"k{number:02d}", 1) for number in range(40)]
    register.run(days(1, 2))
    everything, register.rows = register.rows, register.rows[:10]
    batch = register.run(days(2, 3))
    rejected = batch_of(stores, batch)
    assert (rejected.state, rejected.quarantined, rejected.vanished) == ("rejected", 0, 0)
    assert "30 of 40 known records" in rejected.rejected_because["en"]
    assert "40 条记录中的 30 条" in (register.pipeline.report(batch) / "report.zh.html").read_text("utf-8")
    assert len(register.current("record_no")) == len(everything)
    register.agree(contract(1, delivers="snapshot", vanished_share=1))  # the agency says that it is right
    assert register.run(days(2, 3)) == batch
    assert (batch_of(stores, batch).state, len(register.current("record_no"))) == ("loaded", 10)


def test_a_held_row_without_its_key_may_be_any_record(register: Register, stores: Stores) -> None:
    register.agree(contract(1, delivers="snapshot", vanished_share=1))
    register.rows = [death(key, 1) for key in "ab"]
    register.run(days(1, 2))
    register.rows = [death("a", 1), death("b", 1, recordNo="")]
    batch = batch_of(stores, register.run(days(2, 3)))
    assert (batch.quarantined, batch.vanished) == (1, 0)
    assert len(register.current("record_no")) == 2


def test_a_row_held_back_for_its_form_is_not_missing(register: Register, stores: Stores) -> None:
    register.agree(contract(1, delivers="snapshot", vanished_share=1, drift={"new_columns": "quarantine"}))
    register.rows = [death(key, 1) for key in "ab"]
    register.run(days(1, 2))
    register.rows = [death("a", 1, cause="x")]
    batch = batch_of(stores, register.run(days(2, 3)))
    assert (batch.quarantined, batch.vanished) == (1, 1)
    assert len(register.current("record_no")) == 1
