"""A province of a few dozen rows, in the format that the simulator writes: enough for every protocol to show itself."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from hedui.model.contract import Dataset
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.shelves import datasets

HISTORY: Final = Interval.parse("2026-06-20", "2026-06-30")
DAILY: Final = Interval.parse("2026-06-30", "2026-07-01")
# Two and four bytes in GB18030, a comma, a quote, a middle dot, a break: what a delivery must survive.
NAMES: Final = ("张三", "㛃𬱖", "䶮", "买买提·热合曼", 'Li, "Bo"', "王\n五", None)

Row = Mapping[str, str | None]


def write_province(folder: Path, rows: int = 60) -> None:
    """All feeds; the last tenth of the rows belongs to the daily interval, one row begins it exactly."""
    (folder / "feeds").mkdir(parents=True)
    calendar = {
        "history": {"from": "2026-06-20", "to": "2026-06-30"},
        "daily": {"from": "2026-06-30", "to": "2026-07-01"},
    }
    (folder / "province.json").write_text(json.dumps(calendar), encoding="utf-8")
    for dataset, contract in delivered().items():
        make = _ROWS.get(dataset, partial(_any_record, contract))
        moments = [_moment(n, rows) for n in range(rows)]
        records = [make(n, moment) for n, moment in enumerate(moments)]
        columns = {name: pa.array([record[name] for record in records], pa.string()) for name in records[0]}
        changed_at = pa.array(moments, pa.timestamp("us", tz="UTC"))
        pq.write_table(pa.table({**columns, "changed_at": changed_at}), folder / "feeds" / f"{dataset}.parquet")


def delivered() -> dict[str, Dataset]:
    """What agencies deliver by themselves: answers come from people."""
    return {name: dataset for name, dataset in datasets().items() if dataset.answers is None}


def _moment(n: int, rows: int) -> datetime:
    old = rows - rows // 10
    if n >= old:
        return DAILY.start + timedelta(minutes=n - old)
    return HISTORY.start + (HISTORY.end - HISTORY.start) * n / old


def _text(moment: datetime) -> str:
    return moment.astimezone(PROVINCE_TIME).isoformat()


def _name(n: int) -> str | None:
    return NAMES[n % len(NAMES)]


def _death(n: int, at: datetime) -> Row:
    return {
        "recordNo": f"D{n:05}",
        "idCard": f"62010219500101{n:04}",
        "name": _name(n),
        "deathDate": "2026年6月1日" if n % 9 == 0 else "2026-06-01",
        "basis": "火化",
        "status": None if n % 11 == 0 else "有效",
        "countyCode": "620102",
        "updatedAt": _text(at),
    }


def _settlement(n: int, at: datetime) -> Row:
    return {
        "setl_id": f"S{n:05}",
        "certno": f"62010219500101{n:04}\t" if n % 8 == 0 else f"62010219500101{n:04}",
        "psn_name": _name(n),
        "med_type": "14",
        "insutype": "390",
        "begndate": "20260601" if n % 10 == 0 else "2026-06-01",
        "enddate": None if n % 12 == 0 else "2026-06-02",
        "setl_date": "2026-06-03",
        "fixmedins_code": "H62010200001",
        "dise_codg": "I10.x00",
        "medfee_sumamt": f"{n}.50",
        "fund_pay_sumamt": f"{n}.25",
        "acct_pay": None if n % 13 == 0 else "0.25",
        "insu_admdvs": "620102",
        "updt_time": _text(at),
    }


def _employee(n: int, at: datetime) -> Row:
    return {
        "人员编号": f"U1-62010219700101{n:04}-1",
        "身份证号": f"62010219700101{n:04}",
        "姓名": _name(n),
        "单位名称": "兰州市城关区人民政府",
        "编制类型": "行政",
        "职级": "一级科员",
        "任职日期": "2020-01-01",
        "离职日期": None if n % 2 else "2025-01-01",
        "管理地区": "620102",
        "更新时间": _text(at),
    }


def _dui_case(n: int, at: datetime) -> Row:
    return {
        "caseNo": f"J{n:05}",
        "idNo": f"62010219700101{n:04}",
        "name": _name(n),
        "caughtOn": "2026-06-01",
        "offence": "饮酒",
        "alcoholMg": str(20 + n),
        "retestMg": None if n % 3 else "19",
        "vehicle": "机动车",
        "identityState": "已核实",
        "countyCode": "620102",
        "updatedAt": _text(at),
    }


def _any_record(contract: Dataset, n: int, at: datetime) -> Row:
    """A row of any dataset, as its contract lets us expect, with a column that it does not know."""
    values = {field.source: _value(contract, name, n, at) for name, field in contract.fields.items()}
    return {**values, "extra": "x"}


def _value(contract: Dataset, name: str, n: int, at: datetime) -> str | None:
    field = contract.fields[name]
    if name == contract.cursor:
        return _text(at)
    if name in contract.key:
        return f"R{n:05}"
    if field.identifier == "person":
        return f"62010219500101{n:04}"
    if field.identifier == "name":
        return _name(n)
    kinds = {"date": "2026-06-01", "month": "2026-06", "decimal": f"{n}.50", "integer": f"{n}"}
    return (
        None
        if n % 11 == 0
        else "2026年6月1日"
        if field.type == "date" and n % 9 == 0
        else kinds.get(field.type, "0620")
    )


_ROWS: Final = {
    "civil_affairs.deaths": _death,
    "health.settlements": _settlement,
    "hr.public_employees": _employee,
    "police.dui_cases": _dui_case,
}
