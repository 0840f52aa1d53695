"""How each agency writes a draft down: its own column names, everything as text, its own way with times and months."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.drafts import (
    APPOINTMENTS,
    ASSETS,
    BIDS,
    CADRES,
    CANCELLATIONS,
    COMPLAINTS,
    CONTRACTS,
    DEATH_CERTIFICATES,
    DEATHS,
    DETENTIONS,
    DIBAO,
    DISABILITY_SUBSIDY,
    DUI_CASES,
    EMPLOYEES,
    ENROLMENTS,
    ID_CHANGES,
    MARRIAGES,
    PAYMENTS,
    PAYROLL,
    PENSIONS,
    POSTS,
    SETTLEMENTS,
    SPECIAL_HARDSHIP,
    SUPPLIERS,
    TENDERS,
    VEHICLES,
)
from simulator.times import Ints

CHANGED_AT = "changed_at"
MONTH_FIELDS = frozenset({"month", "from_month", "to_month"})
_MOMENT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Form:
    """`columns`: the agency's name for each field of the draft; `cursor`: its column of the time of change."""

    columns: dict[str, str]
    cursor: str
    time_format: str
    month_format: str


def _civil_affairs(key: str = "recordNo", **columns: str) -> Form:
    person = {"record_no": key, "person": "idCard", "name": "name"}
    return Form({**person, **columns}, "updatedAt", "%Y-%m-%dT%H:%M:%S+08:00", "%Y-%m")


def _health(key: str, **columns: str) -> Form:
    person = {"record_no": key, "person": "certno", "name": "psn_name"}
    return Form({**person, **columns}, "updt_time", "%Y-%m-%d %H:%M:%S+08:00", "%Y%m")


def _sheet(key: str, person: str = "身份证号", name: str = "姓名", **columns: str) -> Form:
    first = {"record_no": key, "person": person, "name": name}
    return Form({**first, **columns}, "更新时间", "%Y-%m-%d %H:%M:%S", "%Y%m")


def _police(key: str, **columns: str) -> Form:
    person = {"record_no": key, "person": "idNo", "name": "name"}
    return Form({**person, **columns}, "updatedAt", "%Y-%m-%dT%H:%M:%S+08:00", "%Y-%m")


def _release(**columns: str) -> Form:
    """Of open contracting: dotted paths into a release."""
    return Form({"ocid": "ocid", **columns}, "date", "%Y-%m-%dT%H:%M:%S+08:00", "%Y-%m")


_MONTHLY = {"month": "month", "amount_fen": "amount", "county": "countyCode"}
_MONTHLY_SHEET = {"month": "所属期", "amount_fen": "金额", "county": "发放地区"}

