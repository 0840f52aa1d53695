"""How each agency writes a draft down: its own column names, everything as text, its own way with times."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.drafts import DEATHS, DUI_CASES, EMPLOYEES, SETTLEMENTS
from simulator.times import Ints

CHANGED_AT = "changed_at"
_MOMENT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Form:
    """`columns`: the agency's name for each field of the draft; `cursor`: its column of the time of change."""

    columns: dict[str, str]
    cursor: str
    time_format: str


FORMS = {
    DEATHS: Form(
        {
            "record_no": "recordNo",
            "person": "idCard",
            "name": "name",
            "died_on": "deathDate",
            "basis": "basis",
            "status": "status",
            "county": "countyCode",
        },
        "updatedAt",
        "%Y-%m-%dT%H:%M:%S+08:00",
    ),
    SETTLEMENTS: Form(
        {
            "record_no": "setl_id",
            "person": "certno",
            "name": "psn_name",
            "visit_type": "med_type",
            "insurance_type": "insutype",
            "started_on": "begndate",
            "ended_on": "enddate",
            "settled_on": "setl_date",
            "hospital": "fixmedins_code",
            "total_fen": "medfee_sumamt",
            "pool_fund_fen": "fund_pay_sumamt",
            "account_fen": "acct_pay",
            "place_of_insurance": "insu_admdvs",
        },
        "updt_time",
        "%Y-%m-%d %H:%M:%S+08:00",
    ),
    EMPLOYEES: Form(
        {
            "record_no": "人员编号",
            "person": "身份证号",
            "name": "姓名",
            "unit": "单位名称",
            "staffing": "编制类型",
            "rank": "职级",
            "posted_on": "任职日期",
            "left_on": "离职日期",
            "managed_by": "管理地区",
        },
        "更新时间",
        "%Y-%m-%d %H:%M:%S",
    ),
    DUI_CASES: Form(
        {
            "record_no": "caseNo",
            "person": "idNo",
            "name": "name",
            "caught_on": "caughtOn",
            "offence": "offence",
            "alcohol_mg": "alcoholMg",
            "retest_mg": "retestMg",
            "vehicle": "vehicle",
            "identity": "identityState",
            "county": "countyCode",
        },
        "updatedAt",
        "%Y-%m-%dT%H:%M:%S+08:00",
    ),
}


def written(dataset: str, rows: pa.Table) -> pa.Table:
    """The draft as the agency holds it: text columns, the cursor, and `changed_at` as a moment."""
    form = FORMS[dataset]
    columns = {theirs: _text(rows.schema.field(ours), rows[ours]) for ours, theirs in form.columns.items()}
    changed = np.asarray(rows[CHANGED_AT])
    columns[form.cursor] = _local_time(changed, form.time_format)
    columns[CHANGED_AT] = pa.array(changed * 1_000_000).cast(_MOMENT)
    return pa.table(columns)


def record_column(dataset: str) -> str:
    """The agency's column of the record key."""
    return FORMS[dataset].columns["record_no"]


def _text(field: pa.Field, column: pa.ChunkedArray) -> pa.ChunkedArray:
    if field.name.endswith("_fen"):
        return _yuan(column)
    return column if pa.types.is_string(field.type) else pc.cast(column, pa.string())


_CENTS = pa.array([f"{cents:02d}" for cents in range(100)])


def _yuan(column: pa.ChunkedArray) -> pa.Array:
    fen = np.asarray(column)
    return pc.binary_join_element_wise(pa.array(fen // 100).cast(pa.string()), _CENTS.take(pa.array(fen % 100)), ".")


def _local_time(at: Ints, form: str) -> pa.Array:
    # Shanghai is eight hours ahead all year, so that a plain shift prints its wall clock.
    return pc.strftime(pa.array(at + 8 * 3600).cast(pa.timestamp("s")), format=form)
