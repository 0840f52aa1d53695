"""DuckDB over the warehouse's files: views as rules and people name them."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from hedui.model.contract import Dataset
from hedui.scratch import private_database
from hedui.warehouse.schema import newest_first
from hedui.warehouse.tables import Warehouse
from hedui.warehouse.versions import current_sql, key_sql, versions_sql

Snapshots = Mapping[str, int | None]


class Engine:
    """One connection that sees pinned snapshots; of the disk it can open the warehouse's folder and no other."""

    def __init__(self, warehouse: Warehouse, spill: Path) -> None:
        self._warehouse = warehouse
        self.connection = private_database(spill)
        self._run(f"SET allowed_directories = ['{_quoted(warehouse.folder)}', '{_quoted(spill)}']")
        self._run("SET enable_external_access = false")
        self._run("SET lock_configuration = true")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def show_current(self, datasets: Iterable[Dataset], snapshots: Snapshots) -> None:
        """Views `agency.dataset` of the current rows."""
        for dataset in datasets:
            self.show_versions(dataset, snapshots[dataset.full_name])
            self._view(dataset, current_sql(dataset, f"versions.{dataset.table}"))

    def show_touched(self, inputs: Sequence[tuple[Dataset, str]], snapshots: Snapshots, since: Snapshots) -> None:
        """Views of the current rows that concern a subject touched since the snapshots `since`.

        `inputs` are datasets with their column of subjects. A changed row touches the subject it names now and those
        its earlier versions named.
        """
        self._run("CREATE TABLE touched (subject BLOB)")
        for dataset, subject in inputs:
            self.show_versions(dataset, snapshots[dataset.full_name])
            self._touch(dataset, subject, snapshots[dataset.full_name], since.get(dataset.full_name))
        self._run("CREATE OR REPLACE TABLE touched AS SELECT DISTINCT subject FROM touched WHERE subject IS NOT NULL")
        for dataset, subject in inputs:
            self._view(dataset, _touched_current(dataset, subject))

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

    def touched(self) -> list[bytes]:
        return [row[0] for row in self.connection.sql("SELECT subject FROM touched").fetchall()]

    def query(self, sql: str) -> pa.Table:
        return self.connection.sql(sql).to_arrow_table()

    def _touch(self, dataset: Dataset, subject: str, snapshot: int | None, since: int | None) -> None:
        before = set(self._warehouse.files(dataset, since)) if since is not None else set()
        changed = [file for file in self._files(dataset, snapshot) if file not in before]
        self._run(f"""
            INSERT INTO touched
            WITH changed AS ({versions_sql(dataset, changed)})
            SELECT "{subject}" FROM versions.{dataset.table} SEMI JOIN changed USING ({key_sql(dataset)})""")

    def show_versions(self, dataset: Dataset, snapshot: int | None) -> None:
        """A view `versions.agency__dataset` of every version of every record."""
        self._run("CREATE SCHEMA IF NOT EXISTS versions")
        self._run(f"CREATE VIEW versions.{dataset.table} AS {versions_sql(dataset, self._files(dataset, snapshot))}")

    def _view(self, dataset: Dataset, sql: str) -> None:
        self._run(f"CREATE SCHEMA IF NOT EXISTS {dataset.agency}")
        self._run(f"CREATE VIEW {dataset.agency}.{dataset.name} AS {sql}")

    def _files(self, dataset: Dataset, snapshot: int | None) -> list[str]:
        return self._warehouse.files(dataset, snapshot) if snapshot is not None else []

    def _run(self, sql: str) -> None:
        self.connection.execute(sql)


def _quoted(folder: Path) -> str:
    return str(folder).replace("'", "''")


def _touched_current(dataset: Dataset, subject: str) -> str:
    """Whole histories of records that ever named a touched subject; the newest of each; those that name one now."""
    key, versions = key_sql(dataset), f"versions.{dataset.table}"
    ever = f"""(SELECT * FROM {versions} SEMI JOIN (
        SELECT {key} FROM {versions} SEMI JOIN touched ON "{subject}" = touched.subject) AS named USING ({key}))"""
    return f'SELECT * FROM ({current_sql(dataset, ever)}) SEMI JOIN touched ON "{subject}" = touched.subject'
