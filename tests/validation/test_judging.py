"""The verdict on seeded batches: every seeded defect is found, nothing else is, and what is broken never passes."""

import subprocess
import sys
from collections import Counter

import pandas as pd
import pyarrow as pa
import pytest

from hedui import shelves
from hedui.model.errors import LandingBroken, ValidationFailed
from hedui.validation.duckdb_engine import prepared_gx
from hedui.validation.judging import judge
from hedui.validation.preparation import prepare
from tests.validation.conftest import COLLECTIVE, FIRM, RECEIVED, person

# Defects of one row under the contract's names, with the field that the clerk is to mend; "" means nothing is wrong.
_MONTHLY = [
    ({"month": "2025-13"}, "month"),
    ({"month": ""}, "month"),
    ({"month": "1989-12"}, "month"),
    ({"month": "1990-01"}, ""),
    ({"month": "2025-04"}, "month"),
    ({"month": "202502"}, ""),
    ({"month": "2025年2月"}, ""),
    ({"amount_yuan": "0"}, "amount_yuan"),
    ({"amount_yuan": "-685"}, "amount_yuan"),
    ({"amount_yuan": "0.01"}, ""),
    ({"county": ""}, "county"),
    ({"county": "城关区"}, "county"),
    ({"county": "62010"}, "county"),
    ({"county": "620102001"}, "county"),
    ({"county": "999999"}, "county"),
    ({"county": "429021"}, ""),
]
_RETURNED = [
    ({"paid_on": "2025-03-11"}, "paid_on"),
    ({"paid_on": ""}, ""),
    ({"returned_on": "2025-03-07"}, "returned_on"),
    ({"returned_on": "2025-03-08"}, ""),
    ({"returned_on": "2026-07-01"}, ""),
    ({"returned_on": "2026-07-02"}, "returned_on"),
]
_OF_A_FIRM = {"lessee": "企业", "person": "", "name": ""}
_IN_A_VILLAGE = [
    ({"county": "990102"}, "county"),
    ({"township": "620102"}, "township"),
    ({"township": "990102100"}, "township"),
    ({"village": "62010210020"}, "village"),
    ({"village": ""}, "village"),
]
SEEDS = {
    "agriculture.collective_assets": [
        *_IN_A_VILLAGE,
        ({"asset": ""}, "asset"),
        ({"kind": "草地"}, "kind"),
        ({"lessee": "集体"}, "lessee"),
        ({"person": ""}, "person"),
        ({"person": "110105194912310021"}, "person"),
        ({**_OF_A_FIRM, "firm": FIRM}, ""),
        ({**_OF_A_FIRM, "firm": COLLECTIVE}, ""),
        ({**_OF_A_FIRM, "firm": ""}, "firm"),
        ({**_OF_A_FIRM, "firm": FIRM[:-1] + "0"}, "firm"),
        ({"from_on": "1948-12-31"}, "from_on"),
        ({"from_on": "2026-03-03"}, "from_on"),
        ({"to_on": "2021-12-26"}, "to_on"),
        ({"to_on": ""}, "to_on"),
        ({"year": "23"}, "year"),
        ({"rent_due_yuan": "-1"}, "rent_due_yuan"),
        ({"rent_paid_yuan": ""}, "rent_paid_yuan"),
        ({"rent_paid_yuan": "0"}, ""),
        ({"remark": "优惠"}, "remark"),
    ],
    "agriculture.village_cadres": [
        *_IN_A_VILLAGE,
        ({"person": "110105194912310021"}, "person"),
        ({"name": ""}, "name"),
        ({"post": "村长"}, "post"),
        ({"from_on": "1948-12-31"}, "from_on"),
        ({"from_on": "2026-03-03"}, "from_on"),
        ({"to_on": "2021-10-17"}, "to_on"),
        ({"to_on": "2021-10-18"}, ""),
    ],
    "civil_affairs.deaths": [
        ({"record_no": ""}, "record_no"),
        ({"person": ""}, "person"),
        ({"person": "11010119900307867X"}, "person"),
        ({"person": "1.23E+17"}, "person"),
        ({"name": " "}, "name"),
        ({"died_on": "2025-02-30"}, "died_on"),
        ({"died_on": ""}, "died_on"),
        ({"died_on": "2025-03-03"}, "died_on"),
        ({"died_on": "2025-03-02"}, ""),
        ({"died_on": "0205-03-01"}, "died_on"),
        ({"basis": "其他"}, "basis"),
        ({"status": "作废"}, "status"),
        ({"updated_at": "?"}, "updated_at"),
        ({"county": "999999"}, "county"),
        ({"county": "城关区"}, "county"),
        ({"person": "999999194912310024"[:17] + "X"}, "person"),
        ({"person": "ABC123456789012"}, ""),
    ],
    "civil_affairs.dibao": [
        *_MONTHLY,
        ({"household": ""}, "household"),
        ({"class": "五类"}, "class"),
        ({"area": "农业"}, "area"),
        ({"mode": ""}, "mode"),
    ],
    "civil_affairs.special_hardship": _MONTHLY,
    "civil_affairs.disability_subsidy": [*_MONTHLY, ({"kind": "生活"}, "kind")],
    "civil_affairs.marriages": [
        ({"spouse": ""}, "spouse"),
        ({"spouse": "110105194912310021"}, "spouse"),
        ({"spouse_name": ""}, "spouse_name"),
        ({"person": "11010519491231002x"}, "spouse"),
        ({"married_on": "2025-03-03"}, "married_on"),
        ({"divorced_on": "2001-04-30"}, "divorced_on"),
        ({"divorced_on": "2025-03-03"}, "divorced_on"),
        ({"divorced_on": "2001-05-01"}, ""),
    ],
    "finance.subsidy_payments": [
        *_MONTHLY,
        *_RETURNED,
        ({"person": "620102193103012000"}, "person"),
        ({"subsidy": "补贴"}, "subsidy"),
        ({"paid_for": "集体"}, "paid_for"),
    ],
    "health.settlements": [
        ({"ended_on": "2025-02-28"}, "ended_on"),
        ({"ended_on": ""}, ""),
        ({"pool_fund_yuan": "-1"}, "pool_fund_yuan"),
        ({"pool_fund_yuan": "120.51"}, "pool_fund_yuan"),
        ({"pool_fund_yuan": "120.50"}, ""),
        ({"pool_fund_yuan": "eighty"}, "pool_fund_yuan"),
        ({"visit_type": "99"}, "visit_type"),
        ({"insurance_type": "31"}, "insurance_type"),
        ({"started_on": "2025-13-01"}, "started_on"),
        ({"hospital": ""}, "hospital"),
        ({"diagnosis": ""}, ""),
        ({"diagnosis": "", "visit_type": "21"}, "diagnosis"),
        ({"diagnosis": "N18.9", "visit_type": "21"}, ""),
        ({"diagnosis": "高血压"}, "diagnosis"),
        ({"place_of_insurance": ""}, "place_of_insurance"),
        ({"place_of_insurance": "000000"}, "place_of_insurance"),
        ({"ended_on": "2026-07-02"}, "ended_on"),
    ],
    "health.death_certificates": [
        ({"valid": "9"}, "valid"),
        ({"valid": "0"}, ""),
        ({"died_on": "2025-03-03"}, "died_on"),
        ({"county": ""}, "county"),
    ],
    "health.enrolments": [
        ({"from_month": ""}, "from_month"),
        ({"from_month": "195012"}, "from_month"),
        ({"from_month": "195101"}, ""),
        ({"from_month": "2025-01-01"}, ""),
        ({"to_month": "202412"}, "to_month"),
        ({"to_month": "202501"}, ""),
        ({"to_month": ""}, ""),
        ({"to_month": "209913"}, "to_month"),
        ({"paid_on": ""}, "paid_on"),
        ({"paid_on": "", "insurance_type": "310"}, ""),
        ({"paid_on": "2024-11-22"}, "paid_on"),
        ({"insurance_type": "510"}, "insurance_type"),
    ],
    "hotlines.complaints": [
        ({"platform": "微信"}, "platform"),
        ({"platform": ""}, "platform"),
        ({"topic": "其他"}, "topic"),
        ({"region": "990503"}, "region"),
        ({"received_at": "?"}, "received_at"),
        ({"received_at": "2025-06-07 13:05:41", "answered_at": ""}, "received_at"),
        ({"answered_at": "2025-05-31 13:05:41"}, "answered_at"),
        ({"answered_at": "2026-07-02 00:00:00"}, "answered_at"),
        ({"answered_at": "2026-07-01 23:59:59"}, ""),
        ({"answered_at": ""}, ""),
        ({"satisfaction": "六星"}, "satisfaction"),
        ({"satisfaction": ""}, ""),
    ],
    "hr.public_employees": [
        ({"person": "620102193103012000"}, "person"),
        ({"left_on": "2010-06-30"}, "left_on"),
        ({"left_on": "2010-07-01"}, ""),
        ({"staffing": "临时"}, "staffing"),
        ({"posted_on": ""}, "posted_on"),
        ({"managed_by": "ABC"}, "managed_by"),
    ],
    "hr.payroll": [*_MONTHLY, ({"month": "45717"}, ""), ({"kind": "奖金"}, "kind"), ({"unit": ""}, "unit")],
    "hr.pensions": [*_MONTHLY, *_RETURNED, ({"kind": "工资"}, "kind")],
    "hr.public_welfare_posts": [*_MONTHLY, ({"person": "620102193103012000"}, "person"), ({"area": "城市"}, "area")],
    "hr.appointments": [
        ({"kind": "兼职"}, "kind"),
        ({"to_on": "2024-08-31"}, "to_on"),
        ({"to_on": "2024-09-01"}, ""),
        ({"to_on": "45536"}, ""),
        ({"from_on": "2030-01-01"}, ""),
    ],
    "police.dui_cases": [
        ({"caught_on": "2026-01-07"}, "caught_on"),
        ({"offence": "超速"}, "offence"),
        ({"vehicle": ""}, "vehicle"),
        ({"identity": "不详"}, "identity"),
        ({"alcohol_mg": "-3"}, "alcohol_mg"),
        ({"retest_mg": "many"}, "retest_mg"),
        ({"retest_mg": ""}, ""),
    ],
    "police.household_cancellations": [
        ({"reason": "死亡", "died_on": ""}, "died_on"),
        ({"reason": "出国", "died_on": ""}, ""),
        ({"reason": "", "died_on": ""}, "reason"),
        ({"died_on": "2025-03-03"}, "died_on"),
        ({"status": "撤销"}, "status"),
        ({"status": "恢复"}, ""),
    ],
    "police.vehicles": [
        ({"kind": "自行车"}, "kind"),
        ({"registered_on": "1019-10-01"}, "registered_on"),
        ({"ended_on": "2019-09-30"}, "ended_on"),
        ({"ended_on": "2025-03-03"}, "ended_on"),
        ({"ended_on": "2019-10-01"}, ""),
    ],
    "police.detentions": [
        ({"measure": "留置"}, "measure"),
        ({"outcome": "无罪"}, ""),
        ({"outcome": "有罪"}, "outcome"),
        ({"to_on": "2024-09-30"}, "to_on"),
        ({"to_on": "2034-09-30"}, ""),
        ({"from_on": "2025-03-03"}, "from_on"),
    ],
    "police.id_changes": [
        ({"old_person": ""}, "old_person"),
        ({"old_person": "110105194912310021"}, "old_person"),
        ({"person": "110105194912310021"}, "person"),
        ({"person": "11010519491231002X"}, "person"),
        ({"name": ""}, "name"),
    ],
    "supervision.report_answers": [
        ({"reference": ""}, "reference"),
        ({"reference": "N000001"}, "reference"),
        ({"reference": "finance.subsidy_payments-20260630-5c1e0a7d#七"}, "reference"),
        ({"result": ""}, ""),
        ({"result": "Right as it is"}, ""),
        ({"result": "已经处理了"}, "result"),
        ({"listed_at": ""}, "listed_at"),
        ({"listed_at": "昨天"}, "listed_at"),
        ({"listed_at": "2019-12-31 08:00:00"}, "listed_at"),
        ({"listed_at": "2026-07-02 00:00:00"}, "listed_at"),
    ],
    "trading.bids": [
        ({"tender": ""}, "tender"),
        ({"bidder": ""}, "bidder"),
        ({"bidder": "B" + FIRM[1:]}, "bidder"),
        ({"bidder": COLLECTIVE}, ""),
        ({"amount_yuan": "0"}, "amount_yuan"),
        ({"status": "待定"}, "status"),
    ],
    "trading.contracts": [
        ({"buyer": "116201020000000170"}, "buyer"),
        ({"supplier": FIRM[:9] + "O" + FIRM[10:]}, "supplier"),
        ({"kind": "口头"}, "kind"),
        ({"item": ""}, "item"),
        ({"specification": ""}, "specification"),
        ({"unit": ""}, "unit"),
        ({"amount_yuan": "51145.62"}, "amount_yuan"),
        ({"amount_yuan": "51145.61"}, ""),
        ({"quantity": "0", "amount_yuan": "0.01"}, "quantity"),
        ({"signed_on": "1999-12-31"}, "signed_on"),
        ({"signed_on": "2026-03-04"}, "signed_on"),
        ({"from_on": ""}, "from_on"),
        ({"to_on": "2026-03-08"}, "to_on"),
    ],
    "trading.suppliers": [
        ({"supplier": FIRM[:-1] + "0"}, "supplier"),
        ({"role": "监事"}, "role"),
        ({"person": ""}, "person"),
        ({"name": ""}, "name"),
        ({"role": "自然人股东"}, "share_percent"),
        ({"role": "自然人股东", "share_percent": "55"}, ""),
        ({"role": "自然人股东", "share_percent": "101"}, "share_percent"),
        ({"role": "企业股东", "person": "", "name": "", "owner": FIRM, "share_percent": "45"}, ""),
        ({"role": "企业股东", "person": "", "name": "", "owner": "", "share_percent": "45"}, "owner"),
        ({"role": "企业股东", "person": "", "name": "", "owner": "1", "share_percent": "45"}, "owner"),
        ({"from_on": "1948-12-31"}, "from_on"),
        ({"to_on": "2020-05-06"}, "to_on"),
    ],
    "trading.tenders": [
        ({"buyer": ""}, "buyer"),
        ({"method": "抽签"}, "method"),
        ({"status": "作废"}, "status"),
        ({"published_on": "1999-12-31"}, "published_on"),
        ({"published_on": "2026-03-04", "closes_on": "2026-03-05"}, "published_on"),
        ({"closes_on": "2026-01-28"}, "closes_on"),
        ({"budget_yuan": "many"}, "budget_yuan"),
        ({"quantity": "-1"}, "quantity"),
        ({"unit": ""}, "unit"),
    ],
}
# Of every dataset that agencies hold, whatever it is of.
_OF_EACH = [
    ({"record_no": ""}, "record_no"),
    ({"updated_at": ""}, "updated_at"),
    ({"updated_at": "2026-07-02 00:00:00"}, "updated_at"),
    ({"updated_at": "2026-07-01 23:59:59"}, ""),
]


