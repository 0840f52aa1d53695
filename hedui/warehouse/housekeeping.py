"""Fewer files for the same rows, no snapshot longer than it is kept, and nothing on disk that no snapshot needs.

Iceberg forgets and never deletes: what it no longer lists is removed here. Every function expects that nobody else
writes to the table meanwhile; readers go on, for what was current lately is kept.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from secrets import token_hex

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.io.pyarrow import parquet_file_to_data_file
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot

from hedui.model.contract import Dataset
from hedui.model.errors import StoreBusy, TerminalError
from hedui.scratch import private_database
from hedui.warehouse.files import needed_files, remembered_files
from hedui.warehouse.schema import oldest_first, stored_schema
from hedui.warehouse.tables import Warehouse, batch_of, waits
from hedui.warehouse.versions import key_sql, rows_sql

_COMPACTED = "hedui.compacted"
_ROW_GROUP = 131_072


@dataclass(frozen=True)
class Compaction:
    """When a table's small files become few: those below half of `target_bytes`, once there are `min_files` of them."""

    target_bytes: int
    min_files: int


def check_whole(warehouse: Warehouse, dataset: Dataset) -> None:
    """Raises TerminalError where a file that the table needs is missing: then nothing there is what it seems."""
    _whole(warehouse, dataset, ())