FORMS = {
    DEATHS: _civil_affairs(died_on="deathDate", basis="basis", status="status", county="countyCode"),
    DIBAO: _civil_affairs(**{"household": "householdNo", "area": "area", "class": "class", "mode": "mode", **_MONTHLY}),
    SPECIAL_HARDSHIP: _civil_affairs(**_MONTHLY),
    DISABILITY_SUBSIDY: _civil_affairs(kind="kind", **_MONTHLY),
    MARRIAGES: _civil_affairs(
        spouse="spouseIdCard", spouse_name="spouseName", married_on="marriedOn", divorced_on="divorcedOn"
    ),
    SETTLEMENTS: _health(
        "setl_id",
        visit_type="med_type",
        insurance_type="insutype",
        started_on="begndate",
        ended_on="enddate",
        settled_on="setl_date",
        hospital="fixmedins_code",
        diagnosis="dise_codg",
        total_fen="medfee_sumamt",
        pool_fund_fen="fund_pay_sumamt",
        account_fen="acct_pay",
        place_of_insurance="insu_admdvs",
    ),
    DEATH_CERTIFICATES: _health("cert_id", died_on="death_date", county="admdvs", valid="vali_flag"),
    ENROLMENTS: _health(
        "insu_id",
        insurance_type="insutype",
        from_month="begn_ym",
        to_month="end_ym",
        paid_on="pay_date",
        place_of_insurance="insu_admdvs",
        valid="vali_flag",
    ),
    EMPLOYEES: _sheet(
        "人员编号",
        unit="单位名称",
        staffing="编制类型",
        rank="职级",
        posted_on="任职日期",
        left_on="离职日期",
        managed_by="管理地区",
    ),
    PAYROLL: _sheet("工资编号", unit="单位编码", kind="项目", **_MONTHLY_SHEET),
    PENSIONS: _sheet("发放编号", kind="项目", paid_on="发放日期", returned_on="退回日期", **_MONTHLY_SHEET),
    POSTS: _sheet("补贴编号", area="岗位类别", **_MONTHLY_SHEET),
    APPOINTMENTS: _sheet("任职编号", unit="单位编码", kind="任职方式", from_on="起始日期", to_on="终止日期"),
    CANCELLATIONS: _police("cancelNo", reason="reason", died_on="deathDate", status="status", county="countyCode"),
    DUI_CASES: _police(
        "caseNo",
        caught_on="caughtOn",
        offence="offence",
        alcohol_mg="alcoholMg",
        retest_mg="retestMg",
        vehicle="vehicle",
        identity="identityState",
        county="countyCode",
    ),
    VEHICLES: _police("vehicleNo", kind="kind", registered_on="registeredOn", ended_on="endedOn"),
    DETENTIONS: _police("detentionNo", measure="measure", from_on="fromOn", to_on="toOn", outcome="outcome"),
    # One name stands in the file; both numbers are of the same person.
    ID_CHANGES: _police("changeNo", old_person="oldIdNo"),
    PAYMENTS: _sheet(
        "支付编号",
        "收款人证件号",
        "收款人姓名",
        subsidy="补贴项目",
        paid_for="发放对象",
        paid_on="支付日期",
        returned_on="退回日期",
        **_MONTHLY_SHEET,
    ),
    TENDERS: _release(
        record_no="tender.items.id",
        buyer="buyer.id",
        buyer_name="buyer.name",
        method="tender.procurementMethodDetails",
        status="tender.statusDetails",
        published_on="tender.tenderPeriod.startDate",
        closes_on="tender.tenderPeriod.endDate",
        budget_fen="tender.value.amount",
        item="tender.items.classification.id",
        specification="tender.items.description",
        unit="tender.items.unit.name",
        quantity="tender.items.quantity",
    ),
    BIDS: _release(
        record_no="bids.details.id",
        bidder="bids.details.tenderers.0.id",
        amount_fen="bids.details.value.amount",
        status="bids.details.statusDetails",
    ),
    CONTRACTS: _release(
        record_no="contracts.id",
        buyer="buyer.id",
        supplier="awards.0.suppliers.0.id",
        kind="contracts.typeDetails",
        item="contracts.items.0.classification.id",
        specification="contracts.items.0.description",
        unit="contracts.items.0.unit.name",
        quantity="contracts.items.0.quantity",
        unit_price_fen="contracts.items.0.unit.value.amount",
        amount_fen="contracts.value.amount",
        signed_on="contracts.dateSigned",
        from_on="contracts.period.startDate",
        to_on="contracts.period.endDate",
    ),
    SUPPLIERS: _sheet(
        "登记编号",
        "证件号码",
        supplier="统一社会信用代码",
        supplier_name="供应商名称",
        role="身份",
        owner="股东信用代码",
        share_percent="持股比例",
        from_on="起始日期",
        to_on="终止日期",
    ),
    COMPLAINTS: Form(
        {
            "record_no": "complaintNo",
            "platform": "platform",
            "topic": "topic",
            "region": "regionCode",
            "received_at": "receivedAt",
            "answered_at": "answeredAt",
            "satisfaction": "satisfaction",
        },
        "updatedAt",
        "%Y-%m-%dT%H:%M:%S+08:00",
        "%Y-%m",
    ),
    ASSETS: Form(
        {
            "record_no": "台账编号",
            "county": "县区代码",
            "township": "乡镇代码",
            "village": "村代码",
            "asset": "资产编号",
            "kind": "资产类别",
            "lessee": "承租方类型",
            "person": "承租人身份证号",
            "name": "承租人姓名",
            "firm": "承租单位信用代码",
            "from_on": "租期开始",
            "to_on": "租期结束",
            "year": "年度",
            "rent_due_fen": "应收租金",
            "rent_paid_fen": "已收租金",
            "remark": "减免说明",
        },
        "更新时间",
        "%Y-%m-%d %H:%M:%S",
        "%Y%m",
    ),
    CADRES: _sheet(
        "任职编号",
        county="县区代码",
        township="乡镇代码",
        village="村代码",
        post="职务",
        from_on="任职日期",
        to_on="离任日期",
    ),
}
# How the platforms of the hotlines write a moment: one only the day, one without blanks, one in UTC.
PLATFORM_TIMES = {
    "政务热线": "%Y-%m-%d %H:%M:%S",
    "纪检举报": "%Y-%m-%d",
    "监督一点通": "%Y-%m-%dT%H:%M:%S+08:00",
    "扫码直达": "%Y-%m-%dT%H:%M:%SZ",
    "网上信访": "%Y%m%dT%H%M%S",
}
_TIMES_OF_PLATFORMS = ("received_at", "answered_at")


