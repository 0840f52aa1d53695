"""Whole columns: the vectorised check agrees with the one for single values, and is fast."""

import time
from datetime import date

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from hedui.identifiers.columns import canonical_column, valid_column
from hedui.identifiers.explaining import explained
from hedui.identifiers.person import canonical, check_character

OF_ORGANISATIONS = {"credit_code", "organisation_code"}


@st.composite
def numbers(draw):
    """Right numbers, right but for one character, 15 digits, and noise."""
    born = draw(st.dates(date(1799, 12, 1), date(2101, 1, 31)))
    first = f"{draw(st.integers(0, 999_999)):06d}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    number = first + check_character(first)
    place, character = draw(st.integers(0, 17)), draw(st.sampled_from("0123456789Xx０ '"))
    changed = number[:place] + character + number[place + 1 :]
    wide = number.translate({ord(sign): ord(sign) - ord("0") + ord("０") for sign in "0123456789X"})
    odd = draw(st.text("\t\v\x1c\x1f \xa0\u2003\u3000\ufeff\u200b'’‘＇\"“", max_size=2))
    shapes = [number, changed, wide, number[:6] + number[8:17], wide[:6] + number[8:17], number.lower(), wide.lower()]
    shape = draw(st.sampled_from(shapes))
    return draw(st.sampled_from([shape, f" {shape}\t", f"'{shape}", odd + shape, shape[:6] + odd + shape[6:]]))


anything = st.one_of(st.none(), numbers(), st.text(max_size=20), st.from_regex(r"[A-Za-z]{3}[0-9]{12}", fullmatch=True))


def by_row(repairs, rows):
    """Of each row the repairs that were made to it."""
    return [{repair for repair, changed in repairs.items() if changed[row]} for row in range(rows)]


@given(st.lists(anything, max_size=30), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_a_column_gives_what_each_of_its_values_gives(values, skipped):
    column = pa.array(values, pa.string())[skipped:]  # a slice: its bytes begin in the middle
    single = [canonical(v) if v is not None else None for v in values[skipped:]]
    result = canonical_column(column)
    assert result.values.to_pylist() == [s and s.value for s in single]
    assert by_row(result.repairs, len(column)) == [set(s.repairs) if s else set() for s in single]
    assert all(rows.any() for rows in result.repairs.values())
    assert valid_column(result.values).tolist() == [bool(s and s.valid) for s in single]


@given(st.lists(anything, max_size=30))
@settings(max_examples=50, deadline=None)
def test_canonical_values_need_no_second_repair(values):
    once = canonical_column(pa.array(values, pa.string()))
    twice = canonical_column(once.values)
    assert twice.values.equals(once.values) and not twice.repairs


@given(st.lists(anything, max_size=10))
@settings(max_examples=200, deadline=None)
def test_what_a_clerk_is_told_of_a_number_is_what_the_pipeline_does_to_it(values):
    column = canonical_column(pa.array(values, pa.string()))
    valid, repairs = valid_column(column.values), by_row(column.repairs, len(values))
    for row, text in enumerate(values):
        said = explained(text) if text is not None else None
        if said and said.kind not in OF_ORGANISATIONS:
            assert said.valid == valid[row] and set(said.repairs) == repairs[row]
            assert said.canonical == (column.values[row].as_py() if valid[row] else None)


def test_every_day_of_the_calendar_and_no_other_is_a_birth_date():
    days = [f"{y}{m:02d}{d:02d}" for y in (1800, 1900, 1999, 2000, 2024) for m in range(14) for d in range(33)]
    firsts = [f"620102{day}001" for day in days]
    column = pa.array([first + check_character(first) for first in firsts])
    assert valid_column(column).tolist() == [_is_day(day) for day in days]


def test_millions_of_numbers_take_a_blink():
    firsts = [f"6201{a:02d}19{b:02d}0131{c:03d}" for a in range(20) for b in range(50) for c in range(0, 1000, 50)]
    column = pa.array([first + check_character(first) for first in firsts] * 50)
    seconds = []
    for _ in range(3):
        began = time.thread_time()  # what the processor spent, however busy the machine is
        assert valid_column(column).all()
        seconds.append(time.thread_time() - began)
    # Ten million a second is what the pipeline needs; a small or crowded processor gets some grace.
    assert len(column) / min(seconds) > 4_000_000


def test_an_empty_column_is_no_special_case():
    empty = pa.array([], pa.string())
    assert valid_column(empty).tolist() == [] and len(canonical_column(empty).values) == 0
    assert valid_column(pa.nulls(3, pa.string())).tolist() == [False] * 3
    assert isinstance(valid_column(empty), np.ndarray)


def _is_day(digits):
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
