"""Landed batches with seeded defects."""

import json
from collections.abc import Callable

import pyarrow as pa
import pytest

from hedui import shelves
from hedui.identifiers.person import check_character

# One right row of each dataset under the contract's names, as text like a landed one.
RIGHT = {
    "civil_affairs.deaths": {
        "name": "马秀英", "died_on": "2025-03-01", "basis": "火化", "status": "有效", "county": "620102",
        "updated_at": "2025-03-02T09:30:00+08:00",
    },
    "health.settlements": {
        "name": "王建国", "visit_type": "14", "insurance_type": "390", "started_on": "2025-03-01",
        "ended_on": "2025-03-01", "settled_on": "2025-03-02", "hospital": "H62010200001", "total_yuan": "120.50",
        "pool_fund_yuan": "80.00", "account_yuan": "20.50", "place_of_insurance": "620102",
        "updated_at": "2025-03-02 10:00:00",
    },
    "hr.public_employees": {
        "name": "李明", "unit": "某局", "staffing": "行政", "rank": "科员", "posted_on": "2010-07-01", "left_on": "",
        "managed_by": "620102", "updated_at": "2026-06-01 08:00:00",
    },
    "police.dui_cases": {
        "name": "张伟", "caught_on": "2026-01-05", "offence": "醉酒", "alcohol_mg": "120", "retest_mg": "",
        "vehicle": "机动车", "identity": "已核实", "county": "620102", "updated_at": "2026-01-06 08:00:00",
    },
}  # fmt: skip


def person(number):
    """A different right identity number for every `number`; none ends in 000."""
    first = (
        f"6201{number // 20_000 % 100:02d}19{number // 200 % 100:02d}03{number % 20 + 1:02d}{number // 20 % 10 + 1:03d}"
    )
    return first + check_character(first)


@pytest.fixture
def landed() -> Callable[..., pa.RecordBatch]:
    """Build a landed batch: right rows, and `defects`, of which each replaces fields of one row from the first on."""

    def build(dataset_name, rows, defects=()):
        dataset = shelves.dataset(dataset_name)
        columns = {field.source: [] for field in dataset.fields.values()}
        defects = list(defects)
        for number in range(rows):
            row = {"record_no": f"N{number:06d}", "person": person(number), **RIGHT[dataset_name]}
            row |= defects[number] if number < len(defects) else {}
            for name, field in dataset.fields.items():
                columns[field.source].append(row[name])
        place = {"_source": ["part01"] * rows, "_position": range(1, rows + 1), "_row": range(rows)}
        schema = pa.schema(
            [
                *((name, pa.string()) for name in columns),
                ("_source", pa.string()),
                ("_position", pa.int64()),
                ("_row", pa.int64()),
            ]
        )
        return pa.RecordBatch.from_pydict({**columns, **place}, schema=schema)

    return build


@pytest.fixture
def changed_suite(tmp_path):
    """The suite of a dataset with a change made to its JSON."""

    def change(dataset_name, alter):
        suite = json.loads(shelves.suite_file(shelves.dataset(dataset_name)).read_text(encoding="utf-8"))
        alter(suite)
        file = tmp_path / "suite.json"
        file.write_text(json.dumps(suite), encoding="utf-8")
        return file

    return change
