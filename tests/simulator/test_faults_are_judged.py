"""A suite holds back exactly the rows whose faults nobody can repair, in every dataset."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hedui import shelves
from hedui.validation.judging import judge
from hedui.validation.known import Known
from simulator.dirt import DIRT, soiled
from simulator.drafts import DATASETS
from simulator.faults import FAULTS

ROWS_A_FAULT = 150


@pytest.mark.parametrize("name", DATASETS)
def test_exactly_what_cannot_be_repaired_is_held_back(name: str, clean: Path, tmp_path: Path) -> None:
    rows, lost = _each_fault_once(pq.ParquetFile(clean / "feeds" / f"{name}.parquet").read_row_group(0), name)
    verdict = judge(shelves.dataset(name), [_landed(rows, name)], tmp_path, known=Known({"received_on": "2026-07-01"}))
    assert set(verdict.quarantined.to_pylist()) == lost and lost
    assert verdict.repairs


def _each_fault_once(feed: pa.Table, name: str) -> tuple[pa.Table, set[int]]:
    """Some rows for each fault of the dataset, all hit that can be, and the places of those that nobody can repair."""
    share = min(feed.num_rows // len(DIRT[name]), ROWS_A_FAULT)
    parts, lost = list[pa.Table](), set[int]()
    for nth, fault in enumerate(DIRT[name]):
        before = feed.slice(nth * share, share)
        after = soiled(name, before, {name: {fault: 1.0}}, "test", np.random.default_rng(1)).slice(0, share)
        hit = [old != new for old, new in zip(before.to_pylist(), after.to_pylist(), strict=True)]
        if not FAULTS[fault].repairable:
            lost |= {nth * share + int(place) for place in np.flatnonzero(hit)}
        parts.append(after)
    return pa.concat_tables(parts), lost


def _landed(rows: pa.Table, name: str) -> pa.RecordBatch:
    columns = {field.source: rows[field.source].combine_chunks() for field in shelves.dataset(name).fields.values()}
    place = {"_source": ["part"] * rows.num_rows, "_position": range(1, rows.num_rows + 1)}
    return pa.RecordBatch.from_pydict({**columns, **place, "_row": range(rows.num_rows)})
