"""Our own expectations: the same rows fail in DuckDB and in pandas, and what is said of a whole batch is the same."""

from collections import defaultdict

import pyarrow as pa
import pytest

from hedui import shelves
from hedui.model.errors import ValidationFailed
from hedui.validation.judging import judge
from hedui.validation.known import Known, Reference
from tests.validation.conftest import RECEIVED, sample
from tests.validation.on_pandas import failing
from tests.validation.test_judging import SEEDS

PLAUSIBLE = "expect_column_values_to_be_plausible_date"
TENDERS = {"trading.tenders.tender": ["ocds-62trade-T1"]}


def referring(name):
    values = [pa.RecordBatch.from_pydict({"value": TENDERS[name]})] if name in TENDERS else []
    return Reference(pa.string(), values, lambda column: column)


def knowing(**parameters):
    return Known({**RECEIVED.parameters, **parameters}, referring)


def like(rows, dataset, **categories):
    """Five batches before, of so many rows, all filled in."""
    return [{"rows": rows, "filled": dict.fromkeys(dataset.fields, rows), "categories": categories}] * 5


def judged(dataset, batch, known, folder, suite_file=None):
    """What DuckDB says, in the form of `failing`."""
    verdict = judge(dataset, [batch], folder, suite_file, known=known)
    rows = defaultdict(set)
    for bad in verdict.bad_rows.to_pylist():
        finding = verdict.findings[bad["finding"]]
        rows[finding.expectation, finding.field].add(bad["row"])
    return rows, {finding.expectation for finding in verdict.findings if not finding.count}


@pytest.mark.parametrize("name", SEEDS)
def test_the_same_rows_fail_on_pandas(name, landed, tmp_path):
    dataset = shelves.dataset(name)
    seeds = [{"tender": "ocds-62trade-T2"}] if "tender" in dataset.fields else []
    seeds += [defect for defect, _ in SEEDS[name]]
    same = [{"record_no": "A"}, {"record_no": "A", "updated_at": "2026-06-30 00:00:00"}] * 2
    contradicting = [{"record_no": "B"}, {"record_no": "B", next(iter(SEEDS[name][-1][0])): ""}]
    batch = landed(name, len(seeds) + 10, [*seeds, *same, *contradicting])
    known = knowing(
        announced_rows=1, earlier_batches=like(5_000, dataset, **{field: {"?": 5_000} for field in dataset.fields}),
        working_days=["2026-01-05"],
    )  # fmt: skip
    on_duckdb = judged(dataset, batch, known, tmp_path)
    assert on_duckdb == failing(dataset, batch, known, TENDERS)
    assert on_duckdb[0]
    # How many answers come back is nobody's habit.
    assert ("expect_table_row_count_to_be_usual" in on_duckdb[1]) != bool(dataset.answers)


@pytest.mark.parametrize("name", shelves.datasets())
def test_a_usual_sample_fails_nothing_on_pandas(name):
    dataset, batch = shelves.dataset(name), sample(name)
    known = knowing(announced_rows=10)
    tenders = {"trading.tenders.tender": batch.column("ocid").to_pylist()} if "tender" in dataset.fields else {}
    assert failing(dataset, batch, known, tenders) == ({}, set())


# --- what no suite on the shelf asks yet ---


def asking(kind, on_failure="warn", **arguments):
    """An expectation as a suite states it."""
    words = {"zh": "有错", "en": "A fault"}
    meta = {"on_failure": on_failure, "title": words, "advice": words}
    return {"type": kind, "kwargs": arguments, "severity": "info", "meta": meta}


