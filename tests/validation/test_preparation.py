"""Preparing landed rows: types, simple repairs, and what cannot be read."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedui import shelves
from hedui.validation.preparation import prepare, prepared_schema
from hedui.validation.readers import (
    dates,
    decimals,
    integers,
    months,
    spreadsheet_dates,
    spreadsheet_months,
    timestamps,
    trimmed,
    without_nul,
)
from tests.validation.conftest import sample

DATES = {
    "2025-01-31": (date(2025, 1, 31), ""),
    "20250131": (date(2025, 1, 31), "date_form"),
    "2025-1-31": (date(2025, 1, 31), "date_form"),
    "2025/01/31": (date(2025, 1, 31), "date_form"),
    "2025.1.31": (date(2025, 1, 31), "date_form"),
    "2025年1月31日": (date(2025, 1, 31), "date_form"),
    "２０２５年１月３１日": (date(2025, 1, 31), "full_width date_form"),
    "2025-01-31 00:00:00": (date(2025, 1, 31), ""),
    " 2025-01-31\t": (date(2025, 1, 31), "blanks"),
    "'2025-01-31": (date(2025, 1, 31), "apostrophe"),
    " ＇2025/1/31": (date(2025, 1, 31), "blanks full_width apostrophe date_form"),
    "2024-02-29": (date(2024, 2, 29), ""),
    "": (None, ""),
    "  ": (None, ""),
}
UNREADABLE_DATES = [
    "2025-02-29",
    "2025-13-01",
    "2025-1-31-1",
    "0000-00-00",
    "2025",
    "45688",
    "2025131",
    "昨天",
    "'",
    "'25-1-31",
    "2025'01'31",
]


def counts(reading):
    """How many rows each repair changed."""
    return {repair: rows.sum() for repair, rows in reading.repairs.items()}


@pytest.mark.parametrize(("text", "meant"), DATES.items())
def test_a_date_is_read_in_every_usual_form_and_an_unusual_one_is_counted(text, meant):
    day, repair = meant
    reading = dates(pa.array(["2024-12-31", text]))
    assert reading.values.to_pylist() == [date(2024, 12, 31), day]
    assert counts(reading) == dict.fromkeys(repair.split(), 1)
    assert reading.unreadable is None


@pytest.mark.parametrize("text", UNREADABLE_DATES)
def test_a_date_that_has_no_single_meaning_is_marked_and_not_guessed(text):
    reading = dates(pa.array([text, "2024-12-31"]))
    assert reading.values.to_pylist() == [None, date(2024, 12, 31)]
    assert reading.unreadable.to_pylist() == [True, False] and not reading.repairs


def test_day_numbers_are_dates_only_where_spreadsheets_deliver(landed):
    assert spreadsheet_dates(pa.array(["45688"])).values.to_pylist() == [date(2025, 1, 31)]
    from_hr = landed("hr.public_employees", 1, [{"posted_on": "45688"}])
    from_registry = landed("civil_affairs.deaths", 1, [{"died_on": "45688"}])
    assert prepare(from_hr, shelves.dataset("hr.public_employees")).repairs == {("posted_on", "spreadsheet_date"): 1}
    prepared = prepare(from_registry, shelves.dataset("civil_affairs.deaths"))
    assert prepared.rows["_unreadable"].to_pylist() == ["died_on"]


MONTHS = {
    "2025-03": "",
    "202503": "",
    "2025-3": "month_form",
    "2025/3": "month_form",
    "2025/03": "month_form",
    "2025.3": "month_form",
    "2025.03": "month_form",
    "2025年3月": "month_form",
    "2025年03月份": "month_form",
    "2025-03-01": "month_form",
    "2025-03-31": "month_form",
    "20250315": "month_form",
    "2025年3月15日": "month_form",
    "2025-03-01 00:00:00": "month_form",
    "２０２５０３": "full_width",
    " 2025-03\t": "blanks",
    "’2025-03": "apostrophe",
}
# 2025.1 is January, or October of which a spreadsheet dropped the nought.
UNREADABLE_MONTHS = [
    "2025-13",
    "202500",
    "2025-00",
    "2025.1",
    "2025",
    "25-03",
    "2025033",
    "2025-02-30",
    "45717",
    "三月",
]


@pytest.mark.parametrize(("text", "repair"), MONTHS.items())
def test_a_month_is_stored_as_its_first_day_and_an_unusual_form_is_counted(text, repair):
    reading = months(pa.array(["2024-12", text]))
    assert reading.values.to_pylist() == [date(2024, 12, 1), date(2025, 3, 1)]
    assert reading.values.type == pa.date32() and reading.unreadable is None
    assert counts(reading) == ({repair: 1} if repair else {})


@pytest.mark.parametrize("text", UNREADABLE_MONTHS)
def test_a_month_that_has_no_single_meaning_is_marked_and_not_guessed(text):
    reading = months(pa.array([text, "202412", "2025.10"]))
    assert reading.values.to_pylist() == [None, date(2024, 12, 1), date(2025, 10, 1)]
    assert reading.unreadable.to_pylist() == [True, False, False] and counts(reading) == {"month_form": 1}


def test_no_month_is_no_fault():
    reading = months(pa.array(["", " ", None, "2025-03"]))
    assert reading.values.to_pylist() == [None, None, None, date(2025, 3, 1)]
    assert reading.unreadable is None and not reading.repairs


def test_day_numbers_are_months_only_where_spreadsheets_deliver(landed):
    assert spreadsheet_months(pa.array(["45717", "202503"])).values.to_pylist() == [date(2025, 3, 1)] * 2
    year_and_digit = spreadsheet_months(pa.array(["20253", "20250"]))
    assert year_and_digit.unreadable.to_pylist() == [True, False]
    from_hr = landed("hr.payroll", 1, [{"month": "45717"}])
    from_civil_affairs = landed("civil_affairs.dibao", 1, [{"month": "45717"}])
    assert prepare(from_hr, shelves.dataset("hr.payroll")).repairs == {("month", "spreadsheet_date"): 1}
    prepared = prepare(from_civil_affairs, shelves.dataset("civil_affairs.dibao"))
    assert prepared.rows["_unreadable"].to_pylist() == ["month"]


@given(
    st.lists(st.one_of(st.none(), st.dates(date(1900, 1, 1), date(2100, 1, 1)))),
    st.sampled_from(["%Y-%m", "%Y%m", "%Y/%m", "%Y年%m月", "%Y-%m-%d"]),
)
@settings(max_examples=40, deadline=None)
def test_every_written_month_comes_back(days, form):
    written = pa.array([day and day.strftime(form) for day in days], pa.string())
    assert months(written).values.to_pylist() == [day and day.replace(day=1) for day in days]


@pytest.mark.parametrize(
    "text", ["2025-01-31 12:00:00", "2025-01-31T12:00:00+08:00", "2025-01-31T04:00:00Z", "2025/01/31 12:00"]
)
def test_a_time_without_zone_is_the_provinces(text):
    assert timestamps(pa.array([text])).values.to_pylist() == [datetime(2025, 1, 31, 4, tzinfo=UTC)]


@given(
    st.lists(
        st.tuples(
            st.datetimes(datetime(1992, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - the zone is the other half
            st.sampled_from(["", "Z", "+08:00", "+0800", "-03:30"]),
        ),
        max_size=8,
    ),
    st.sampled_from([[], [""], [None], ["?"], ["2025/1/31"]]),
)
@settings(max_examples=100, deadline=None)
def test_times_with_and_without_zone_mean_the_same_alone_and_in_one_column(moments, others):
    written = [f"{moment.isoformat(sep=' ')}{zone}" for moment, zone in moments]
    meant = [
        datetime.fromisoformat(text if zone else f"{text}+08:00").astimezone(UTC)
        for text, (_, zone) in zip(written, moments, strict=True)
    ]
    assert timestamps(pa.array([*written, *others], pa.string())).values.to_pylist()[: len(meant)] == meant
    assert [timestamps(pa.array([text])).values.to_pylist() for text in written] == [[moment] for moment in meant]


# Some systems' empty time; the years that PostgreSQL, the table's files and Python do not know.
@pytest.mark.parametrize(
    "text", ["0001-01-01 00:00:00", "0001-1-1", "0000-12-31T00:00:00Z", "9999-12-31T20:00:00-08:00"]
)
@pytest.mark.parametrize("other", ["2026-06-21 00:00:00", "2026-06-21T00:00:00+08:00", "2026/6/21"])
def test_a_moment_beyond_the_calendar_is_one_unreadable_value_and_no_batch_that_cannot_be_loaded(text, other):
    reading = timestamps(pa.array([text, other]))
    assert reading.values.to_pylist() == [None, datetime(2026, 6, 20, 16, tzinfo=UTC)]
    assert reading.unreadable.to_pylist() == [True, False]


def test_the_first_and_the_last_moment_of_the_calendar_are_read():
    reading = timestamps(pa.array(["0001-01-01 00:00:00Z", "9999-12-31 23:59:59.999999Z"]))
    assert reading.values.to_pylist() == [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]


def test_days_and_months_of_the_year_nought_are_marked():
    for read, text in ((dates, "0000-05-01"), (months, "0000-05"), (months, "000005")):
        assert read(pa.array([text])).unreadable.to_pylist() == [True]


def test_numbers_are_read_through_commas_apostrophes_and_full_width_digits():
    reading = decimals(pa.array(["1,234.50", "１２．５", "-3", "0.125", "1e5", None]))
    assert reading.values.to_pylist() == [Decimal("1234.50"), Decimal("12.50"), Decimal("-3.00"), None, None, None]
    assert counts(reading) == {"thousands_comma": 1, "full_width": 1}
    assert reading.unreadable.to_pylist() == [False, False, False, True, True, False]
    as_text = decimals(pa.array(["'1,234.50", "‘3", "3'", "''"]))
    assert as_text.values.to_pylist() == [Decimal("1234.50"), Decimal("3.00"), None, None]
    assert counts(as_text) == {"thousands_comma": 1, "apostrophe": 2}
    whole = integers(pa.array(["85", "85.0", "8,500", "85.5", "0x1F", "9" * 19]))
    assert whole.values.to_pylist() == [85, 85, 8500, None, None, None]


@given(
    st.lists(st.one_of(st.none(), st.dates(date(1900, 1, 1), date(2100, 1, 1)))),
    st.sampled_from(["%Y-%m-%d", "%Y%m%d"]),
)
@settings(max_examples=40, deadline=None)
def test_every_written_date_comes_back(days, form):
    written = pa.array([day and f"{day:{form}}".rjust(8, "0") for day in days], pa.string())
    assert dates(written).values.to_pylist() == days


@given(
    st.lists(st.one_of(st.none(), st.text(alphabet="ab　 \t\ufeff马，", max_size=5)), max_size=12), st.integers(0, 3)
)
@settings(max_examples=100, deadline=None)
def test_trimming_a_column_trims_each_value(values, skipped):
    column = pa.array(values, pa.string())[skipped:]
    expected = [(v and (v.strip(" \t　\ufeff") or None)) or None for v in values[skipped:]]
    reading = trimmed(column)
    assert reading.values.to_pylist() == expected
    changed = reading.repairs.get("blanks", [False] * len(expected))
    assert list(changed) == [bool(e) and e != v for e, v in zip(expected, values[skipped:], strict=True)]


@pytest.mark.parametrize("name", sorted(shelves.datasets()))
def test_right_rows_pass_unchanged_into_the_contracts_types(name):
    dataset = shelves.dataset(name)
    prepared = prepare(sample(name), dataset)
    assert prepared.rows.schema == prepared_schema(dataset)
    assert not prepared.repairs and not prepared.repaired
    assert prepared.rows["_unreadable"].null_count == 10
    assert prepared.rows["_row"].to_pylist() == list(range(10))


def test_preparing_twice_gives_the_same_and_leaves_the_batch_alone(landed):
    dataset = shelves.dataset("hr.public_employees")
    batch = landed("hr.public_employees", 20, [{"posted_on": "2025年1月31日", "name": " 李明 "}, {"left_on": "??"}])
    before = batch.to_pylist()
    once, twice = prepare(batch, dataset), prepare(batch, dataset)
    assert once.rows.equals(twice.rows) and once.repairs == twice.repairs
    assert batch.to_pylist() == before


def test_cutting_a_batch_in_pieces_changes_nothing(landed):
    dataset = shelves.dataset("hr.public_employees")
    batch = landed(
        "hr.public_employees", 10, [{"posted_on": "20250131"}, {"left_on": "??"}, {"person": person_lower()}]
    )
    pieces = [prepare(batch[start : start + 3], dataset) for start in range(0, 10, 3)]
    together = pa.Table.from_batches([piece.rows for piece in pieces]).to_pylist()
    assert together == prepare(batch, dataset).rows.to_pylist()
    assert sum((piece.repairs for piece in pieces), start=type(pieces[0].repairs)()) == prepare(batch, dataset).repairs


def test_a_row_repaired_twice_is_one_repaired_row(landed):
    batch = landed("hr.public_employees", 3, [{"person": f" {person_lower()}", "posted_on": "20250131"}])
    prepared = prepare(batch, shelves.dataset("hr.public_employees"))
    assert prepared.repaired == 1 and sum(prepared.repairs.values()) == 3


def test_native_types_are_taken_as_they_are(landed):
    dataset = shelves.dataset("health.settlements")
    batch = landed("health.settlements", 2)
    native = {
        "begndate": pa.array([date(2025, 3, 1)] * 2),
        "medfee_sumamt": pa.array([Decimal("120.5")] * 2, pa.decimal128(10, 1)),
        "updt_time": pa.array([datetime(2025, 3, 2, 2, tzinfo=UTC)] * 2, pa.timestamp("ms", tz="UTC")),
    }
    for name, values in native.items():
        batch = batch.set_column(batch.schema.get_field_index(name), name, values)
    assert prepare(batch, dataset).rows.equals(prepare(landed("health.settlements", 2), dataset).rows)


def delivered(batch, **columns):
    """The batch with some of its columns as a database or a file delivers them."""
    for name, values in columns.items():
        batch = batch.set_column(batch.schema.get_field_index(name), name, values)
    return batch


SETTLEMENTS = "health.settlements"
MIDNIGHT = datetime(2026, 6, 29, 16, tzinfo=UTC)  # in the province
NAIVE = datetime.fromisoformat("2026-06-30")


@pytest.mark.parametrize(
    "native",
    [
        pa.array([NAIVE], pa.timestamp("us")),
        pa.array([NAIVE], pa.timestamp("ns")),
        pa.array([MIDNIGHT], pa.timestamp("us", tz="UTC")),
        pa.array([MIDNIGHT], pa.timestamp("s", tz="Europe/Berlin")),
        pa.array([date(2026, 6, 30)], pa.date32()),
        pa.array([date(2026, 6, 30)], pa.date64()),
    ],
    ids=lambda native: str(native.type),
)
def test_a_native_time_means_the_same_moment_and_day_as_its_text(native, landed):
    batch = delivered(landed(SETTLEMENTS, 1), begndate=native, updt_time=native)
    rows = prepare(batch, shelves.dataset(SETTLEMENTS)).rows
    assert rows["updated_at"].to_pylist() == [MIDNIGHT]
    assert rows["started_on"].to_pylist() == [date(2026, 6, 30)]
    assert rows["_unreadable"].null_count == 1


def test_a_native_hour_that_stood_twice_is_the_earlier_one_as_in_text(landed):
    twice = datetime.fromisoformat("1988-09-11 01:30:00")
    rows = prepare(delivered(landed(SETTLEMENTS, 1), updt_time=pa.array([twice])), shelves.dataset(SETTLEMENTS)).rows
    assert rows["updated_at"].to_pylist() == timestamps(pa.array([str(twice)])).values.to_pylist()


NATIVE_AMOUNTS = {
    "more decimals": (pa.array([Decimal("1.2300"), Decimal("1.2345"), Decimal(0)], pa.decimal128(18, 4)), [1]),
    "many decimals": (pa.array([Decimal("1.23"), Decimal("1e-9"), Decimal(0)], pa.decimal128(38, 10)), [1]),
    "only zeros": (pa.array([Decimal("1.2300"), None, Decimal(0)], pa.decimal128(38, 10)), []),
    "too large": (pa.array([Decimal("1.23"), Decimal(10) ** 17, Decimal(0)], pa.decimal128(38, 2)), [1]),
    "double": (pa.array([1.23, 1.2345, 0.0]), [1]),
    "no number": (pa.array([1.23, float("nan"), 0.0]), [1]),
    "infinite": (pa.array([1.23, float("-inf"), 0.0]), [1]),
}


@pytest.mark.parametrize("case", NATIVE_AMOUNTS)
def test_a_native_amount_that_does_not_fit_holds_back_its_row_and_no_other(case, landed):
    native, bad = NATIVE_AMOUNTS[case]
    prepared = prepare(delivered(landed(SETTLEMENTS, 3), medfee_sumamt=native), shelves.dataset(SETTLEMENTS))
    assert prepared.rows["total_yuan"].to_pylist() == [Decimal("1.23"), None, Decimal("0.00")]
    unreadable = [row for row, fields in enumerate(prepared.rows["_unreadable"].to_pylist()) if fields]
    assert unreadable == bad and not prepared.repaired


@pytest.mark.parametrize(
    "native",
    [
        pa.array([202503]),
        pa.array([202503.0]),
        pa.array([Decimal(202503)], pa.decimal128(6, 0)),
        pa.array([date(2025, 3, 1)]),
        pa.array([date(2025, 3, 31)]),
        pa.array([datetime(2025, 2, 28, 16, tzinfo=UTC)], pa.timestamp("us", tz="UTC")),
    ],
    ids=lambda native: str(native),
)
def test_a_native_month_is_stored_as_its_first_day(native, landed):
    batch = delivered(landed("health.enrolments", 1), end_ym=native)
    prepared = prepare(batch, shelves.dataset("health.enrolments"))
    assert prepared.rows["to_month"].to_pylist() == [date(2025, 3, 1)] and not prepared.repairs


@pytest.mark.parametrize(
    ("source", "native", "unreadable"),
    [
        ("begndate", pa.array([20260630, 5]), [None, "started_on"]),
        ("begndate", pa.array([1.5, None]), ["started_on", None]),
        ("begndate", pa.array([[1], None]), ["started_on", None]),
        ("updt_time", pa.array([5, None]), ["updated_at", None]),
        ("updt_time", pa.array([True, None]), ["updated_at", None]),
        ("updt_time", pa.array(["0001-01-01", "2026-06-21"]).cast(pa.timestamp("us")), ["updated_at", None]),
        ("updt_time", pa.array([2**62, 0]).cast(pa.timestamp("us", "UTC")), ["updated_at", None]),
        ("begndate", pa.array([2**30, 0], pa.int32()).cast(pa.date32()), ["started_on", None]),
        ("medfee_sumamt", pa.array([date(2025, 1, 31), None]), ["total_yuan", None]),
        ("medfee_sumamt", pa.array([10**15, 10**17]), [None, "total_yuan"]),
        ("medfee_sumamt", pa.array([1e15, 1e17]), [None, "total_yuan"]),
        ("medfee_sumamt", pa.array(["1.5", "?"]).dictionary_encode(), [None, "total_yuan"]),
        ("medfee_sumamt", pa.array([3, None]).dictionary_encode(), [None, None]),
        ("psn_name", pa.array([{"family": "王"}, None]), ["name", None]),
        ("psn_name", pa.array([b"\xff", None]), ["name", None]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else None,
)
def test_a_native_column_of_another_type_never_stops_the_batch(source, native, unreadable, landed):
    prepared = prepare(delivered(landed(SETTLEMENTS, 2), **{source: native}), shelves.dataset(SETTLEMENTS))
    assert prepared.rows["_unreadable"].to_pylist() == unreadable


def test_native_integers_are_taken_and_fractions_are_not(landed):
    dataset = shelves.dataset("police.dui_cases")
    source, batch = dataset.fields["alcohol_mg"].source, landed("police.dui_cases", 2)
    for native in (pa.array([85, 86], pa.int16()), pa.array([85.0, 86.0]), pa.array([Decimal(85), Decimal(86)])):
        assert prepare(delivered(batch, **{source: native}), dataset).rows["alcohol_mg"].to_pylist() == [85, 86]
    for native in (pa.array([85.0, 85.5]), pa.array([85, 2**64 - 1], pa.uint64())):
        rows = prepare(delivered(batch, **{source: native}), dataset).rows
        assert rows["alcohol_mg"].to_pylist() == [85, None]
        assert rows["_unreadable"].to_pylist() == [None, "alcohol_mg"]


def test_a_nul_character_never_goes_on_and_is_counted_where_something_is_left(landed):
    dataset, name = shelves.dataset("hr.public_employees"), "hr.public_employees"
    right = landed(name, 6, [{}, {"left_on": "2020-01-31"}]).slice(1)
    defects = [
        {},
        {"person": f"{right[dataset.fields['person'].source][0].as_py()}\0", "left_on": "2020-\x0001-31"},
        {"managed_by": "\x00620\x00102\x00", "name": "李\0明"},
        {"managed_by": "\0", "staffing": "行政 \0"},
        {"posted_on": "?\0"},
    ]
    batch = landed(name, 6, defects).slice(1)
    prepared = prepare(batch, dataset)
    nul = {field: count for (field, repair), count in prepared.repairs.items() if repair == "nul"}
    assert nul == {"person": 1, "left_on": 1, "managed_by": 1, "name": 1, "staffing": 1} and prepared.repaired == 3
    assert prepared.repairs[("staffing", "blanks")] == 1
    assert prepared.rows.slice(0, 2).equals(prepare(right, dataset).rows.slice(0, 2))
    assert prepared.rows["managed_by"].to_pylist()[2] is None and prepared.rows["staffing"].to_pylist()[2] == "行政"
    assert prepared.rows["_unreadable"].to_pylist() == [None, None, None, "posted_on", None]
    assert not any("\0" in str(value) for row in prepared.rows.to_pylist() for value in row.values())


@given(st.lists(st.one_of(st.none(), st.text(alphabet="a马\0", max_size=4)), max_size=8), st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_dropping_nul_from_a_column_drops_it_from_each_value(values, skipped):
    bare, had = without_nul(pa.array(values, pa.string())[skipped:])
    assert bare.to_pylist() == [value and value.replace("\0", "") for value in values[skipped:]]
    expected = ["\0" in (value or "") for value in values[skipped:]]
    assert (had.tolist() if had is not None else [False] * len(expected)) == expected


def person_lower():
    return "11010519491231002x"