def test_seeds_are_of_all_datasets():
    assert SEEDS.keys() == shelves.datasets().keys()


@pytest.mark.parametrize("name", SEEDS)
def test_every_seeded_defect_is_found_and_nothing_else(name, landed, tmp_path):
    times = 3
    of_each = () if shelves.dataset(name).answers else _OF_EACH
    seeds = [seed for seed in (*SEEDS[name], *of_each) for _ in range(times)]
    batch = landed(name, 1_000, [defect for defect, _ in seeds])
    verdict = judge(shelves.dataset(name), [batch], tmp_path, known=RECEIVED)
    expected = Counter(field for _, field in seeds if field)
    # Two numbers of one row may each fail more than one expectation: what counts is the row and the field.
    found = {(bad["row"], bad["field"]) for bad in verdict.bad_rows.to_pylist()}
    assert found == {(row, field) for row, (_, field) in enumerate(seeds) if field}
    assert Counter(field for _, field in found) == expected
    assert verdict.quarantined.to_pylist() == [row for row, (_, field) in enumerate(seeds) if field]
    assert (verdict.pulled, verdict.outcome) == (1_000, "accepted")
    assert sum(finding.count for finding in verdict.findings) == verdict.bad_rows.num_rows


@pytest.mark.parametrize(
    ("name", "field", "text"), [("health.enrolments", "paid_on", "2024-02-30"), ("hr.payroll", "month", "2025-13")]
)
def test_what_cannot_be_read_is_not_called_missing_as_well(name, field, text, landed, tmp_path):
    verdict = judge(shelves.dataset(name), [landed(name, 9, [{field: text}, {field: ""}])], tmp_path)
    missing = [{bad["row"] for bad in verdict.bad_rows.to_pylist() if bad["finding"] == n} for n in range(2)]
    assert len(verdict.findings) == 2 and missing == [{0}, {1}]


