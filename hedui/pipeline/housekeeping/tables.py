"""The warehouse's tables: few files, no snapshot longer than it is kept, nothing on disk that none needs."""

from collections.abc import Collection, Iterator
from datetime import timedelta

from hedui.model.contract import Dataset
from hedui.model.facts import Tidied
from hedui.pipeline.batch_log import lock_of_batches, staged_batches
from hedui.pipeline.housekeeping.turn import Turn
from hedui.pipeline.watermarks import lock_of_match, move_along, readers, watermarks
from hedui.warehouse.housekeeping import Compaction, check_whole, compact, expire, expiring, small_files, unneeded


def warehouse(turn: Turn, dataset: Dataset) -> Iterator[Tidied]:
    """Merge small files, move the rules' watermarks along, forget old snapshots, delete what none needs.

    Loads and matches of the table wait meanwhile. What a staged or half-committed batch rests on is left alone.
    """
    if turn.stores.warehouse.location(dataset).exists():
        with turn.alone(lock_of_batches(dataset), *(lock_of_match(rule) for rule in readers(dataset))):
            check_whole(turn.stores.warehouse, dataset)
            staged = staged_batches(turn.stores.ledger, dataset)
            yield from _merge(turn, dataset, staged)
            yield from _forget(turn, dataset, staged)


def _merge(turn: Turn, dataset: Dataset, staged: Collection[str]) -> Iterator[Tidied]:
    stores, retention = turn.stores, turn.stores.settings.retention
    compaction = Compaction(retention.compaction_target_mb << 20, retention.compaction_min_files)
    if turn.dry_run:
        merged = small_files(stores.warehouse, dataset, compaction, staged)
    else:
        merged = compact(stores.warehouse, dataset, compaction, staged, stores.settings.spill)
        move_along(stores, dataset)
    if merged:
        yield Tidied("warehouse", dataset.full_name, "small files merged", len(merged))


def _forget(turn: Turn, dataset: Dataset, staged: Collection[str]) -> Iterator[Tidied]:
    tables, before = turn.stores.warehouse, turn.now - timedelta(days=_snapshot_days(turn))
    old = expiring(tables, dataset, before, keep=watermarks(turn.stores, dataset), leave=staged)
    if not turn.dry_run:
        expire(tables, dataset, old)
    files = unneeded(tables, dataset, turn.abandoned_before, staged, without=old)
    freed = turn.remove(files)
    if old:
        yield Tidied("warehouse", dataset.full_name, "snapshots", len(old))
    if files:
        yield Tidied("warehouse", dataset.full_name, "files no snapshot needs", len(files), freed)


def _snapshot_days(turn: Turn) -> int:
    return turn.stores.settings.retention.snapshot_retention_days
