"""`python -m simulator.samples`: a few clean rows of each dataset, as its agency writes them, for people to look at."""

import csv
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

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