def test_repairs_are_counted_and_no_reason_to_hold_back(landed, tmp_path):
    defects = [
        {"person": person(0).lower() + " "},
        {"person": "１" + person(1)[1:]},
        {"died_on": "20250301"},
        {"name": " 马秀英"},
    ]
    defects[1] = {"person": person(1).translate(str.maketrans("0123456789", "０１２３４５６７８９"))}
    verdict = judge(shelves.dataset("civil_affairs.deaths"), [landed("civil_affairs.deaths", 9, defects)], tmp_path)
    assert verdict.bad_rows.num_rows == 0 and verdict.repaired == 4
    assert verdict.repairs[("person", "full_width")] == 1 and verdict.repairs[("died_on", "date_form")] == 1


def test_failing_rows_are_complete_however_many(landed, tmp_path):
    batch = landed("police.dui_cases", 5_000, [{"person": "?"}] * 450)
    verdict = judge(shelves.dataset("police.dui_cases"), [batch[:3_000], batch[3_000:]], tmp_path)
    assert verdict.quarantined.to_pylist() == list(range(450))
    assert verdict.findings[0].count == 450


def test_a_copy_and_a_correction_pass_and_a_contradiction_does_not(landed, tmp_path):
    same = {"record_no": "A", "person": person(1)}
    corrected = {**same, "updated_at": "2025-03-03T09:30:00+08:00", "status": "撤销"}
    contradicting = [{"record_no": "B", "person": person(2)}, {"record_no": "B", "person": person(2), "status": "撤销"}]
    batch = landed("civil_affairs.deaths", 8, [same, same, corrected, *contradicting])
    assert judge(shelves.dataset("civil_affairs.deaths"), [batch], tmp_path).quarantined.to_pylist() == [3, 4]


