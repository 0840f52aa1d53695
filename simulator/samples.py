"""`python -m simulator.samples`: a few clean rows of each dataset, as its agency writes them, for people to look at."""

import csv
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hedui import shelves
from hedui.model.answers import ANSWERS as CHOICES
from simulator.clerk import ANSWERS, LISTED
from simulator.drafts import DATASETS
from simulator.province import write_province
from simulator.writing import CHANGED_AT, record_column

FOLDER = Path("connectors") / "samples"
_SEED, _PEOPLE, _ROWS = 1, 2_000, 10


def write_samples(folder: Path) -> None:
    """Write `<agency>.<dataset>.csv` for every dataset into `folder`: UTF-8, the agency's own columns, all text."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as province:
        write_province(Path(province), _SEED, _PEOPLE, dirt={})
        for dataset in DATASETS:
            feed = pq.read_table(Path(province) / "feeds" / f"{dataset}.parquet").drop_columns(CHANGED_AT)
            _write(_spread(feed, record_column(dataset)), folder / f"{dataset}.csv")
    _write(_answered(), folder / f"{ANSWERS}.csv")


def _answered() -> pa.Table:
    """The columns that count of a list that a clerk sent back: every second record has a result."""
    fields, words = shelves.dataset(ANSWERS).fields, [choice.zh for choice in CHOICES.values()]
    columns = {
        "reference": [f"{LISTED}-20260630-5c1e0a7d#{17 + 31 * n}" for n in range(_ROWS)],
        "result": ["" if n % 2 else words[n // 2] for n in range(_ROWS)],
        "listed_at": ["2026-07-01 09:12:44"] * _ROWS,
    }
    return pa.table({fields[name].source: column for name, column in columns.items()})


def _spread(feed: pa.Table, key: str) -> pa.Table:
    """Rows from all over the feed: neighbours are often months of one person."""
    rows = feed.sort_by(key)
    return rows.take(np.linspace(0, rows.num_rows - 1, min(_ROWS, rows.num_rows)).astype(np.int64))


def _write(rows: pa.Table, file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(rows.column_names)
        lines.writerows(row.values() for row in rows.to_pylist())


if __name__ == "__main__":
    write_samples(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
