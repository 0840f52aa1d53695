"""Preparing landed rows: types, simple repairs, and what cannot be read."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedui import shelves
from hedui.validation.preparation import prepare, prepared_schema
from hedui.validation.readers import dates, decimals, integers, spreadsheet_dates, timestamps, trimmed

DATES = {
    "2025-01-31": (date(2025, 1, 31), ""),
    "20250131": (date(2025, 1, 31), "date_form"),
    "2025-1-31": (date(2025, 1, 31), "date_form"),
    "2025/01/31": (date(2025, 1, 31), "date_form"),
    "2025.1.31": (date(2025, 1, 31), "date_form"),
    "2025年1月31日": (date(2025, 1, 31), "date_form"),
    "２０２５年１月３１日": (date(2025, 1, 31), "date_form"),
    "2025-01-31 00:00:00": (date(2025, 1, 31), ""),
    " 2025-01-31\t": (date(2025, 1, 31), "blanks"),
    "2024-02-29": (date(2024, 2, 29), ""),
    "": (None, ""),
    "  ": (None, ""),
}
UNREADABLE_DATES = ["2025-02-29", "2025-13-01", "2025-1-31-1", "0000-00-00", "2025", "45688", "2025131", "昨天"]


@pytest.mark.parametrize(("text", "meant"), DATES.items())
def test_a_date_is_read_in_every_usual_form_and_an_unusual_one_is_counted(text, meant):
    day, repair = meant
    reading = dates(pa.array(["2024-12-31", text]))
    assert reading.values.to_pylist() == [date(2024, 12, 31), day]
    assert reading.repairs == ({repair: 1} if repair else {})
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


@pytest.mark.parametrize(
    "text", ["2025-01-31 12:00:00", "2025-01-31T12:00:00+08:00", "2025-01-31T04:00:00Z", "2025/01/31 12:00"]
)
def test_a_time_without_zone_is_the_provinces(text):
    assert timestamps(pa.array([text])).values.to_pylist() == [datetime(2025, 1, 31, 4, tzinfo=UTC)]


def test_numbers_are_read_through_commas_and_full_width_digits():
    reading = decimals(pa.array(["1,234.50", "１２．５", "-3", "0.125", "1e5", None]))
    assert reading.values.to_pylist() == [Decimal("1234.50"), Decimal("12.50"), Decimal("-3.00"), None, None, None]
    assert reading.repairs == {"thousands_comma": 1, "full_width": 1}
    assert reading.unreadable.to_pylist() == [False, False, False, True, True, False]
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
    assert sum(reading.repairs.values()) == sum(
        bool(e) and e != v for e, v in zip(expected, values[skipped:], strict=True)
    )


@pytest.mark.parametrize("name", sorted(shelves.datasets()))
def test_right_rows_pass_unchanged_into_the_contracts_types(name, landed):
    dataset = shelves.dataset(name)
    prepared = prepare(landed(name, 50), dataset)
    assert prepared.rows.schema == prepared_schema(dataset)
    assert not prepared.repairs and not prepared.repaired
    assert prepared.rows["_unreadable"].null_count == 50
    assert prepared.rows["_row"].to_pylist() == list(range(50))


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


def person_lower():
    return "11010519491231002x"
