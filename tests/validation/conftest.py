"""Landed batches with seeded defects."""

import csv
import json
from collections.abc import Callable

import pyarrow as pa
import pytest

from hedui import shelves
from hedui.identifiers.person import check_character
from hedui.validation.known import Known

# What is known of a batch that was received when the samples end.
RECEIVED = Known({"received_on": "2026-07-01"})
FIRM, COLLECTIVE = "91620102000000025P", "N26201020000000332"
_PURCHASE = {
    "tender": "ocds-62trade-T1", "item": "A02021003", "specification": "A4黑白激光打印机", "unit": "台",
    "quantity": "40", "buyer": "116201020000000175", "updated_at": "2026-03-03T18:32:56+08:00",
}  # fmt: skip
_IN_A_VILLAGE = {
    "county": "620102", "township": "620102100", "village": "620102100200", "updated_at": "2026-03-02 03:06:10",
}  # fmt: skip

# One right row of each dataset under the contract's names, as text like a landed one.
_MONTHLY = {"month": "2025-03", "amount_yuan": "685.00", "county": "620102", "updated_at": "2025-03-10 09:30:00"}
RIGHT = {
    "agriculture.collective_assets": {
        "asset": "620102100200-001", "kind": "鱼塘", "lessee": "个人", "name": "杨耀欣", "firm": "",
        "from_on": "2021-12-27", "to_on": "2037-12-23", "year": "2023", "rent_due_yuan": "10530.00",
        "rent_paid_yuan": "10530.00", "remark": "", **_IN_A_VILLAGE,
    },
    "agriculture.village_cadres": {
        "name": "宋燕", "post": "村委会主任", "from_on": "2021-10-18", "to_on": "", **_IN_A_VILLAGE,
    },
    "civil_affairs.deaths": {
        "name": "马秀英", "died_on": "2025-03-01", "basis": "火化", "status": "有效", "county": "620102",
        "updated_at": "2025-03-02T09:30:00+08:00",
    },
    "civil_affairs.dibao": {
        "name": "马秀英", "household": "H620102000017", "area": "城市", "class": "一类", "mode": "整户", **_MONTHLY,
    },
    "civil_affairs.special_hardship": {"name": "马秀英", **_MONTHLY},
    "civil_affairs.disability_subsidy": {"name": "马秀英", "kind": "护理补贴", **_MONTHLY},
    "civil_affairs.marriages": {
        "name": "王建国", "spouse": "11010519491231002X", "spouse_name": "马秀英", "married_on": "2001-05-01",
        "divorced_on": "", "updated_at": "2025-03-02T09:30:00+08:00",
    },
    "finance.subsidy_payments": {
        "name": "王建国", "subsidy": "高龄津贴", "paid_for": "个人", "paid_on": "2025-03-08",
        "returned_on": "", **_MONTHLY,
    },
    "health.settlements": {
        "name": "王建国", "visit_type": "14", "insurance_type": "390", "started_on": "2025-03-01",
        "ended_on": "2025-03-01", "hospital": "H62010200001", "diagnosis": "I10.x00x002", "total_yuan": "120.50",
        "pool_fund_yuan": "80.00", "place_of_insurance": "620102", "updated_at": "2025-03-02 10:00:00",
    },
    "health.death_certificates": {
        "name": "马秀英", "died_on": "2025-03-01", "county": "620102", "valid": "1",
        "updated_at": "2025-03-02 10:00:00",
    },
    "health.enrolments": {
        "name": "王建国", "insurance_type": "390", "from_month": "202501", "to_month": "202512",
        "paid_on": "2024-11-20", "place_of_insurance": "620102", "valid": "1", "updated_at": "2024-11-21 10:00:00",
    },
    "hotlines.complaints": {
        "platform": "政务热线", "topic": "生态环境", "region": "620503", "received_at": "2025-06-01 13:05:41",
        "answered_at": "2025-06-06 17:05:29", "satisfaction": "非常满意", "updated_at": "2025-06-06T17:05:29+08:00",
    },
    "hr.public_employees": {
        "name": "李明", "staffing": "行政", "posted_on": "2010-07-01", "left_on": "", "managed_by": "620102",
        "updated_at": "2026-06-01 08:00:00",
    },
    "hr.payroll": {"name": "李明", "unit": "620102001", "kind": "工资", **_MONTHLY},
    "hr.pensions": {"name": "李明", "kind": "养老金", "paid_on": "2025-03-08", "returned_on": "", **_MONTHLY},
    "hr.public_welfare_posts": {"name": "李明", "area": "乡村", **_MONTHLY},
    "hr.appointments": {
        "name": "李明", "unit": "620102001", "kind": "借调", "from_on": "2024-09-01", "to_on": "",
        "updated_at": "2026-06-01 08:00:00",
    },
    "police.dui_cases": {
        "name": "张伟", "caught_on": "2026-01-05", "offence": "醉酒", "alcohol_mg": "120", "retest_mg": "",
        "vehicle": "机动车", "identity": "已核实", "updated_at": "2026-01-06 08:00:00",
    },
    "police.household_cancellations": {
        "name": "马秀英", "reason": "死亡", "died_on": "2025-03-01", "status": "有效", "county": "620102",
        "updated_at": "2025-03-02 08:00:00",
    },
    "police.vehicles": {
        "name": "张伟", "kind": "小型汽车", "registered_on": "2019-10-01", "ended_on": "",
        "updated_at": "2025-03-02 08:00:00",
    },
    "police.detentions": {
        "name": "张伟", "measure": "服刑", "from_on": "2024-10-01", "to_on": "", "outcome": "",
        "updated_at": "2025-03-02 08:00:00",
    },
    "police.id_changes": {
        "name": "张伟", "old_name": "张伟", "old_person": "11010519491231002X", "updated_at": "2025-03-02 08:00:00",
    },
    "supervision.report_answers": {
        "reference": "finance.subsidy_payments-20260630-5c1e0a7d#17", "result": "确认无误",
        "listed_at": "2026-07-01 09:12:44",
    },
    "trading.bids": {
        "tender": "ocds-62trade-T1", "bidder": FIRM, "amount_yuan": "51145.60", "status": "有效",
        "updated_at": "2026-02-14T08:56:30+08:00",
    },
    "trading.contracts": {
        **_PURCHASE, "supplier": FIRM, "kind": "单次合同", "unit_price_yuan": "1278.64", "amount_yuan": "51145.60",
        "signed_on": "2026-03-03", "from_on": "2026-03-09", "to_on": "2026-11-02",
    },
    "trading.suppliers": {
        "supplier": FIRM, "role": "法定代表人", "name": "王建国", "owner": "", "share_percent": "",
        "from_on": "2020-05-07", "to_on": "", "updated_at": "2025-06-04 20:43:52",
    },
    "trading.tenders": {
        **_PURCHASE, "method": "公开招标", "status": "进行中", "published_on": "2026-01-29", "closes_on": "2026-02-14",
        "budget_yuan": "63900.00",
    },
}  # fmt: skip


