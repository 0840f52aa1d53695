"""Small files become few, old snapshots go with their files; what is read, matched or loaded notices nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trials

from hedui.ledger.tables import Batch
from hedui.model.contract import Dataset
from hedui.model.errors import TerminalError
from hedui.pipeline.batch_log import lock_of_batches
from hedui.pipeline.stores import Stores
from hedui.retention import Retention
from hedui.settings import Settings
from hedui.warehouse import housekeeping
from hedui.warehouse.housekeeping import Compaction, compact, expiring
from tests.histories import Delivery, Row, current, dataset, expected, histories, load
from tests.housekeeping.tables import LATER, deliveries, in_use, loaded, on_disk, tidy, versions

ANY_SIZE = Compaction(target_bytes=1 << 20, min_files=2)


def batch(table: Dataset, name: str, state: str) -> Batch:
    now = datetime.now(UTC)
    return Batch(
        id=name, dataset=table.full_name, interval_start=now, interval_end=now, sequence=1, digest=name.encode(),
        contract_version=1, received_at=now, state=state, pulled=2,
    )  # fmt: skip


@trials(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories(3))
def test_on_any_history_a_merge_keeps_every_version(stores: Stores, history: Sequence[Delivery]) -> None:
    table = dataset(f"t{abs(hash(tuple(history)))}")
    for number, delivery in enumerate(history):
        load(stores, table, number, delivery)
    before, many = versions(stores, table), len(stores.warehouse.files(table))
    compact(stores.warehouse, table, ANY_SIZE, (), stores.settings.spill)
    assert versions(stores, table) == before
    assert current(stores, table) == expected(history)
    assert len(stores.warehouse.files(table)) == min(many, 1)


def test_after_a_merge_deliveries_go_on_as_if_it_had_not_been(stores: Stores, things: Dataset) -> None:
    loaded(stores, things, [1, 2, 3])
    assert tidy(stores)["small files merged"] == 3
    loaded(stores, things, [4])
    repeated = Delivery(9, (Row("k1", "P", 1, changed=1), Row("k2", "P", 7, changed=8)))
    assert load(stores, things, 9, repeated) == (1, 0, 1)
    assert current(stores, things) == expected([*deliveries([1, 2, 3, 4]), repeated])


def test_a_merge_lays_the_rows_of_a_record_side_by_side(stores: Stores, things: Dataset) -> None:
    loaded(stores, things, [3, 1, 2])
    tidy(stores)
    (file,) = stores.warehouse.files(things)
    keys = pq.read_table(file)["record_no"].to_pylist()
    assert keys == sorted(keys)


def test_a_merge_ends_a_file_at_its_size(stores: Stores, things: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "_ROW_GROUP", 2_048)
    for day in range(4):
        load(stores, things, day, Delivery(day, tuple(Row(f"{day}-{n}", "P", n, changed=day) for n in range(2_500))))
    before = versions(stores, things)
    size = 2 * max(Path(file).stat().st_size for file in stores.warehouse.files(things)) + 2
    compact(stores.warehouse, things, Compaction(size, 2), (), stores.settings.spill)
    assert 1 < len(stores.warehouse.files(things)) < 4
    assert versions(stores, things) == before


def test_large_files_and_few_small_ones_stay_as_they_are(stores: Stores, things: Dataset) -> None:
    snapshots = loaded(stores, things, [1, 2, 3])
    for compaction in (Compaction(target_bytes=10, min_files=2), Compaction(target_bytes=1 << 20, min_files=4)):
        assert compact(stores.warehouse, things, compaction, (), stores.settings.spill) == []
    assert stores.warehouse.snapshot(things) == snapshots[-1]


def test_what_a_merge_replaced_is_really_deleted_once_its_snapshots_are_not_kept(
    stores: Stores, things: Dataset
) -> None:
    loaded(stores, things, [1, 2, 3])
    before, rows = on_disk(stores, things), versions(stores, things)
    tidy(stores)
    assert before < on_disk(stores, things)  # whoever reads now goes on
    done = tidy(stores, LATER)
    assert done["snapshots"] == 3
    assert done["files no snapshot needs"] >= 3 + 3  # data, and the lists of the snapshots
    assert on_disk(stores, things) == in_use(stores, things)
    assert [Path(file).stem.partition("-")[0] for file in stores.warehouse.files(things)] == ["compacted"]
    assert versions(stores, things) == rows


def test_a_snapshot_is_kept_until_it_has_been_replaced_for_so_long(stores: Stores, things: Dataset) -> None:
    first, second = loaded(stores, things, [1, 2])
    days = timedelta(days=stores.settings.retention.snapshot_retention_days)
    tidy(stores, days - timedelta(hours=1))
    assert stores.warehouse.has_snapshot(things, first)
    tidy(stores, days + timedelta(hours=1))
    assert not stores.warehouse.has_snapshot(things, first)
    assert not stores.warehouse.has_snapshot(things, second)  # merged within the first turn
    assert len(versions(stores, things)) == 4


def test_what_was_current_a_moment_ago_is_kept_however_old_it_is(stores: Stores, things: Dataset) -> None:
    (first,) = loaded(stores, things, [1])
    after_the_first = datetime.now(UTC)
    loaded(stores, things, [2])
    assert expiring(stores.warehouse, things, after_the_first, keep=(), leave=()) == []
    assert expiring(stores.warehouse, things, datetime.now(UTC), keep=(), leave=()) == [first]


def test_files_of_now_are_left_to_those_who_write_them(stores: Stores, things: Dataset) -> None:
    loaded(stores, things, [1, 2])
    foreign = stores.warehouse.location(things) / "metadata" / "just-written.avro"
    foreign.write_bytes(b"by a writer that is about to commit it")
    tidy(stores)
    assert foreign.exists()
    tidy(stores, timedelta(days=2))
    assert not foreign.exists()


def test_a_staged_batch_is_left_alone_and_loads_as_ever(stores: Stores, things: Dataset) -> None:
    loaded(stores, things, [1, 2])
    with stores.ledger.session() as session:
        session.add(batch(things, "agency.things-0009", "pseudonymised"))
    stores.warehouse.stage(things, "agency.things-0009", [])
    tidy(stores, LATER)
    assert "agency.things-0009.parquet" in on_disk(stores, things)


def test_a_batch_that_was_committed_before_the_ledger_knew_is_found_so_again(stores: Stores, things: Dataset) -> None:
    """Killed between the commit and the ledger; then housekeeping; then the load once more."""
    loaded(stores, things, [1, 2])
    name = "agency.things-0003"
    with stores.ledger.session() as session:
        session.add(batch(things, name, "pseudonymised"))
    (last,) = loaded(stores, things, [3])
    loaded(stores, things, [4])
    rows = versions(stores, things)
    assert tidy(stores, LATER)["small files merged"] == 3
    assert stores.warehouse.has_snapshot(things, last)
    again = stores.warehouse.commit(things, name, 2)
    assert (again.current, again.superseded, again.duplicate, again.snapshot) == (1, 1, 0, last)
    assert versions(stores, things) == rows


def test_nothing_is_done_to_a_table_that_somebody_loads_or_matches(stores: Stores, things: Dataset) -> None:
    loaded(stores, things, [1, 2])
    before = on_disk(stores, things)
    with stores.ledger.only_one(lock_of_batches(things)):
        assert list(tidy(stores, LATER)) == [
            "batches of agency.things: another run is at this already. Wait for it to end"
        ]
    assert on_disk(stores, things) == before
    assert tidy(stores, LATER)["small files merged"] == 2


def test_a_dry_run_says_what_would_go_and_touches_nothing(stores: Stores, things: Dataset) -> None:
    loaded(stores, things, [1, 2, 3])
    before = on_disk(stores, things)
    told = tidy(stores, LATER, dry_run=True)
    assert on_disk(stores, things) == before
    assert (told["small files merged"], told["snapshots"]) == (3, 2)


def test_a_second_turn_has_nothing_to_do(stores: Stores, things: Dataset) -> None:
    loaded(stores, things, [1, 2, 3])
    for _ in range(3):
        tidy(stores, LATER)
    assert tidy(stores, LATER) == {}
    assert on_disk(stores, things) == in_use(stores, things)


@pytest.mark.parametrize("which", ["*.parquet", "snap-*.avro", "*-m0.avro"])
def test_where_a_needed_file_is_missing_nothing_is_deleted(stores: Stores, things: Dataset, which: str) -> None:
    loaded(stores, things, [1, 2])
    next(stores.warehouse.location(things).rglob(which)).unlink()
    before = on_disk(stores, things)
    with pytest.raises(TerminalError, match=r"files that its table needs are not in its folder.*nothing was deleted"):
        tidy(stores, LATER)
    assert before <= on_disk(stores, things)


def test_a_sweep_leaves_what_earlier_snapshots_show(stores: Stores, things: Dataset) -> None:
    *_, last = loaded(stores, things, [1, 2])
    tidy(stores)
    stores.warehouse.sweep(things, staged=())
    assert all(Path(file).exists() for file in stores.warehouse.files(things, last))


def test_a_site_may_keep_snapshots_for_another_time(settings: Settings, things: Dataset) -> None:
    short = replace(settings, retention=Retention(snapshot_retention_days=1, compaction_min_files=100))
    with Stores(short) as stores:
        first, _ = loaded(stores, things, [1, 2])
        tidy(stores, timedelta(days=2))
        assert not stores.warehouse.has_snapshot(things, first)
