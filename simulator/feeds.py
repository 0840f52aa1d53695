"""Feeds: all rows an agency ever delivers, in the order it changed them, however many there are.

Chunks of people come one by one with rows from the whole calendar. Each chunk's rows are sorted and cut into spans of
time on disk; then span after span is read from all chunks, sorted and written. Memory holds one chunk or one span.
The spill lies in the province folder, where clear identifiers are at home, and is removed at the end.
"""

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from simulator.times import USUAL, Calendar, Ints
from simulator.writing import CHANGED_AT, record_column

# A quarter of a million rows or less: nothing comes more often than settlements, five of a person in two years.
_MONTHS_A_SPAN = 24 * 50_000
_ROWS_A_GROUP = 65_536
_SPILL = pa.ipc.IpcWriteOptions(compression="lz4")


class Feed:
    """Collects the chunks of one dataset and writes the sorted feed."""

    def __init__(self, folder: Path, dataset: str, people: int, calendar: Calendar = USUAL) -> None:
        self.dataset = dataset
        self.file = folder / "feeds" / f"{dataset}.parquet"
        self.rows = self.rows_daily = 0
        self._spill = folder / "feeds" / f".{dataset}.spill"
        self._runs: list[Path] = []
        months = calendar.last_month - calendar.first_month + 1
        spans = max(1, people * months // _MONTHS_A_SPAN)
        self._daily_starts = calendar.daily_starts * 1_000_000
        starts = np.linspace(calendar.history_starts, calendar.daily_starts, spans + 1)
        self._bounds: Ints = starts.astype(np.int64)[1:-1] * 1_000_000

    def __enter__(self) -> Self:
        shutil.rmtree(self._spill, ignore_errors=True)
        self._spill.parent.mkdir(exist_ok=True, mode=0o700)
        self._spill.mkdir(mode=0o700)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._spill, ignore_errors=True)

    def add(self, rows: pa.Table) -> None:
        """Take the rows of one chunk."""
        ordered = self._sorted(rows)
        changed = np.asarray(ordered[CHANGED_AT].cast(pa.int64()))
        self.rows += len(changed)
        self.rows_daily += int((changed >= self._daily_starts).sum())
        cuts = [0, *np.searchsorted(changed, self._bounds), len(changed)]
        run = self._spill / f"{len(self._runs):06d}.arrow"
        with pa.ipc.new_file(run, ordered.schema, options=_SPILL) as writer:
            for start, stop in pairwise(cuts):
                part = ordered.slice(start, stop - start).combine_chunks()
                writer.write_batch(part.to_batches()[0] if part.num_rows else _empty(ordered.schema))
        self._runs.append(run)

    def write(self) -> None:
        """Write the feed from all that was added."""
        with pq.ParquetWriter(self.file, self._schema(), compression="zstd", compression_level=1) as writer:
            for span in self._spans():
                writer.write_table(span, row_group_size=_ROWS_A_GROUP)
        self.file.chmod(0o600)

    def _schema(self) -> pa.Schema:
        with pa.ipc.open_file(self._runs[0]) as run:
            return run.schema

    def _spans(self) -> Iterator[pa.Table]:
        for span in range(len(self._bounds) + 1):
            yield self._sorted(pa.Table.from_batches([_batch(run, span) for run in self._runs]))

    def _sorted(self, rows: pa.Table) -> pa.Table:
        # The order is total: rows that agree in both are the same row sent twice.
        order = [(CHANGED_AT, "ascending"), (record_column(self.dataset), "ascending")]
        return rows.take(pc.sort_indices(rows, sort_keys=order))


def _batch(run: Path, number: int) -> pa.RecordBatch:
    with pa.ipc.open_file(run) as reader:
        return reader.get_batch(number)


def _empty(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)
