"""Laws of repair: each has one meaning, is counted and listed row by row, and is needed once."""

import unicodedata
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import get_args

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedui import shelves
from hedui.identifiers import names, person
from hedui.identifiers.explaining import explained
from hedui.identifiers.person import check_character
from hedui.reports.words import REPAIRS
from hedui.validation.judging import judge
from hedui.validation.preparation import REPAIRED, prepare
from hedui.validation.readers import OfForm, spreadsheet_timestamps

WIDE = {ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789.-/X"}
PAYROLL = shelves.dataset("hr.payroll")
OTHERS = {
    "posted_on": shelves.dataset("hr.public_employees").fields["posted_on"],
    "alcohol_mg": shelves.dataset("police.dui_cases").fields["alcohol_mg"],
}
# Every type of field, as a spreadsheet brings it.
DATASET = PAYROLL.model_copy(update={"fields": {**PAYROLL.fields, **OTHERS}})


def batch(rows):
    """A landed batch of `rows`, each of which states some fields; the others are empty."""
    columns = {field.source: [row.get(name, "") for row in rows] for name, field in DATASET.fields.items()}
    texts = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    place = {"_source": ["a.xlsx/1"] * len(rows), "_position": range(7, 7 + len(rows)), "_row": range(len(rows))}
    return pa.RecordBatch.from_pydict({**texts, **place})


def changes(prepared):
    """Row, field and repair, of all that was listed."""
    return {(r["row"], r["field"], r["repair"]) for r in prepared.listed.to_pylist()}


@st.composite
def people(draw):
    born, sequence = draw(st.dates(date(1900, 1, 1), date(1999, 12, 31))), draw(st.integers(0, 995))
    first = f"{draw(st.integers(110_000, 659_999))}{born:%Y%m%d}{sequence:03d}"
    return first + check_character(first)


def anywhere(disguise):
    """A disguise that any text of the field can wear."""
    return lambda text: disguise.format(text)


# A right value of each field, and in which disguises it comes; those that change nothing are passed over.
RIGHT = {
    "person": people(),
    "name": st.sampled_from(["马秀英", "䶮伟", "买买提·艾力", "Zoë 李"]),
    "month": st.dates(date(1990, 1, 1), date(2098, 12, 1)).map(lambda day: f"{day:%Y-%m}"),
    "amount_yuan": st.integers(-(10**9), 10**9).map(lambda cents: f"{Decimal(cents) / 100:.2f}"),
    "posted_on": st.dates(date(1930, 1, 1), date(2098, 12, 31)).map(date.isoformat),
    "alcohol_mg": st.integers(-(10**12), 10**12).map(str),
    "unit": st.sampled_from(["620102001", "城关", "a b"]),
}
AROUND = {("blanks", anywhere("　{}\t")), ("blanks", anywhere("{}\ufeff"))}
DISGUISES = {
    "person": {
        *AROUND,
        ("blanks", lambda text: f"{text[:6]} {text[6:14]} {text[14:]}"),
        ("apostrophe", anywhere("'{}")),
        ("full_width", lambda text: text.translate(WIDE)),
        ("lower_case", str.lower),
        ("fifteen_digits", lambda text: text[:6] + text[8:17]),
    },
    "name": {
        *AROUND,
        ("private_use", lambda text: text.replace("䶮", "\ue863")),
        ("composed", lambda text: unicodedata.normalize("NFD", text)),
    },
    "month": {
        *AROUND,
        ("month_form", lambda text: f"{text[:4]}年{int(text[5:])}月"),
        ("month_form", anywhere("{}-01")),
        ("full_width", lambda text: text.translate(WIDE)),
    },
    "amount_yuan": {
        *AROUND,
        ("thousands_comma", lambda text: f"{Decimal(text):,}"),
        ("full_width", lambda text: text.translate(WIDE)),
    },
    "posted_on": {
        *AROUND,
        ("date_form", lambda text: text.replace("-", "")),
        ("date_form", lambda text: f"{date.fromisoformat(text):%Y/%m/%d}"),
        ("date_form", lambda text: "{}年{}月{}日".format(*map(int, text.split("-")))),
        ("spreadsheet_date", lambda text: str((date.fromisoformat(text) - date(1899, 12, 30)).days)),
        ("full_width", lambda text: text.translate(WIDE)),
    },
    "alcohol_mg": {*AROUND, ("decimal_zeros", anywhere("{}.0")), ("thousands_comma", lambda text: f"{int(text):,}")},
    "unit": {*AROUND, ("nul", anywhere("\0{}"))},
}
EVERY = [(field, repair, disguise) for field, several in DISGUISES.items() for repair, disguise in several]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_repaired_value_is_that_of_the_clean_form_and_only_what_was_disguised_is_listed(data):
    chosen = data.draw(st.lists(st.sampled_from(EVERY), max_size=12))
    clean = [{field: data.draw(RIGHT[field])} for field, _, _ in chosen]
    worn = [{f: disguise(row[f])} for row, (f, _, disguise) in zip(clean, chosen, strict=True)]
    right, odd = prepare(batch(clean), DATASET), prepare(batch(worn), DATASET)
    columns = list(DATASET.fields)
    assert odd.rows.select(columns).equals(right.rows.select(columns)) and not right.changed
    expected = {(n, field, repair) for n, (field, repair, _) in enumerate(chosen) if clean[n][field] != worn[n][field]}
    assert changes(odd) == expected


# Digits, signs, blanks and words from which odd values of every kind arise.
SCRAPS = st.text("0129-/.,:年月日 \t\u3000\0'xX０９１．／，\ufeff\ue863马e\u0301", max_size=12)
ODD = st.fixed_dictionaries({}, optional={name: st.one_of(SCRAPS, right) for name, right in RIGHT.items()})


@given(st.lists(ODD, max_size=8))
@settings(max_examples=120, deadline=None)
def test_what_was_prepared_needs_no_repair_when_it_comes_again(rows):
    once = prepare(batch(rows), DATASET)
    twice = prepare(batch([in_words(row) for row in once.rows.to_pylist()]), DATASET)
    assert not twice.changed
    columns = list(DATASET.fields)
    assert twice.rows.select(columns).equals(once.rows.select(columns))


def in_words(row):
    """The values of a prepared row as an agency writes them that has nothing to mend."""
    months = {name for name, field in DATASET.fields.items() if field.type == "month"}
    return {
        name: "" if (value := row[name]) is None else f"{value:%Y-%m}".zfill(7) if name in months else str(value)
        for name in DATASET.fields
    }


@given(st.lists(ODD, max_size=12), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_counts_are_those_of_the_list_and_cutting_a_batch_changes_neither(rows, size):
    whole = batch(rows)
    prepared = prepare(whole, DATASET)
    listed = prepared.listed
    assert listed.schema == REPAIRED and listed["row"].to_pylist() == sorted(listed["row"].to_pylist())
    assert Counter(zip(listed["field"].to_pylist(), listed["repair"].to_pylist(), strict=True)) == prepared.repairs
    assert len(set(listed["row"].to_pylist())) == prepared.repaired and len(changes(prepared)) == len(listed)
    assert all(r["position"] == r["row"] + 7 and r["source"] == "a.xlsx/1" for r in listed.to_pylist())
    pieces = [prepare(whole[start : start + size], DATASET).listed for start in range(0, len(rows), size)]
    assert pa.Table.from_batches(pieces, REPAIRED).to_pylist() == listed.to_pylist()


def test_every_repair_has_its_word_for_the_clerk():
    repairs = {*get_args(person.Repair), *get_args(names.Repair), *get_args(OfForm), "nul"} - {""}
    assert repairs == set(REPAIRS)
    assert {repair for _, repair, _ in EVERY} == repairs


@pytest.mark.parametrize("number", ["1.10105E+17", "1.1010519491231e17", "110105194912310000", "110105194912310"[:14]])
def test_a_number_that_lost_digits_is_left_as_it_came(number):
    prepared = prepare(batch([{"person": number}]), DATASET)
    assert prepared.rows["person"].to_pylist() == [number] and not prepared.changed


def test_floating_point_makes_up_no_digits():
    delivered = batch([{}, {}, {}])
    place = delivered.schema.get_field_index(DATASET.fields["person"].source)
    floats = pa.array([110105194912310021.0, 610104620927690.0, None])
    prepared = prepare(delivered.set_column(place, DATASET.fields["person"].source, floats), DATASET)
    assert prepared.rows["person"].to_pylist() == ["1.1010519491231002e+17", "610104196209276908", None]


def test_a_spreadsheets_number_of_a_time_is_that_time_to_the_second():
    texts = ["45688.395833", "45688", "2025-01-31 09:30:00"]
    reading = spreadsheet_timestamps(pa.array(texts))
    assert [f"{moment:%d %H:%M:%S}" for moment in reading.values.to_pylist()] == [
        "31 01:30:00", "30 16:00:00", "31 01:30:00",
    ]  # fmt: skip
    assert reading.repairs["spreadsheet_date"].tolist() == [True, True, False]


def test_a_number_that_a_spreadsheet_may_have_cut_is_held_back_and_one_of_fifteen_digits_is_not(landed, tmp_path):
    firsts = [f"620102{year}0312{sequence}" for year in range(1931, 1990) for sequence in ("100", "200", "300")]
    eighteen = next(first + "0" for first in firsts if check_character(first) == "0")
    fifteen = eighteen[:6] + eighteen[8:17]
    defects = [{"person": text} for text in (eighteen, fifteen, f"'{eighteen}", "ABC123456789000", "6.20102E+17")]
    verdict = judge(PAYROLL, [landed("hr.payroll", 9, defects)], tmp_path)
    found = {finding.expectation: number for number, finding in enumerate(verdict.findings)}
    suspect = found["expect_column_pair_values_a_to_be_uncut_unless_b_names_it"]
    assert [bad["row"] for bad in verdict.bad_rows.to_pylist() if bad["finding"] == suspect] == [0, 2]
    assert verdict.quarantined.to_pylist() == [0, 2, 4]
    assert explained(eighteen).warnings == ("spreadsheet_zeros",) and not explained(fifteen).warnings
