"""Commit batches to Iceberg, each once, whole or not at all."""

from collections.abc import Container, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, NamespaceAlreadyExistsError, TableAlreadyExistsError
from pyiceberg.table import Table, Transaction
from pyiceberg.table.snapshots import Snapshot
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from hedui.model.contract import Dataset
from hedui.model.errors import DeclarationInvalid, StoreBusy, TerminalError
from hedui.scratch import private_database
from hedui.warehouse.files import needed_files
from hedui.warehouse.schema import stored_schema, table_schema
from hedui.warehouse.snapshots import TooMuchMissing, WholeDelivery, settle
from hedui.warehouse.versions import NO_ROW, count_current, record_sql, rows_of, versions_sql, without_duplicates

_BATCH = "hedui.batch"
_NEWEST = "hedui.newest"  # the place of the newest snapshot that was loaded, of datasets that deliver snapshots
_PROPERTIES = {
    "commit.retry.num-retries": "10",
    # Many small commits stay fast: manifests are merged and old metadata goes.
    "commit.manifest-merge.enabled": "true",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
}


@dataclass(frozen=True)
class Loaded:
    """What became of a batch's rows, and the table's snapshot that holds them (None: the table is still empty).

    `vanished` counts no rows: records that a delivery of all of them no longer has.
    """

    current: int
    superseded: int
    duplicate: int
    snapshot: int | None
    vanished: int = 0


