"""What stands in a site, in a form that two sites can be compared by, whatever their batches are called."""

from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa

from hedui import shelves
from hedui.model.contract import Dataset
from hedui.pipeline import Pipeline
from hedui.settings import Settings
from hedui.warehouse.schema import content_schema


def standing(settings: Settings) -> Mapping[str, object]:
    """Current rows, rows of the SQL door, counts of batches, and leads with their evidence."""
    with Pipeline.open(settings) as pipeline:
        with pipeline.query_engine() as engine:
            rows = {name: sorted(engine.query(_content(d)).to_pylist(), key=str) for name, d in shelves.datasets().items()}
        batches = sorted(
            (b.dataset, str(b.interval), b.state, b.pulled, b.repaired, b.quarantined, b.duplicate)
            for b in pipeline.batches()
        )
        leads = sorted((lead.rule, lead.subject, lead.state, str(lead.explanation), str(lead.records)) for lead in pipeline.leads())
    return {"rows": rows, "door": door(settings), "batches": batches, "leads": leads}


def door(settings: Settings) -> Mapping[str, object]:
    engine = sa.create_engine(settings.database_urls["door"])
    with engine.connect() as connection:
        tables = [*shelves.datasets(), "hedui.leads"]
        counts = {t: connection.scalar(sa.text(f"SELECT count(*) FROM {t}")) for t in tables}
        open_leads = connection.scalar(sa.text("SELECT count(*) FROM hedui.leads WHERE state <> 'withdrawn'"))
    engine.dispose()
    return {**counts, "open leads": open_leads}


def files_with(folder: Path, marks: set[bytes]) -> dict[str, list[bytes]]:
    """Files below `folder` in which one of `marks` stands in clear."""
    found = {}
    for file in folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            if seen := [mark for mark in marks if mark in content]:
                found[str(file.relative_to(folder))] = seen
    return found


def _content(dataset: Dataset) -> str:
    columns = ", ".join(f'"{f.name}"' for f in content_schema(dataset))
    return f"SELECT {columns} FROM {dataset.full_name}"
