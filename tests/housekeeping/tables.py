"""What stands in a table, on disk and for those who read it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hedui.model.contract import Dataset
from hedui.model.facts import Tidied
from hedui.pipeline.housekeeping import housekeep
from hedui.pipeline.stores import Stores
from hedui.warehouse.files import needed_files, remembered_files
from tests.histories import Delivery, Row, load

LATER = timedelta(days=400)  # when everything that is not kept for ever may go


def tidy(stores: Stores, after: timedelta = timedelta(), dry_run: bool = False) -> dict[str, int]:
    """Tidy the warehouse as it will be done in that time. Returns what went, or why nothing did."""
    done = housekeep(stores, ["warehouse"], datetime.now(UTC) + after, dry_run)
    return {_said(tidied): tidied.count for tidied in done}


def _said(tidied: Tidied) -> str:
    return tidied.left or tidied.what


def deliveries(days: Sequence[int]) -> list[Delivery]:
    """One delivery a day: a new record, and a correction of the first one."""
    return [Delivery(day, (Row(f"k{day}", "P", day, changed=day), Row("a", "Q", day, changed=day))) for day in days]


def loaded(stores: Stores, table: Dataset, days: Sequence[int]) -> list[int]:
    """Load a day after the other. Returns the snapshot after each."""
    snapshots = []
    for number, delivery in zip(days, deliveries(days), strict=True):
        load(stores, table, number, delivery)
        snapshot = stores.warehouse.snapshot(table)
        assert snapshot is not None
        snapshots.append(snapshot)
    return snapshots


def versions(stores: Stores, table: Dataset) -> list[str]:
    """Every version of every record, each column included, in one order."""
    with stores.engine() as engine:
        engine.show_versions(table, stores.warehouse.snapshot(table))
        return sorted(str(row) for row in engine.query(f"SELECT * FROM versions.{table.table}").to_pylist())


def on_disk(stores: Stores, table: Dataset) -> set[str]:
    return {file.name for file in files(stores, table)}


def files(stores: Stores, table: Dataset) -> list[Path]:
    return [file for file in stores.warehouse.location(table).rglob("*") if file.is_file()]


def in_use(stores: Stores, table: Dataset) -> set[str]:
    """The files by which the table shows its snapshots, and the history of its metadata."""
    known = stores.warehouse.table(table)
    return needed_files(known) | remembered_files(known)