def small_files(
    warehouse: Warehouse, dataset: Dataset, compaction: Compaction, leave: Collection[str]
) -> list[DataFile]:
    """The files that `compact` would merge; none where they are too few. `leave` names batches still on their way."""
    files = [task.file for task in warehouse.table(dataset).scan().plan_files()]
    small = [f for f in files if f.file_size_in_bytes < compaction.target_bytes // 2 and _stem(f) not in leave]
    return small if len(small) >= max(compaction.min_files, 2) else []


def compact(
    warehouse: Warehouse, dataset: Dataset, compaction: Compaction, leave: Collection[str], spill: Path
) -> list[DataFile]:
    """Write the rows of the small files, all versions and in the order of their keys, into few; return what was merged.

    One snapshot takes the place of the other, or nothing happens. Memory is bounded: what does not fit is spilled.
    """
    small = small_files(warehouse, dataset, compaction, leave)
    if small:
        files = list(_rewritten(warehouse, dataset, compaction, [_path(file) for file in small], spill))
        _check_rows(dataset, small, files)
        _replace(dataset, warehouse.table(dataset), small, files)
    return small


def same_rows(warehouse: Warehouse, dataset: Dataset, snapshot: int) -> int:
    """The newest snapshot that holds the same rows as `snapshot`: compactions alone lie between the two."""
    compactions = {s.parent_snapshot_id: s.snapshot_id for s in warehouse.table(dataset).snapshots() if _compacts(s)}
    while snapshot in compactions:
        snapshot = compactions[snapshot]
    return snapshot


def expiring(
    warehouse: Warehouse, dataset: Dataset, before: datetime, keep: Collection[int], leave: Collection[str]
) -> list[int]:
    """Snapshots that ceased to be current before that moment, but for `keep` and those of the batches `leave`.

    An unfinished batch is known to be committed by its snapshot alone.
    """
    snapshots = sorted(warehouse.table(dataset).snapshots(), key=lambda s: s.sequence_number or 0)
    limit = before.timestamp() * 1000
    return [
        snapshot.snapshot_id
        for snapshot, successor in pairwise(snapshots)
        if successor.timestamp_ms < limit and snapshot.snapshot_id not in keep and batch_of(snapshot) not in leave
    ]


def expire(warehouse: Warehouse, dataset: Dataset, snapshots: Sequence[int]) -> None:
    """Let the table forget these snapshots; their files stay for `unneeded` to be found."""
    if snapshots:
        table = warehouse.table(dataset)
        try:
            table.maintenance.expire_snapshots().by_ids(list(snapshots)).commit()
        except CommitFailedException:
            raise _busy(dataset) from None


def unneeded(
    warehouse: Warehouse, dataset: Dataset, before: datetime, staged: Collection[str], without: Collection[int] = ()
) -> list[Path]:
    """Files of the table's folder, older than that moment, that no snapshot needs but those `without`.

    Raises TerminalError like `check_whole`: it deletes nothing on the word of a table that is not whole.
    """
    kept = _whole(warehouse, dataset, without) | remembered_files(warehouse.table(dataset))
    doubtful = (file for file in _found(warehouse, dataset) if file.name not in kept and not waits(file, staged))
    return [file for file in doubtful if file.stat().st_mtime < before.timestamp()]


def _found(warehouse: Warehouse, dataset: Dataset) -> list[Path]:
    return [file for part in ("data", "metadata") for file in (warehouse.location(dataset) / part).glob("*")]


def _whole(warehouse: Warehouse, dataset: Dataset, without: Collection[int]) -> set[str]:
    """The files that the table needs, all of which are there."""
    try:
        needed = needed_files(warehouse.table(dataset), without)
    except FileNotFoundError:
        raise _incomplete(dataset) from None
    if needed - {file.name for file in _found(warehouse, dataset)}:
        raise _incomplete(dataset)
    return needed


def _incomplete(dataset: Dataset) -> TerminalError:
    return TerminalError(
        dataset.full_name,
        "files that its table needs are not in its folder",
        "Restore them from a backup; nothing was deleted",
    )


def _rewritten(
    warehouse: Warehouse, dataset: Dataset, compaction: Compaction, files: Sequence[str], spill: Path
) -> Iterator[Path]:
    """New files of about the target size, each as soon as it is whole."""
    schema = stored_schema(warehouse.table(dataset))  # columns that the contract no longer has are kept as well
    with private_database(spill) as engine:
        sorted_rows = f"{rows_sql(schema, files)} ORDER BY {key_sql(dataset)}, {oldest_first(dataset)}"
        pieces = (_cast(p, schema) for p in engine.sql(sorted_rows).to_arrow_reader(_ROW_GROUP))
        piece = next(pieces, None)
        while piece is not None:
            draft = warehouse.location(dataset) / "data" / f"compacted-{token_hex(8)}.partial"
            with draft.open("wb") as sink:
                with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
                    while piece is not None and sink.tell() < compaction.target_bytes:
                        writer.write_batch(piece, row_group_size=_ROW_GROUP)
                        piece = next(pieces, None)
                sink.flush()
                os.fsync(sink.fileno())  # the files it stands for will be gone
            yield draft.rename(draft.with_suffix(".parquet"))


def _cast(piece: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """DuckDB's times bear the zone of its session."""
    return pa.RecordBatch.from_arrays([piece[f.name].cast(f.type) for f in schema], schema=schema)


def _check_rows(dataset: Dataset, merged: Sequence[DataFile], files: Sequence[Path]) -> None:
    before = sum(file.record_count for file in merged)
    after = sum(pq.read_metadata(file).num_rows for file in files)
    if before != after:
        raise TerminalError(
            dataset.full_name,
            f"{before} rows became {after} in a compaction",
            "Tell the developers; nothing was changed",
        )


def _replace(dataset: Dataset, table: Table, merged: Sequence[DataFile], files: Sequence[Path]) -> None:
    try:
        with (
            table.transaction() as transaction,
            transaction.update_snapshot(snapshot_properties={_COMPACTED: str(len(merged))}).overwrite() as update,
        ):
            for old in merged:
                update.delete_data_file(old)
            for new in files:
                update.append_data_file(parquet_file_to_data_file(table.io, table.metadata, new.as_uri()))
    except CommitFailedException:
        raise _busy(dataset) from None


def _compacts(snapshot: Snapshot) -> bool:
    return snapshot.summary is not None and _COMPACTED in snapshot.summary.additional_properties


def _path(file: DataFile) -> str:
    return file.file_path.removeprefix("file://")


def _stem(file: DataFile) -> str:
    return Path(file.file_path).stem


def _busy(dataset: Dataset) -> StoreBusy:
    return StoreBusy(dataset.full_name, "another writer committed to its table meanwhile", "Try again")
