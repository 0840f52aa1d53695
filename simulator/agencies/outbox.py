"""Deliveries by files: several parts of a dataset in the form its contract states, the control file last."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv as arrow_csv

from hedui.model.contract import Dataset
from hedui.model.sources import FileDropSource
from simulator.agencies import feed
from simulator.agencies.workbook import write_workbook

HISTORY_PARTS: Final = 3
ROWS: Final = 500_000  # in one part at most


def fill(dataset: Dataset, folder: Path, root: Path) -> None:
    """The history in one delivery dated its last day, then one delivery for each day."""
    if not isinstance(dataset.source, FileDropSource):
        raise TypeError(f"{dataset.full_name} is not delivered by files")
    target = root / dataset.source.folder.strip("/")
    target.mkdir(parents=True)
    outbox = _Outbox(dataset, dataset.source, feed.feed_file(folder, dataset), target)
    times = feed.moments(outbox.feed)
    history = feed.history(folder)
    for period in [history, *feed.days(folder)]:
        first, behind = np.searchsorted(times, [feed.moment(period.start), feed.moment(period.end)]).tolist()
        parts = max(HISTORY_PARTS if period == history else 1, -(-(behind - first) // ROWS))
        outbox.deliver(f"{feed.by_day(period)[-1].start:%Y%m%d}", first, behind, parts)


@dataclass(frozen=True)
class _Outbox:
    """Where the deliveries of one dataset are laid."""

    dataset: Dataset
    source: FileDropSource
    feed: Path
    folder: Path

    def deliver(self, day: str, first: int, behind: int, parts: int) -> None:
        """The rows `first` to `behind` of the feed, cut into parts."""
        control = self.folder / self.source.control.format(date=day)
        bounds = np.linspace(first, behind, parts + 1).astype(int).tolist()
        lines = []
        for number, (start, end) in enumerate(pairwise(bounds), start=1):
            part = self._write(f"{control.stem}_part{number:02}", start, end)
            with part.open("rb") as stream:
                lines.append(f"{part.name},{end - start},{hashlib.file_digest(stream, 'sha256').hexdigest()}\n")
        control.write_text("".join(lines), encoding="utf-8")

    def _write(self, stem: str, first: int, behind: int) -> Path:
        names = [name for name in pq.read_schema(self.feed).names if name != feed.CHANGED_AT]
        batches = (batch.select(names) for batch in feed.between(self.feed, first, behind))
        if self.source.format == "xlsx":
            part = self.folder / f"{stem}.xlsx"
            write_workbook(part, self.dataset, names, batches)
            return part
        lines = _lines(names, batches, self.source)
        plain = f"{stem}.csv" if self.source.delimiter == "," else f"{stem}.tsv"
        part = self.folder / (f"{stem}.zip" if self.source.packing == "zip" else plain)
        with _zipped(part, plain) if self.source.packing == "zip" else part.open("wb") as stream:
            stream.writelines(lines)
        return part


@contextmanager
def _zipped(part: Path, member: str) -> Iterator[IO[bytes]]:
    archive = zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED)
    with archive, archive.open(member, "w", force_zip64=True) as stream:
        yield stream


def _lines(names: list[str], batches: Iterator[pa.RecordBatch], source: FileDropSource) -> Iterator[bytes]:
    """Header and rows; UTF-8 as spreadsheets write it, with a byte order mark."""
    mark = "\ufeff" if source.encoding == "utf-8" else ""
    yield (mark + source.delimiter.join(names) + "\r\n").encode(source.encoding)
    form = arrow_csv.WriteOptions(include_header=False, delimiter=source.delimiter, eol="\r\n")
    for batch in batches:
        lines = io.BytesIO()
        arrow_csv.write_csv(batch, lines, form)
        yield lines.getvalue().decode().encode(source.encoding)
