"""DuckDB over the warehouse's files: views as rules and people name them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from hedui.model.contract import Dataset
from hedui.scratch import private_database
from hedui.warehouse.aliases import NEWEST_NUMBERS, newest_numbers_sql, under_newest_numbers_sql
from hedui.warehouse.schema import newest_first
from hedui.warehouse.tables import Warehouse
from hedui.warehouse.versions import current_sql, key_sql, versions_sql

Snapshots = Mapping[str, int | None]


class Engine:
    """One connection that sees pinned snapshots; of the disk it can open the warehouse's folder and no other."""

    def __init__(self, warehouse: Warehouse, spill: Path) -> None:
        self._warehouse = warehouse
        self.connection = private_database(spill)
        self.run(f"SET allowed_directories = ['{_quoted(warehouse.folder)}', '{_quoted(spill)}']")
        self.run("SET enable_external_access = false")
        self.run("SET lock_configuration = true")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def show_current(self, datasets: Iterable[Dataset], snapshots: Snapshots, register: Dataset | None = None) -> None:
        """Views `agency.dataset` of the current rows; with the register, people stand under their newest numbers."""
        if register:
            self.show_versions(register, snapshots[register.full_name])
            self.show_newest_numbers(register)
        for dataset in datasets:
            self.show_versions(dataset, snapshots[dataset.full_name])
            self.show_rows(dataset, f"versions.{dataset.table}", register)

    def show_versions(self, dataset: Dataset, snapshot: int | None) -> None:
        """A view `versions.agency__dataset` of every version of every record."""
        self.run("CREATE SCHEMA IF NOT EXISTS versions")
        files = self._files(dataset, snapshot)
        self.run(f"CREATE OR REPLACE VIEW versions.{dataset.table} AS {versions_sql(dataset, files)}")

    def show_newest_numbers(self, register: Dataset) -> None:
        """The table that `show_rows` reads to bring people under their newest numbers."""
        current = current_sql(register, f"versions.{register.table}")
        self.run(f"CREATE TABLE {NEWEST_NUMBERS} AS {newest_numbers_sql(register, current)}")

    def show_rows(self, dataset: Dataset, versions: str, register: Dataset | None) -> None:
        """A view `agency.dataset` of the current rows among the relation `versions`."""
        current = current_sql(dataset, versions)
        shown = under_newest_numbers_sql(dataset, current) if register and dataset != register else current
        self.run(f"CREATE SCHEMA IF NOT EXISTS {dataset.agency}")
        self.run(f"CREATE VIEW {dataset.agency}.{dataset.name} AS {shown}")

    def added_since(self, dataset: Dataset, snapshot: int | None, since: int | None) -> str:
        """A SELECT of the versions in those files of `snapshot` that `since` has not."""
        before = set(self._files(dataset, since))
        return versions_sql(dataset, [file for file in self._files(dataset, snapshot) if file not in before])

    def newest_of(self, dataset: Dataset, batch: str) -> pa.RecordBatchReader:
        """The newest version, deletions included, of every record that `batch` speaks of."""
        snapshot = self._warehouse.snapshot(dataset)
        files = self._files(dataset, snapshot)
        own = [file for file in files if Path(file).stem == batch]
        return self.connection.sql(f"""
            WITH batch AS ({versions_sql(dataset, own)}), versions AS ({versions_sql(dataset, files)})
            SELECT * FROM versions SEMI JOIN batch USING ({key_sql(dataset)})
            QUALIFY row_number() OVER (PARTITION BY {key_sql(dataset)} ORDER BY {newest_first(dataset)}) = 1
            """).to_arrow_reader(65_536)

    def query(self, sql: str) -> pa.Table:
        return self.connection.sql(sql).to_arrow_table()

    def run(self, sql: str) -> None:
        self.connection.execute(sql)

    def _files(self, dataset: Dataset, snapshot: int | None) -> list[str]:
        return self._warehouse.files(dataset, snapshot) if snapshot is not None else []


def _quoted(folder: Path) -> str:
    return str(folder).replace("'", "''")