def test_too_many_bad_rows_reject_the_whole_batch(landed, tmp_path):
    dataset = shelves.dataset("police.dui_cases")
    few = judge(dataset, [landed("police.dui_cases", 1_200, [{"person": "?"}] * 120)], tmp_path)
    many = judge(dataset, [landed("police.dui_cases", 1_200, [{"person": "?"}] * 121)], tmp_path)
    small = judge(dataset, [landed("police.dui_cases", 10, [{"person": "?"}] * 5)], tmp_path)
    assert [few.outcome, many.outcome, small.outcome] == ["accepted", "rejected", "accepted"]
    assert "121" in many.rejected_because.zh and "10%" in many.rejected_because.en


def test_an_expectation_can_reject_the_batch_by_itself(landed, tmp_path, changed_suite):
    def stricter(suite):
        for expectation in suite["expectations"]:
            if expectation["kwargs"].get("column") == "offence":
                expectation["meta"]["on_failure"] = "reject_batch"

    file = changed_suite("police.dui_cases", stricter)
    batch = landed("police.dui_cases", 10, [{"offence": "超速"}])
    verdict = judge(shelves.dataset("police.dui_cases"), [batch], tmp_path, file)
    assert verdict.outcome == "rejected" and verdict.rejected_because.zh == verdict.findings[0].title.zh


