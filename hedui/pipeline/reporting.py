"""report: what the agency receives about a batch, whatever became of it."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import get_args

import pyarrow as pa
import pyarrow.compute as pc

from hedui import shelves
from hedui.ledger.tables import Batch
from hedui.model.contract import Dataset
from hedui.model.declaration import Title
from hedui.pipeline.batch_figures import background
from hedui.pipeline.batch_log import recalled
from hedui.pipeline.drifting import drifts_of
from hedui.pipeline.quarantine.files import faults
from hedui.pipeline.recalling import facts_of
from hedui.pipeline.stores import Stores
from hedui.pipeline.validating import PLACES
from hedui.reports import Language, render
from hedui.validation.verdict import Finding, Verdict
from hedui.warehouse.door import BATCHES, QUALITY


def report(stores: Stores, name: str) -> Path:
    """Write report.zh.html and report.en.html into the batch's folder of reports.

    Once the held rows are deleted, so is what a report would say of them: the old one stays.
    """
    batch, dataset = recalled(stores.ledger, name)
    folder = folder_of(stores, dataset, name)
    if batch.quarantine_deleted_at is None:
        _write(stores, dataset, batch, folder)
        publish_batch(stores, batch)
        with stores.ledger.session() as session:
            session.get_one(Batch, name).reported_at = datetime.now(UTC)
    return folder


def folder_of(stores: Stores, dataset: Dataset, name: str) -> Path:
    """Where the reports of a batch stand."""
    return stores.settings.reports / dataset.table / name


def _write(stores: Stores, dataset: Dataset, batch: Batch, folder: Path) -> None:
    name, quarantine = batch.id, stores.quarantine(dataset)
    verdict = _verdict(batch, faults(quarantine, batch))
    places = pa.Table.from_batches(quarantine.read(f"{name}.places"), PLACES)
    with stores.ledger.session() as session:
        drifts, beyond = drifts_of(session, name), background(stores, session, batch, dataset)
    agency, facts = shelves.agencies()[dataset.agency], facts_of(batch)
    write_pages(folder, lambda language: render(agency, dataset, facts, verdict, places, language, drifts, beyond))


def write_pages(folder: Path, page: Callable[[Language], str]) -> None:
    """Both languages, each of which names the other; whoever reads one meanwhile sees the old or the new."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in get_args(Language):
        draft = folder / f"report.{language}.{token_hex(4)}.partial"  # somebody else may write the same page
        draft.write_text(page(language), encoding="utf-8")
        draft.rename(folder / f"report.{language}.html")


def publish_batch(stores: Stores, batch: Batch) -> None:
    """The SQL door's account of a batch, rejected ones included, and of what was wrong with it."""
    facts = {column.name: getattr(batch, column.name) for column in BATCHES.columns if column.name != "batch"}
    stores.door.publish_facts(BATCHES, {"batch": batch.id}, [{"batch": batch.id, **facts}])
    shared = {"batch": batch.id, "dataset": batch.dataset}
    findings = [
        shared | {"ordinal": f.ordinal, "expectation": f.expectation, "field": f.field, "rows": f.count}
        for f in batch.findings
    ]
    stores.door.publish_facts(QUALITY, {"batch": batch.id}, findings)


def _verdict(batch: Batch, bad_rows: pa.Table) -> Verdict:
    """The verdict as it was given, from the ledger and the quarantine.

    Replays take findings away, and the others keep their ordinals: a verdict numbers them without gaps.
    """
    ordinals = pa.array([f.ordinal for f in batch.findings], pa.int32())
    numbers = pc.index_in(bad_rows["finding"], ordinals)
    bad_rows = bad_rows.set_column(bad_rows.schema.get_field_index("finding"), "finding", numbers)
    findings = tuple(
        Finding(
            f.expectation, f.field, f.severity, f.on_failure, Title(**f.title), Title(**f.advice), f.count, f.scored
        )
        for f in batch.findings
    )
    repairs = Counter({(field, repair): n for field, counts in batch.repairs.items() for repair, n in counts.items()})
    because = Title(**batch.rejected_because) if batch.rejected_because else None
    passed_over = tuple(Title(**title) for title in batch.passed_over)
    return Verdict(batch.pulled, batch.repaired, repairs, findings, bad_rows, because, passed_over)