def person(number):
    """A different right identity number for every `number`; none ends in 000."""
    first = (
        f"6201{number // 20_000 % 100:02d}19{number // 200 % 100:02d}03{number % 20 + 1:02d}{number // 20 % 10 + 1:03d}"
    )
    return first + check_character(first)


SAMPLES = shelves.ROOT / "connectors" / "samples"


def sample(name):
    """The ten rows of a dataset's sample as a landed batch: right rows of every dataset there is."""
    with (SAMPLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = {field.source: [row[field.source] for row in rows] for field in shelves.dataset(name).fields.values()}
    place = {"_source": [f"{name}.csv"] * len(rows), "_position": range(2, len(rows) + 2), "_row": range(len(rows))}
    return pa.RecordBatch.from_pydict({**columns, **place})


@pytest.fixture
def landed() -> Callable[..., pa.RecordBatch]:
    """Build a landed batch: right rows, and `defects`, of which each replaces fields of one row from the first on."""

    def build(dataset_name, rows, defects=()):
        dataset = shelves.dataset(dataset_name)
        columns = {field.source: [] for field in dataset.fields.values()}
        fields = {field.source: name for name, field in dataset.fields.items()}
        defects = list(defects)
        for number in range(rows):
            row = {"record_no": f"N{number:06d}", "person": person(number), **RIGHT[dataset_name]}
            row |= defects[number] if number < len(defects) else {}
            for source, name in fields.items():
                columns[source].append(row[name])
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