def test_an_empty_batch_is_accepted(landed, tmp_path):
    dataset = shelves.dataset("police.dui_cases")
    for batches in ([], [landed("police.dui_cases", 0)]):
        verdict = judge(dataset, batches, tmp_path)
        assert (verdict.outcome, verdict.pulled, verdict.quarantined.to_pylist()) == ("accepted", 0, [])


def test_no_raw_value_is_in_the_verdict(landed, tmp_path):
    batch = landed(
        "police.dui_cases", 30, [{"person": "SECRET-7", "offence": "SECRET-8", "caught_on": "SECRET-9"}] * 25
    )
    verdict = judge(shelves.dataset("police.dui_cases"), [batch], tmp_path)
    assert "SECRET" not in repr(verdict) and "SECRET" not in str(verdict.bad_rows.to_pylist())


# --- what is broken never passes ---


def _set(place, value):
    def alter(suite):
        target = next(one for one in suite["expectations"] if one["kwargs"].get("column") == "retest_mg")
        for step in place[:-1]:
            target = target[step]
        target[place[-1]] = value

    return alter


def _regex(regex):
    def alter(suite):
        suite["expectations"][-1] |= {"type": "expect_column_values_to_match_regex"}
        suite["expectations"][-1]["kwargs"] = {"column": "offence", "regex": regex}

    return alter


