"""The rows an agency delivers, as the province wrote them: all text, and `changed_at`, by which they are sorted."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hedui.model.contract import Dataset
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.shelves import agencies

CHANGED_AT: Final = "changed_at"
Moments = np.ndarray[tuple[int], np.dtype[np.int64]]


def datasets_of(agency: str) -> list[Dataset]:
    """What an agency of the simulated province shares."""
    return list(agencies()[agency].datasets.values())


def feed_files(agency: str, folder: Path) -> list[Path]:
    """The feeds of everything that an agency shares."""
    return [feed_file(folder, dataset) for dataset in datasets_of(agency)]


def feed_file(folder: Path, dataset: Dataset) -> Path:
    return folder / "feeds" / f"{dataset.full_name}.parquet"


def batches(file: Path) -> Iterator[pa.RecordBatch]:
    """The feed in bounded memory."""
    with pq.ParquetFile(file) as parquet:
        yield from parquet.iter_batches(batch_size=50_000)


def whole(file: Path) -> pa.Table:
    """The whole feed."""
    return pq.read_table(file)


def moments(file: Path) -> Moments:
    """When each row of the feed was changed."""
    return microseconds(pq.read_table(file, columns=[CHANGED_AT])[CHANGED_AT])


def between(file: Path, first: int, behind: int) -> Iterator[pa.RecordBatch]:
    """The rows `first` to `behind`, the latter not included, without reading much else."""
    with pq.ParquetFile(file) as parquet:
        at = 0
        for group in range(parquet.num_row_groups):
            rows = parquet.metadata.row_group(group).num_rows
            if at < behind and first < at + rows:
                yield from _cut(parquet.iter_batches(batch_size=50_000, row_groups=[group]), first - at, behind - at)
            at += rows


def _cut(batches: Iterator[pa.RecordBatch], first: int, behind: int) -> Iterator[pa.RecordBatch]:
    at = 0
    for batch in batches:
        start, end = max(first - at, 0), min(behind - at, batch.num_rows)
        if start < end:
            yield batch.slice(start, end - start)
        at += batch.num_rows


def microseconds(changed_at: pa.Array) -> Moments:
    """Moments as numbers that can be compared and searched."""
    numbers: Moments = changed_at.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy(zero_copy_only=False)
    return numbers


def moment(at: datetime) -> int:
    """The same number for one moment."""
    return round(at.timestamp() * 1_000_000)


def history(folder: Path) -> Interval:
    """What was there before the agencies began to deliver day by day."""
    return _calendar(folder, "history")


def days(folder: Path) -> list[Interval]:
    """The days delivered one by one, after the history."""
    return by_day(_calendar(folder, "daily"))


def by_day(interval: Interval) -> list[Interval]:
    """The calendar days of an interval that begins and ends at midnight."""
    start = interval.start.astimezone(PROVINCE_TIME)
    count = (interval.end - interval.start).days
    return [Interval(start + timedelta(days=n), start + timedelta(days=n + 1)) for n in range(count)]


def _calendar(folder: Path, name: str) -> Interval:
    stated = json.loads((folder / "province.json").read_text(encoding="utf-8"))[name]
    return Interval.parse(stated["from"], stated["to"])
