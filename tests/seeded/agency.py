"""An agency that the tests make up: two contracts, and two suites with expectations of every kind.

`units` comes as text in GB18030 and is what `payments`, which comes in sheets, refers to.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

AGENCY = "welfare"
PAYMENTS, UNITS = f"{AGENCY}.payments", f"{AGENCY}.units"
TITLE_ROWS = 2
Cell = str | int | float | date | None
Cells = Mapping[str, Cell]
_RECEIVED = {"$PARAMETER": "received_on"}

# Field: its title in both languages, and its type or what it identifies.
FIELDS = {
    PAYMENTS: {
        "record_no": ("发放编号", "Record number", "record"),
        "township": ("乡镇代码", "Township", ""),
        "person": ("身份证号", "Identity number", "person"),
        "name": ("姓名", "Name", "name"),
        "carer": ("代领人身份证号", "Identity number of the carer", "person"),
        "subsidy": ("补贴项目", "Subsidy", ""),
        "way": ("发放方式", "Way of payment", ""),
        "account": ("银行账号", "Account", ""),
        "unit": ("经办单位", "Unit", ""),
        "months": ("月数", "Months", "integer"),
        "monthly_yuan": ("月标准", "Monthly rate", "decimal"),
        "base_yuan": ("应发", "Due", "decimal"),
        "extra_yuan": ("加发", "Extra", "decimal"),
        "total_yuan": ("总额", "Total", "decimal"),
        "paid_yuan": ("实发", "Paid", "decimal"),
        "from_on": ("享受起始", "From", "date"),
        "to_on": ("享受终止", "Until", "date"),
        "month": ("所属期", "Month", "month"),
        "updated_at": ("更新时间", "Updated at", "timestamp"),
    },
    UNITS: {
        "record_no": ("登记编号", "Record number", "record"),
        "credit": ("统一社会信用代码", "Credit code", ""),
        "organisation": ("组织机构代码", "Organisation code", ""),
        "person": ("负责人身份证号", "Identity number of the head", "person"),
        "name": ("负责人", "Name of the head", "name"),
        "county": ("县区代码", "County", ""),
        "updated_at": ("更新时间", "Updated at", "timestamp"),
    },
}
REGIONS = {PAYMENTS: "township", UNITS: "county"}
_SOURCES: dict[str, dict[str, Any]] = {
    PAYMENTS: {"format": "xlsx", "title_rows": TITLE_ROWS, "merged": "fill", "total_marks": ["小计", "合计"]},
    UNITS: {"format": "csv", "encoding": "gb18030"},
}


@dataclass(frozen=True)
class Asked:
    """An expectation with what it says; `en` names the problem in the tables of seeds."""

    kind: str
    zh: str
    en: str
    arguments: Mapping[str, Any]
    on_failure: str = "quarantine_rows"
    meta: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        title, advice = {"zh": self.zh, "en": self.en}, {"zh": f"更正：{self.zh}", "en": f"Mend: {self.en}"}
        meta = {"on_failure": self.on_failure, "title": title, "advice": advice, **self.meta}
        return {"type": f"expect_{self.kind}", "kwargs": self.arguments, "severity": "warning", "meta": meta}


def _of(column: str, kind: str, zh: str, en: str, **arguments: Any) -> Asked:
    return Asked(f"column_values_to_{kind}", zh, en, {"column": column, **arguments})


def _pair(first: str, second: str, kind: str, zh: str, en: str, **arguments: Any) -> Asked:
    return Asked(f"column_pair_values_{kind}", zh, en, {"column_A": first, "column_B": second, **arguments})


def _order(larger: str, smaller: str, zh: str, en: str, **meta: str) -> Asked:
    arguments = {"column_A": larger, "column_B": smaller, "or_equal": True, "ignore_row_if": "either_value_is_missing"}
    return Asked("column_pair_values_a_to_be_greater_than_b", zh, en, arguments, meta=meta)


def _usual(kind: str, zh: str, en: str, **arguments: Any) -> Asked:
    earlier = {"$PARAMETER": "earlier_batches"}
    return Asked(kind, zh, en, {**arguments, "earlier": earlier}, "warn", {"scored": False})


def _shared(dataset: str, *filled: str) -> Iterator[Asked]:
    """What both suites ask."""
    yield Asked(
        "table_columns_to_match_set",
        "缺少字段",
        "Columns are missing",
        {"column_set": list(FIELDS[dataset]), "exact_match": False},
        "reject_batch",
    )
    announced = {"value": {"$PARAMETER": "announced_rows"}}
    yield Asked("table_row_count_to_equal", "行数不符", "Other than announced", announced, "reject_batch")
    yield _of("_unreadable", "be_null", "无法识别", "Cannot be read")
    for name in filled:
        yield _of(name, "not_be_null", "未填写", "Missing")
    yield _of("person", "be_valid_person_identifier", "身份证号校验不通过", "No valid number")
    yield _pair(
        "person",
        "_lengthened",
        "a_to_be_uncut_unless_b_names_it",
        "以 000 结尾",
        "Perhaps cut",
    )
    version = {"column_list": ["record_no", "updated_at"]}
    yield Asked("rows_of_one_version_to_agree", "内容矛盾", "Contradict each other", version)
    yield _of(
        "updated_at",
        "be_plausible_date",
        "更新时间不合理",
        "No plausible time",
        earliest="2000-01-01",
        latest=_RECEIVED,
    )


ASKED = {
    PAYMENTS: [
        *_shared(PAYMENTS, "record_no", "person", "name", "subsidy", "total_yuan", "from_on", "month", "updated_at"),
        _pair("carer", "person", "to_differ", "代领人与本人相同", "The carer is the person"),
        _of("subsidy", "be_in_set", "不在代码表内", "Not in the list", value_set=["高龄津贴", "护理补贴"]),
        _of("way", "be_in_set", "发放方式不对", "No such way", value_set=["银行", "现金"]),
        _pair("account", "way", "a_to_be_filled_where_b_in_set", "缺少账号", "No account", value_set=["银行"]),
        _of("account", "match_regex", "账号格式不对", "No account number", regex="^[0-9]{16,19}$"),
        Asked(
            "column_values_to_be_known_in",
            "单位未登记",
            "Unit not registered",
            {"column": "unit", "reference": f"{UNITS}.credit"},
            "warn",
            {"scored": False},
        ),
        _of("township", "be_valid_division_code", "不是乡镇代码", "No code of a township", digits=[9]),
        _of("extra_yuan", "be_between", "加发为负数", "Negative", min_value=0.0),
        Asked(
            "third_column_to_be_product_of_first_two",
            "应发不等于月数乘月标准",
            "Not months times rate",
            {"column_list": ["months", "monthly_yuan", "base_yuan"], "within": 0.01},
            meta={"field": "base_yuan"},
        ),
        Asked(
            "last_column_to_be_sum_of_others",
            "总额不等于应发加加发",
            "Not the sum",
            {"column_list": ["base_yuan", "extra_yuan", "total_yuan"], "within": 0.01},
            meta={"field": "total_yuan"},
        ),
        _order("total_yuan", "paid_yuan", "实发多于总额", "More than the total", field="paid_yuan"),
        _order("to_on", "from_on", "终止早于起始", "Ends before it begins"),
        _of("from_on", "be_plausible_date", "日期不合理", "No plausible day", earliest="1900-01-01", latest=_RECEIVED),
        _of("month", "be_between", "所属期早于 1990 年", "Before 1990", min_value="1990-01-01"),
        _usual("table_row_count_to_be_usual", "行数反常", "Unusual number of rows"),
        _usual("column_filled_share_to_be_usual", "填写比例反常", "Unusual share filled", column="carer"),
        _usual("column_category_shares_to_be_usual", "构成反常", "Unusual mixture", column="subsidy"),
        Asked(
            "column_to_cover_working_days",
            "有的工作日没有更新",
            "A working day without updates",
            {"column": "updated_at", "days": {"$PARAMETER": "working_days"}},
            "warn",
        ),
    ],
    UNITS: [
        *_shared(UNITS, "record_no", "credit", "person", "name", "updated_at"),
        _of("credit", "be_valid_credit_code", "信用代码校验不通过", "No valid credit code"),
        _of("organisation", "be_valid_organisation_code", "机构代码校验不通过", "No valid organisation code"),
        _of("county", "be_valid_division_code", "不是县区代码", "No code of a county", digits=[6]),
    ],
}


def declare(folder: Path) -> None:
    """Write the agency's contracts and suites as an agency's team would, below `contracts` and `expectations`."""
    office = {"title": {"zh": "数据科", "en": "Data section"}, "telephone": "0931-8000011"}
    agency = {
        "agency": AGENCY,
        "title": {"zh": "福利中心", "en": "Welfare centre"},
        "office": office,
        "connection": AGENCY,
        "datasets": {dataset.partition(".")[2]: _contract(dataset) for dataset in FIELDS},
    }
    (folder / "contracts").mkdir()
    (folder / "contracts" / f"{AGENCY}.yaml").write_text(json.dumps(agency), "utf-8")
    (folder / "expectations" / AGENCY).mkdir(parents=True)
    for dataset, asked in ASKED.items():
        name = dataset.partition(".")[2]
        suite = {"name": dataset, "meta": {}, "expectations": [one.as_json() for one in asked]}
        (folder / "expectations" / AGENCY / f"{name}.json").write_text(json.dumps(suite), "utf-8")


def _contract(dataset: str) -> dict[str, Any]:
    name = dataset.partition(".")[2]
    return {
        "version": 1,
        "title": {"zh": name, "en": name},
        "legal_basis": {"zh": "数据共享协议", "en": "Agreement on the sharing of data"},
        "programme": "livelihood",
        "schedule": {"cron": "0 0 * * *"},
        "landing_retention_days": 7,
        "source": {"kind": "file_drop", "folder": f"/{name}", "control": f"{name}_{{date}}.ctl", **_SOURCES[dataset]},
        "key": ["record_no"],
        "cursor": "updated_at",
        "region": REGIONS[dataset],
        "fields": {name: _field(*about) for name, about in FIELDS[dataset].items()},
    }


def _field(zh: str, en: str, kind: str) -> dict[str, Any]:
    about: dict[str, Any] = {"source": zh, "title": {"zh": zh, "en": en}}
    if kind in ("record", "person", "name"):
        return about | {"identifier": kind} | ({"of": "person"} if kind == "name" else {})
    return about | ({"type": kind} if kind else {})
