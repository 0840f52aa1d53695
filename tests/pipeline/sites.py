"""The work of a site, and what stands in it, in a form that two sites can be compared by."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from hedui import shelves
from hedui.model.contract import Dataset
from hedui.model.credentials import Credentials
from hedui.model.interval import Interval
from hedui.pipeline import Pipeline
from hedui.settings import Settings
from hedui.warehouse.schema import content_schema
from simulator.site import simulated

HISTORY = Interval.parse("2024-07-01", "2026-06-30")
DAILY = Interval.parse("2026-06-30", "2026-07-01")


@dataclass(frozen=True)
class Province:
    """A written province and how to reach its agencies."""

    folder: Path
    connections: Mapping[str, Credentials]

    def of(self, dataset: str) -> Credentials:
        return self.connections[shelves.dataset(dataset).agency]


def work(pipeline: Pipeline, province: Province, intervals: Sequence[Interval] = (HISTORY, DAILY)) -> None:
    for interval in intervals:
        for dataset in delivered():
            pipeline.run(dataset, interval, province.of(dataset))
        for rule in shelves.rules():
            pipeline.match(rule)


def delivered() -> Mapping[str, Dataset]:
    """The datasets that a province delivers by itself: answers come from people."""
    return {dataset.full_name: dataset for dataset in simulated()}


def kept() -> Mapping[str, Dataset]:
    """Those of which the warehouse keeps anything: what is onboarding is judged only."""
    return {name: dataset for name, dataset in delivered().items() if dataset.stage == "approved"}


def standing(settings: Settings) -> Mapping[str, object]:
    """Current rows, rows of the SQL door, counts of batches, and leads with their evidence."""
    with Pipeline.open(settings) as pipeline:
        with pipeline.query_engine() as engine:
            rows = {name: sorted(engine.query(_content(d)).to_pylist(), key=str) for name, d in kept().items()}
        batches = sorted(
            (b.dataset, str(b.interval), b.state, b.pulled, b.repaired, b.quarantined, b.duplicate)
            for b in pipeline.batches()
        )
        leads = sorted((x.rule, x.subject, x.state, str(x.explanation), str(x.records)) for x in pipeline.leads())
    return {"batches": batches, "door": door(settings), "leads": leads, "rows": rows}


def door(settings: Settings) -> Mapping[str, object]:
    engine = sa.create_engine(settings.database_urls["door"])
    with engine.connect() as connection:
        tables = [*kept(), "hedui.leads"]
        counts = {t: connection.scalar(sa.text(f"SELECT count(*) FROM {t}")) for t in tables}
        open_leads = connection.scalar(sa.text("SELECT count(*) FROM hedui.leads WHERE state <> 'withdrawn'"))
        released = connection.scalar(sa.text("SELECT count(*) FROM hedui.leads WHERE state = 'released'"))
    engine.dispose()
    return {**counts, "open leads": open_leads, "released leads": released}


def files_with(folder: Path, marks: set[str]) -> list[str]:
    """Files below `folder` in which one of `marks`, each of 15 characters or more, stands in clear."""
    beginnings = {mark[:_MARK].encode() for mark in marks}
    return [str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file() and _has(file, beginnings)]


_MARK = 15
_LONG_WORD = re.compile(rb"[0-9A-Za-z-]{15,}")


def _has(file: Path, beginnings: set[bytes]) -> bool:
    for word in _LONG_WORD.findall(_uncompressed(file)):
        if any(word[start : start + _MARK] in beginnings for start in range(len(word) - _MARK + 1)):
            return True
    return False


def _uncompressed(file: Path) -> bytes:
    """The bytes of a file; of Parquet that anybody can open, its values."""
    try:
        columns = pq.read_table(file).columns if file.suffix == ".parquet" else None
    except OSError:  # encrypted: nobody can
        columns = None
    if columns is None:
        return file.read_bytes()
    texts = [column.cast(pa.binary()) for column in columns if _is_text(column.type)]
    return b"\n".join(value for text in texts for value in text.drop_null().to_pylist())


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_binary(kind))


def _content(dataset: Dataset) -> str:
    columns = ", ".join(f'"{f.name}"' for f in content_schema(dataset))
    return f"SELECT {columns} FROM {dataset.full_name}"