def written(dataset: str, rows: pa.Table) -> pa.Table:
    """The draft as the agency holds it: text columns, the cursor, and `changed_at` as a moment."""
    form = FORMS[dataset]
    columns = {theirs: _text(rows.schema.field(ours), rows[ours], form) for ours, theirs in form.columns.items()}
    for ours in (name for name in _TIMES_OF_PLATFORMS if name in form.columns):
        columns[form.columns[ours]] = _platform_times(rows[ours], rows["platform"])
    changed = np.asarray(rows[CHANGED_AT])
    columns[form.cursor] = _local_time(changed, form.time_format)
    columns[CHANGED_AT] = pa.array(changed * 1_000_000).cast(_MOMENT)
    return pa.table(columns)


def record_column(dataset: str) -> str:
    """The agency's column of the record key."""
    return FORMS[dataset].columns["record_no"]


def _text(field: pa.Field, column: pa.ChunkedArray, form: Form) -> pa.ChunkedArray:
    if field.name.endswith("_fen"):
        return _yuan(column)
    if field.name in MONTH_FIELDS:
        return pc.strftime(column, format=form.month_format)
    return column if pa.types.is_string(field.type) else pc.cast(column, pa.string())


_AHEAD_OF_UTC = 8 * 3600  # seconds
_CENTS = pa.array([f"{cents:02d}" for cents in range(100)])


def _yuan(column: pa.ChunkedArray) -> pa.Array:
    fen = np.asarray(column)
    return pc.binary_join_element_wise(pa.array(fen // 100).cast(pa.string()), _CENTS.take(pa.array(fen % 100)), ".")


def _platform_times(at: pa.ChunkedArray, platform: pa.ChunkedArray) -> pa.Array:
    written = pa.nulls(len(at), pa.string())
    for name, form in PLATFORM_TIMES.items():
        local = at if form.endswith("Z") else pc.add(at, _AHEAD_OF_UTC)
        text = pc.strftime(pc.cast(local, pa.timestamp("s")), format=form)
        written = pc.if_else(pc.equal(platform, name), text, written)
    return written


def _local_time(at: Ints, form: str) -> pa.Array:
    # Shanghai is eight hours ahead all year, so that a plain shift prints its wall clock.
    return pc.strftime(pa.array(at + _AHEAD_OF_UTC).cast(pa.timestamp("s")), format=form)
