"""Whole columns of codes agree with what is said of each code alone."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedui.identifiers.codes import valid_credit_codes, valid_organisation_codes
from hedui.identifiers.divisions import Divisions, valid_division_codes
from hedui.identifiers.organisation import (
    ALPHABET,
    FIRST,
    credit_code_check,
    organisation_code_check,
    valid_credit_code,
    valid_organisation_code,
)

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@st.composite
def credit_codes(draw):
    """Right codes, and right but for one character."""
    tail = draw(st.text(ALPHABET, min_size=9, max_size=9))
    first = draw(st.sampled_from(FIRST)) + draw(st.sampled_from(ALPHABET)) + f"{draw(st.integers(0, 999_999)):06d}"
    return draw(st.sampled_from(spoilt(draw, first + tail + credit_code_check(first + tail))))


@st.composite
def organisation_codes(draw):
    first = draw(st.text(LETTERS, min_size=8, max_size=8))
    code = f"{first}{draw(st.sampled_from(['', '-']))}{organisation_code_check(first)}"
    return draw(st.sampled_from(spoilt(draw, code)))


def spoilt(draw, code):
    place, character = draw(st.integers(0, len(code) - 1)), draw(st.sampled_from(LETTERS + "-é０ x"))
    return [code, code[:place] + character + code[place + 1 :], code.lower(), f" {code}", code[:-1]]


CASES = {
    "credit codes": (credit_codes(), valid_credit_codes, valid_credit_code),
    "organisation codes": (organisation_codes(), valid_organisation_codes, valid_organisation_code),
}


@pytest.mark.parametrize("kind", CASES)
def test_a_column_gives_what_each_of_its_values_gives(kind):
    codes, of_column, of_one = CASES[kind]
    seen = set()

    @given(st.lists(st.one_of(st.none(), codes, st.text(max_size=19)), max_size=30), st.integers(0, 3))
    @settings(max_examples=150, deadline=None)
    def agree(values, skipped):
        column = pa.array(values, pa.string())[skipped:]  # a slice: its bytes begin in the middle
        expected = [v is not None and of_one(v) for v in values[skipped:]]
        assert of_column(column).tolist() == expected
        seen.update(expected)

    agree()
    assert seen == {True, False}


def test_rural_collectives_have_credit_codes_and_other_letters_begin_none():
    first = "1620102MF1234560"
    codes = [f"{letter}{first}{credit_code_check(letter + first)}" for letter in "9ANYBX"]
    assert valid_credit_codes(pa.array(codes)).tolist() == [True, True, True, True, False, False]


def test_columns_longer_than_a_block_are_checked_to_their_end():
    right = "9162010200000001" + "0"
    right += credit_code_check(right)
    column = pa.array([right] * 65_536 + [right[:-1] + "I", right])
    assert valid_credit_codes(column).tolist()[-3:] == [True, False, True]


FORMS = {
    "620102": True, "620102001": True, "620102001201": True, "710000": True, "820000": True,
    "999999": False, "000000": False, "62010": False, "6201021": False, "城关区": False, "620102 ": False,
    "６２０１０２": False, "": False, None: False,
}  # fmt: skip


def test_a_division_code_has_6_9_or_12_digits_and_a_province():
    assert valid_division_codes(pa.array(list(FORMS), pa.string())).tolist() == list(FORMS.values())


def test_a_table_of_codes_tells_which_were_ever_given_where_it_knows_any():
    # A county of today, a retired one, and townships, one of a county that no table of counties has; of province 63
    # nothing, of 64 no township.
    table = Divisions.of(["620102", "620199", "640104", "620102001", "620102002", "620171101"])
    said = {
        "620102": True, "620199": True, "620103": False, "620102001": True, "620102003": False, "620102000": True,
        "620102001201": True, "620102003201": False, "620102000000": True, "620103001": False, "999999": False,
        "630102": True, "620171": True, "620171101": True, "620171102": False, "630102001": True,
        "640104001": True, "640105001": False,
    }  # fmt: skip
    assert valid_division_codes(pa.array(list(said)), table).tolist() == list(said.values())