FURTHER = {
    "an organisation code": (
        asking("expect_column_values_to_be_valid_organisation_code", column="specification"),
        {"specification": "12345678-8"},
        [{"specification": "12345678-9"}, {"specification": "A4"}],
    ),
    "a division code of any length": (
        asking("expect_column_values_to_be_valid_division_code", column="specification"),
        {"specification": "620102001"},
        [{"specification": "62010"}, {"specification": "970102"}],
    ),
    "a sum": (
        asking(
            "expect_last_column_to_be_sum_of_others",
            column_list=["quantity", "unit_price_yuan", "amount_yuan"],
            within=0.01,
        ),
        {"quantity": "40", "unit_price_yuan": "2", "amount_yuan": "42.01"},
        [{"amount_yuan": "42.02"}, {"amount_yuan": "41.98"}],
    ),
    "a plausible moment": (
        asking(PLAUSIBLE, column="updated_at", earliest="2026-01-01", latest="2026-06-30"),
        {"updated_at": "2026-06-30 23:59:59"},
        [{"updated_at": "2026-07-01 00:00:00"}, {"updated_at": "2025-12-31 23:59:59"}],
    ),
    "a known value": (
        asking("expect_column_values_to_be_known_in", column="tender", reference="trading.tenders.tender"),
        {"tender": "ocds-62trade-T1"},
        [{"tender": "ocds-62trade-T2"}],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", FURTHER)
def test_it_fails_on_what_is_wrong_alone_and_completely(what, landed, tmp_path, changed_suite):
    expectation, right, wrong = FURTHER[what]
    name = "trading.contracts"
    file = changed_suite(name, lambda suite: suite.update(expectations=[expectation]))
    defects = [{**right, **one} for one in wrong] * 150 + [right] * 5
    batch = landed(name, len(defects), defects)
    said, whole = judged(shelves.dataset(name), batch, knowing(), tmp_path, file)
    field = expectation["kwargs"].get("column") or expectation["kwargs"]["column_list"][0]
    assert said == {(expectation["type"], field): set(range(150 * len(wrong)))} and not whole
    assert failing(shelves.dataset(name), batch, knowing(), TENDERS, file) == (said, set())


@pytest.mark.parametrize(
    ("days", "covered"), [(["2026-03-03"], True), (["2026-03-03", "2026-03-04"], False), ([], True)]
)
def test_working_days_without_a_row_are_told(days, covered, landed, tmp_path, changed_suite):
    kind, name = "expect_column_to_cover_working_days", "trading.contracts"
    expectation = asking(kind, column="updated_at", days={"$PARAMETER": "working_days"})
    file = changed_suite(name, lambda suite: suite.update(expectations=[expectation]))
    batch, known = landed(name, 3), knowing(working_days=days)
    said = judged(shelves.dataset(name), batch, known, tmp_path, file)
    assert said == ({}, set() if covered else {kind}) == failing(shelves.dataset(name), batch, known, TENDERS, file)


# --- what is not known is passed over, and what is wrong never passes ---


def test_what_nothing_is_known_of_is_passed_over_and_told(landed, tmp_path):
    dataset, batch = shelves.dataset("trading.bids"), landed("trading.bids", 5, [{"tender": "unheard-of"}])
    verdict = judge(dataset, [batch], tmp_path)
    assert not verdict.findings
    assert [title.en for title in verdict.passed_over] == [
        "Before 1990 or in the future",
        "No tender has this number",
        "Far more or fewer rows than usual",
    ]
    empty = Known({**RECEIVED.parameters, "earlier_batches": []}, lambda _: Reference(pa.string(), [], list))
    assert [title.en for title in judge(dataset, [batch], tmp_path, known=empty).passed_over] == [
        "No tender has this number"
    ]


def test_an_empty_batch_is_judged_by_its_count_alone(landed, tmp_path):
    dataset = shelves.dataset("finance.subsidy_payments")
    known = knowing(announced_rows=7, earlier_batches=like(5_000, dataset), working_days=["2026-01-05"])
    verdict = judge(dataset, [landed("finance.subsidy_payments", 0)], tmp_path, known=known)
    assert {finding.expectation[-8:] for finding in verdict.findings} == {"to_equal", "be_usual"}
    assert verdict.outcome == "rejected" and verdict.profile.rows == 0


WRONG = {
    "a reference to nothing": (
        asking("expect_column_values_to_be_known_in", column="tender", reference="trading.tenders.ocid"),
        "refers to trading.tenders.ocid, of which nothing is kept",
    ),
    "no reference": (asking("expect_column_values_to_be_known_in", column="tender"), "of which nothing is kept"),
    "a reference to another agency": (
        asking("expect_column_values_to_be_known_in", column="supplier", reference="health.settlements.hospital"),
        "refers to health.settlements, which is not trading's to know",
    ),
    "a reference of another type": (
        asking("expect_column_values_to_be_known_in", column="tender", reference="trading.tenders.quantity"),
        "cannot be compared",
    ),
    "rows held back for a count": (
        asking("expect_table_row_count_to_equal", "quarantine_rows", value=3),
        "holds back rows for what concerns no row",
    ),
    "rows held back for a share": (
        asking("expect_column_filled_share_to_be_usual", "quarantine_rows", column="unit", earlier=[]),
        "holds back rows for what concerns no row",
    ),
    "a day that is none": (
        asking(PLAUSIBLE, column="signed_on", earliest="yesterday", latest="2026-01-01"),
        f"{PLAUSIBLE} on signed_on could not be evaluated",
    ),
    "a parameter that makes no sense": (
        asking("expect_table_row_count_to_be_usual", earlier={"$PARAMETER": "received_on"}),
        "cannot evaluate the suite",
    ),
    "an argument left out": (
        asking("expect_last_column_to_be_sum_of_others", column_list=["quantity", "amount_yuan"]),
        "cannot read the suite",
    ),
    "an argument of another type": (
        asking("expect_column_values_to_be_valid_division_code", column="unit", digits="six"),
        "cannot read the suite",
    ),
    "a sum of texts": (
        asking("expect_last_column_to_be_sum_of_others", column_list=["unit", "item"], within=0.01),
        "expect_last_column_to_be_sum_of_others on unit, item could not be evaluated",
    ),
    "days of what is no date": (
        asking("expect_column_to_cover_working_days", column="unit", days=["2026-01-05"]),
        "expect_column_to_cover_working_days on unit could not be evaluated",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_what_is_wrong_about_an_expectation_never_reads_as_no_bad_rows(fault, landed, tmp_path, changed_suite):
    expectation, message = WRONG[fault]
    file = changed_suite("trading.contracts", lambda suite: suite["expectations"].append(expectation))
    with pytest.raises(ValidationFailed) as raised:
        judge(shelves.dataset("trading.contracts"), [landed("trading.contracts", 3)], tmp_path, file, known=knowing())
    assert message in str(raised.value) and "\n" not in str(raised.value)


def test_a_profile_never_keeps_what_identifies_people(landed, tmp_path, changed_suite):
    shares = asking(
        "expect_column_category_shares_to_be_usual", column="person", earlier={"$PARAMETER": "earlier_batches"}
    )
    file = changed_suite("hr.payroll", lambda suite: suite["expectations"].append(shares))
    with pytest.raises(ValidationFailed, match="would keep values of person, which identify people"):
        judge(shelves.dataset("hr.payroll"), [landed("hr.payroll", 3)], tmp_path, file)