class Warehouse:
    """The tables of all programmes under one folder, with their catalog in PostgreSQL."""

    def __init__(self, catalog_url: str, folder: Path, spill: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._spill = spill
        self._catalog = SqlCatalog("hedui", uri=catalog_url, warehouse=folder.as_uri())

    def close(self) -> None:
        self._catalog.close()

    def table(self, dataset: Dataset) -> Table:
        """The dataset's table, made at first use; a column that is new in the contract comes with the first rows.

        Raises TerminalError where catalog, files and contract disagree.
        """
        name = (dataset.programme, dataset.table)
        if not self._catalog.table_exists(name):
            self._make(dataset, name)
        table = self._catalog.load_table(name)
        stored = stored_schema(table)
        if other := [f.name for f in table_schema(dataset) if f.name in stored.names and f not in stored]:
            raise DeclarationInvalid(
                dataset.full_name,
                f"the contract gives {', '.join(other)} another type than its table in the warehouse",
                "Restore the type, or share the field under another name",
            )
        return table

    def _make(self, dataset: Dataset, name: tuple[str, str]) -> None:
        location = self.location(dataset)
        if any(location.glob("data/*.parquet")):
            raise TerminalError(
                dataset.full_name,
                "the warehouse holds files of this table, and the catalog does not know the table",
                "Restore the catalog's database, or check HEDUI_DATABASE_URL_CATALOG; nothing was changed",
            )
        with suppress(NamespaceAlreadyExistsError):
            self._catalog.create_namespace(dataset.programme)
        with suppress(TableAlreadyExistsError):
            self._catalog.create_table(name, table_schema(dataset), location=location.as_uri(), properties=_PROPERTIES)

    def stage(self, dataset: Dataset, batch: str, rows: Iterable[pa.RecordBatch]) -> None:
        """Write a batch's rows beside the table's files. Nobody sees them before `commit`, and after it they stay."""
        if self._committed(dataset, batch) is None:
            _write(dataset, self._staged(dataset, batch), rows)

    def commit(self, dataset: Dataset, batch: str, rows: int) -> Loaded:
        """Make a staged batch of `rows` part of the table; the same batch again changes nothing."""
        if self._committed(dataset, batch) is None:
            file = self._file(dataset, batch)
            with private_database(self._spill) as engine:
                kept = without_duplicates(engine, dataset, file, self.files(dataset))
            if kept:
                self._add(dataset, batch, file)
        return self._loaded(dataset, batch, rows)

    def replay(self, dataset: Dataset, name: str, rows: Iterable[pa.RecordBatch]) -> tuple[Loaded, pa.Array]:
        """Add `rows` of a batch that were held back when it was loaded. Returns also the numbers of those that stay.

        The same `name` again changes nothing. What they say was known at their place in time, even of a snapshot, so
        nothing is missing because of them.
        """
        file = self._file(dataset, name)
        if self._committed(dataset, name) is None:
            count = _write(dataset, file, rows)
            with private_database(self._spill) as engine:
                kept = without_duplicates(engine, dataset, file, self.files(dataset))
            if kept:
                self._add(dataset, name, file)
        else:
            count = pq.read_metadata(file).num_rows
        return self._loaded(dataset, name, count), _row_numbers(file)

    def replayed(self, dataset: Dataset, name: str) -> tuple[Loaded, pa.Array] | None:
        """What a replay that was committed added; None where it was not."""
        return self.replay(dataset, name, ()) if self._committed(dataset, name) is not None else None

    def names(self, dataset: Dataset) -> set[str]:
        """Under which names something is committed, as far as the table remembers, or lies in its folder."""
        files = {file.stem for file in self._file(dataset, "any").parent.glob("*.parquet")}
        return files | {name for snapshot in self.table(dataset).snapshots() if (name := batch_of(snapshot))}

    def holding(self, dataset: Dataset, batch: str, rows: pa.Array) -> tuple[Loaded, pa.Array]:
        """Those of these rows of a batch that the table holds, by their numbers, and what became of them."""
        with private_database(self._spill) as engine:
            held, current = rows_of(engine, dataset, batch, rows, self.files(dataset))
        return Loaded(current, len(held) - current, 0, self.snapshot(dataset)), held

    def delivered(self, dataset: Dataset, batch: str, records: pa.Array) -> pa.Array:
        """Those of `records`, as `record_sql` names them, that a batch speaks of which is staged and not committed."""
        staged = self._staged(dataset, batch)
        return self._among(records, f"SELECT {record_sql(dataset)} FROM ({versions_sql(dataset, [str(staged)])})")

    def known_later(self, dataset: Dataset, interval_end: datetime, sequence: int, records: pa.Array) -> pa.Array:
        """Those of `records` of which there is a version from behind that place in time."""
        end = f"TIMESTAMPTZ '{interval_end.isoformat()}'"
        behind = f"interval_end >= {end} AND (interval_end > {end} OR delivery_sequence > {sequence})"
        versions = versions_sql(dataset, self.files(dataset))
        return self._among(records, f"SELECT {record_sql(dataset)} FROM ({versions}) WHERE {behind}")

    def _among(self, records: pa.Array, spoken_of: str) -> pa.Array:
        with private_database(self._spill) as engine:
            engine.register("asked", pa.table({"record": records}))
            found = engine.sql(f"SELECT DISTINCT record FROM asked SEMI JOIN ({spoken_of}) AS s(record) USING (record)")
            return found.to_arrow_table()["record"].combine_chunks()

    def commit_whole(self, dataset: Dataset, whole: WholeDelivery) -> Loaded | TooMuchMissing:
        """Make a staged snapshot part of the table, or refuse it whole; the same one again changes nothing."""
        if self._committed(dataset, whole.batch) is None:
            if whole.place < self.table(dataset).properties.get(_NEWEST, ""):
                return Loaded(0, superseded=whole.rows, duplicate=0, snapshot=self.snapshot(dataset))
            staged, file = self._staged(dataset, whole.batch), self._file(dataset, whole.batch)
            with private_database(self._spill) as engine:
                if refused := settle(engine, dataset, whole, staged, file, self.files(dataset)):
                    return refused
            self._add(dataset, whole.batch, file, {_NEWEST: whole.place})
        return self._loaded(dataset, whole.batch, whole.rows)

    def _loaded(self, dataset: Dataset, batch: str, rows: int) -> Loaded:
        file, snapshot = self._file(dataset, batch), self._committed(dataset, batch) or self.snapshot(dataset)
        vanished = _without_row(file) if dataset.delivers == "snapshot" else 0
        kept = pq.read_metadata(file).num_rows - vanished
        with private_database(self._spill) as engine:
            current = count_current(engine, dataset, file, self.files(dataset)) if kept else 0
        return Loaded(current, kept - current, duplicate=rows - kept, snapshot=snapshot, vanished=vanished)

    def files(self, dataset: Dataset, snapshot: int | None = None) -> list[str]:
        """Paths of the data files of a snapshot, by default the newest."""
        table = self.table(dataset)
        if table.current_snapshot() is None:
            return []
        tasks = table.scan(snapshot_id=snapshot).plan_files()
        return sorted(task.file.file_path.removeprefix("file://") for task in tasks)

    def snapshot(self, dataset: Dataset) -> int | None:
        """The newest snapshot; None while the table is empty."""
        current = self.table(dataset).current_snapshot()
        return current.snapshot_id if current else None

    def has_snapshot(self, dataset: Dataset, snapshot: int) -> bool:
        """Whether a snapshot can still be read: housekeeping lets the table forget old ones."""
        return self.table(dataset).snapshot_by_id(snapshot) is not None

    def sweep(self, dataset: Dataset, staged: Container[str]) -> None:
        """Remove what killed writers left: drafts, and files of batches that were never committed nor wait for it."""
        current = {Path(file).name for file in self.files(dataset)}
        folder = self._file(dataset, "any").parent
        if left := [file for file in folder.glob("*") if file.name not in current and not waits(file, staged)]:
            needed = needed_files(self.table(dataset))  # what a compaction replaced, earlier snapshots still show
            for file in left:
                if file.name not in needed:
                    file.unlink(missing_ok=True)

    def location(self, dataset: Dataset) -> Path:
        """The folder of the dataset's table."""
        return self.folder / dataset.programme / dataset.table

    @retry(
        retry=retry_if_exception_type(CommitFailedException),
        wait=wait_random_exponential(multiplier=0.2, max=5),
        stop=stop_after_attempt(8),
        retry_error_callback=lambda state: _raise_busy(state.args[1]),
    )
    def _add(
        self, dataset: Dataset, batch: str, file: Path, properties: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """In one: columns that are new, the rows of the file if it has any, and `properties` of the table."""
        with self.table(dataset).transaction() as transaction:
            _widen(transaction, table_schema(dataset))
            if properties:
                transaction.set_properties(dict(properties))
            if pq.read_metadata(file).num_rows:
                transaction.add_files([file.as_uri()], snapshot_properties={_BATCH: batch}, check_duplicate_files=False)

    def _committed(self, dataset: Dataset, batch: str) -> int | None:
        """The snapshot that added a batch, or where the table has forgotten it, the newest one.

        A ledger that was restored may not know what is committed: a file that the table needs is never written anew.
        """
        table, file = self.table(dataset), self._file(dataset, batch)
        for snapshot in table.snapshots():
            if batch_of(snapshot) == batch:
                return snapshot.snapshot_id
        return self.snapshot(dataset) if file.exists() and file.name in needed_files(table) else None

    def _staged(self, dataset: Dataset, batch: str) -> Path:
        """Where a batch waits for its commit. A snapshot waits as a whole, for only a part of it is committed."""
        file = self._file(dataset, batch)
        return file.with_suffix(".whole") if dataset.delivers == "snapshot" else file

    def _file(self, dataset: Dataset, batch: str) -> Path:
        return self.location(dataset) / "data" / f"{batch}.parquet"


def batch_of(snapshot: Snapshot) -> str | None:
    """The batch that this snapshot added."""
    return snapshot.summary.additional_properties.get(_BATCH) if snapshot.summary else None


def waits(file: Path, staged: Container[str]) -> bool:
    """Whether a file of the table's folder is the whole one of a batch that is staged."""
    return file.suffix != ".partial" and file.stem in staged


def _write(dataset: Dataset, file: Path, rows: Iterable[pa.RecordBatch]) -> int:
    """A file of a table's folder, whole or not at all. Returns how many rows it has."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft, count = file.with_suffix(".partial"), 0
    with pq.ParquetWriter(draft, table_schema(dataset), compression="zstd", compression_level=1) as writer:
        for piece in rows:
            writer.write_batch(piece)
            count += piece.num_rows
    draft.replace(file)
    return count


def _row_numbers(file: Path) -> pa.Array:
    return pq.read_table(file, columns=["batch_row"])["batch_row"].combine_chunks()


def _widen(transaction: Transaction, schema: pa.Schema) -> None:
    stored = transaction.table_metadata.schema().column_names
    if any(name not in stored for name in schema.names):
        with transaction.update_schema() as update:
            update.union_by_name(schema)


def _without_row(file: Path) -> int:
    return pc.sum(pc.equal(_row_numbers(file), NO_ROW)).as_py() or 0


def _raise_busy(dataset: Dataset) -> NoReturn:
    raise StoreBusy(dataset.full_name, "other writers kept committing to its table", "Try again")
