"""Reports, sealed sheets, and what killed processes left lying about."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from hedui.ledger.tables import Batch
from hedui.model.contract import Dataset
from hedui.model.facts import Tidied
from hedui.pipeline.housekeeping.turn import Turn
from hedui.pipeline.stores import Stores
from hedui.validation.data_docs import results


def reports(turn: Turn, dataset: Dataset) -> Iterator[Tidied]:
    """Delete the reports of batches that were last reported on longer ago than reports are kept."""
    days, written = turn.stores.settings.retention.report_retention_days, _reported(turn.stores, dataset)
    folders = [f for f in (turn.stores.settings.reports / dataset.table).glob("*") if f.is_dir()]
    old = [folder for folder in folders if turn.is_over(written.get(folder.name) or _changed(folder), days)]
    freed = sum(_bytes(folder) for folder in old)
    for folder in [] if turn.dry_run else old:
        shutil.rmtree(folder)
    if old:
        yield Tidied("reports", dataset.full_name, "reports", len(old), freed)


def month_reports(turn: Turn) -> Iterator[Tidied]:
    """Delete the reports of months that were written longer ago than reports are kept."""
    days = turn.stores.settings.retention.report_retention_days
    agencies = [f for f in sorted(turn.stores.settings.reports.glob("*")) if "__" not in f.name]  # datasets have it
    for agency in agencies:
        old = [folder for folder in agency.glob("????-??") if turn.is_over(_written(folder), days)]
        freed = sum(_bytes(folder) for folder in old)
        for folder in [] if turn.dry_run else old:
            shutil.rmtree(folder)
        if old:
            yield Tidied("reports", agency.name, "months", len(old), freed)


def data_docs(turn: Turn) -> Iterator[Tidied]:
    """Delete what suites said of batches that are no longer among the newest of their dataset."""
    kept = turn.stores.settings.retention.data_docs_results
    for folder in sorted(turn.stores.settings.data_docs.glob("*")):
        for dataset, files in results(folder).items():
            if old := files[kept:]:
                yield Tidied("data_docs", f"{folder.name}.{dataset}", "results", len(old), turn.remove(old))


def outbox(turn: Turn) -> Iterator[Tidied]:
    """Delete sealed sheets and reports that lie in the outbox longer than they are kept."""
    days = turn.stores.settings.retention.outbox_retention_days
    for folder in sorted(turn.stores.settings.outbox.glob("*")):
        for what, pattern in (("sheets", "*.sealed"), ("reports", "*/*.pkg")):
            old = [file for file in folder.glob(pattern) if turn.is_over(_changed(file), days)]
            if old:
                yield Tidied("outbox", folder.name, what, len(old), turn.remove(old))


def scratch(turn: Turn) -> Iterator[Tidied]:
    """Delete drafts and spilled pages that no running process writes any more."""
    settings = turn.stores.settings
    places = (settings.landing, settings.quarantine, settings.warehouse, settings.reports, settings.outbox)
    drafts = _abandoned(turn, (f for p in places for f in _below(p) if f.suffix == ".partial"))
    spilled = _abandoned(turn, _below(settings.spill))
    for what, files in (("drafts", drafts), ("spilled pages", spilled)):
        if files:
            yield Tidied("scratch", settings.home.name, what, len(files), turn.remove(files))


def _reported(stores: Stores, dataset: Dataset) -> dict[str, datetime | None]:
    with stores.ledger.session() as session:
        found = session.execute(sa.select(Batch.id, Batch.reported_at).where(Batch.dataset == dataset.full_name))
        return dict(found.all())


def _abandoned(turn: Turn, files: Iterator[Path]) -> list[Path]:
    abandoned = []
    for file in files:
        with suppress(FileNotFoundError):  # whoever wrote it has just ended
            if _changed(file) < turn.abandoned_before:
                abandoned.append(file)
    return abandoned


def _below(folder: Path) -> Iterator[Path]:
    """All files; running steps make and remove some meanwhile, and their folders, at which `rglob` breaks off."""
    for where, _, names in os.walk(folder):
        yield from (Path(where) / name for name in names)


def _changed(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def _written(folder: Path) -> datetime:
    """When the newest file in it was written."""
    return max((_changed(file) for file in folder.iterdir()), default=_changed(folder))


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