def _versions_of_no_column(suite):
    suite["expectations"][-1] |= {"type": "expect_rows_of_one_version_to_agree", "kwargs": {"column_list": []}}
    suite["expectations"][-1]["meta"]["on_failure"] = "warn"


BROKEN = {
    "an unknown column": (_set(["kwargs", "column"], "blood_alcohol"), "names the unknown column blood_alcohol"),
    "an unknown expectation": (_set(["type"], "expect_miracles"), "expect_miracles on retest_mg was not evaluated"),
    "an unknown argument": (_set(["kwargs", "colour"], "red"), "cannot read the suite"),
    "no advice": (lambda suite: suite["expectations"][-1]["meta"].pop("advice"), "advice"),
    "no treatment": (lambda suite: suite["expectations"][-1].pop("meta"), "meta"),
    "an unknown treatment": (_set(["meta", "on_failure"], "ignore"), "on_failure"),
    "another dataset's suite": (lambda suite: suite.update(name="hr.public_employees"), "is named hr.public_employees"),
    "no expectation": (lambda suite: suite.update(expectations=[]), "expectations"),
    "a condition": (_set(["kwargs", "row_condition"], "offence IS NULL"), "row_condition"),
    "an impossible argument": (_set(["kwargs", "min_value"], "not a number"), "cannot read the suite"),
    "a query that fails": (_regex("("), "expect_column_values_to_match_regex on offence could not be evaluated"),
    "versions told apart by nothing": (_versions_of_no_column, "cannot read the suite"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_suite_fails_closed_and_names_dataset_and_fault(fault, landed, tmp_path, changed_suite):
    alter, message = BROKEN[fault]
    file = changed_suite("police.dui_cases", alter)
    with pytest.raises(ValidationFailed) as raised:
        judge(
            shelves.dataset("police.dui_cases"), [landed("police.dui_cases", 5, [{"retest_mg": "90"}])], tmp_path, file
        )
    assert raised.value.where == "police.dui_cases" and message in str(raised.value)
    assert "expectations/police/dui_cases.json" in raised.value.remedy and "\n" not in str(raised.value)


def test_a_query_that_breaks_on_a_rows_value_fails_closed_without_it(landed, tmp_path, changed_suite):
    def as_a_number(suite):
        offence = next(one for one in suite["expectations"] if one["kwargs"].get("column") == "offence")
        offence |= {"type": "expect_column_values_to_be_between", "kwargs": {"column": "offence", "min_value": 1}}

    file, batch = changed_suite("police.dui_cases", as_a_number), landed("police.dui_cases", 5, [{"offence": "SECRET"}])
    with pytest.raises(ValidationFailed, match="expect_column_values_to_be_between on offence could not") as raised:
        judge(shelves.dataset("police.dui_cases"), [batch], tmp_path, file)
    assert "SECRET" not in str(raised.value)


def test_a_dataset_without_a_suite_is_not_validated(landed, tmp_path):
    with pytest.raises(ValidationFailed, match="has no suite"):
        judge(shelves.dataset("police.dui_cases"), [landed("police.dui_cases", 1)], tmp_path, tmp_path / "none.json")


def test_a_broken_landing_is_reported_as_itself(landed, tmp_path):
    def batches():
        yield landed("police.dui_cases", 5)
        raise LandingBroken("police.dui_cases", "the file was changed", "Extract the batch again")

    with pytest.raises(LandingBroken, match="the file was changed") as raised:
        judge(shelves.dataset("police.dui_cases"), batches(), tmp_path)
    assert raised.value.__suppress_context__ and raised.value.__cause__ is None


# --- Great Expectations itself ---


@pytest.mark.parametrize("name", sorted(shelves.datasets()))
def test_every_suite_is_great_expectations_own_format(name):
    from great_expectations.core.expectation_suite import expectationSuiteSchema

    gx = prepared_gx()
    text = shelves.suite_file(shelves.dataset(name)).read_text(encoding="utf-8")
    suite = gx.ExpectationSuite(**expectationSuiteSchema.loads(text))
    assert suite.name == name and suite.meta["great_expectations_version"] == gx.__version__


def test_pandas_and_duckdb_fail_the_same_rows(landed, tmp_path):
    gx = prepared_gx()
    from hedui.validation.expectations import ExpectColumnValuesToBeValidPersonIdentifier

    defects = [
        {"person": p}
        for p in ["?", "", person(1), "11010119900307867X", "ABC123456789012", "６" + person(5)[1:], "1" * 18]
    ]
    dataset, batch = shelves.dataset("civil_affairs.deaths"), landed("civil_affairs.deaths", 60, defects * 4)
    frame = prepare(batch, dataset).rows.to_pandas()
    asset = gx.get_context(mode="ephemeral").data_sources.add_pandas("frames").add_dataframe_asset("rows")
    whole = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": pd.DataFrame(frame)})
    result = whole.validate(ExpectColumnValuesToBeValidPersonIdentifier(column="person"), result_format="COMPLETE")
    on_pandas = sorted(frame["_row"].iloc[result.result["unexpected_index_list"]])
    verdict = judge(dataset, [batch], tmp_path)
    number = next(i for i, f in enumerate(verdict.findings) if f.expectation.endswith("valid_person_identifier"))
    on_duckdb = [bad["row"] for bad in verdict.bad_rows.to_pylist() if bad["finding"] == number]
    assert on_pandas == on_duckdb and len(on_duckdb) > 0


def test_reading_the_room_does_not_load_great_expectations():
    loaded = (
        "import sys, hedui.validation.judging, hedui.validation.preparation; print('great_expectations' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "False\n"
    )


def test_judging_is_silent_and_asks_no_host(landed, tmp_path):
    batch = landed("police.dui_cases", 5, [{"offence": "超速"}])
    with pa.OSFile(str(tmp_path / "batch"), "wb") as file, pa.ipc.new_file(file, batch.schema) as writer:
        writer.write(batch)
    quiet = f"""
import socket, sys
import pyarrow as pa
def refuse(*args): raise SystemExit("asked the network")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
from pathlib import Path
from hedui import shelves
from hedui.validation.judging import judge
batches = pa.ipc.open_file({str(tmp_path / "batch")!r})
verdict = judge(shelves.dataset("police.dui_cases"), [batches.get_batch(0)], Path({str(tmp_path)!r}))
assert verdict.findings[0].count == 1
"""
    done = subprocess.run([sys.executable, "-c", quiet], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
