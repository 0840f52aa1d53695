"""Names: which variants are one name."""

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedui.identifiers.names import MOVED, folded, folded_column, tidy, tidy_column

ODD_NAMES = st.text("王李·． \u3000\u2028\ufeff\u200bﾞ\ue863\ue816\ue815\uf900e\u0301", max_size=6)
ONE_NAME = [
    ("买买提·艾力", "买买提•艾力", "买买提・艾力", "买买提．艾力", "买买提‧艾力", "买买提 艾力", "买买提艾力"),
    ("\ue863伟", "䶮伟"),
    ("Anna Müller", "ANNA MÜLLER", "anna mu\u0308ller"),
    ("李　四", "李四", " 李四 "),
]


@pytest.mark.parametrize("variants", ONE_NAME)
def test_variants_of_one_name_fold_together(variants):
    assert len(set(folded_column(pa.array(variants)).to_pylist())) == 1


def test_rare_characters_survive():
    names = ["㛃", "𬱖", "䶮", None]
    assert folded_column(pa.array(names)).to_pylist() == names


def test_different_names_stay_different():
    assert len(set(folded_column(pa.array(["王伟", "王玮", "汪伟"])).to_pylist())) == 3


@given(st.lists(st.one_of(st.none(), st.text(max_size=8), st.text("王李·． ﾞ\ue863ßİ", max_size=6)), max_size=20))
@settings(max_examples=150, deadline=None)
def test_columns_give_what_single_names_give_and_folding_twice_changes_nothing(names):
    column = pa.array(names, pa.string())
    once = folded_column(column)
    assert once.to_pylist() == [n if n is None else folded(n) for n in names]
    assert folded_column(once).equals(once)


@given(st.lists(st.one_of(st.none(), st.text(max_size=8), ODD_NAMES), max_size=20), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_columns_are_tidied_as_single_names_are_with_every_repair_and_no_second_time(names, skipped):
    column = pa.array(names, pa.string())[skipped:]
    single = [n if n is None else tidy(n) for n in names[skipped:]]
    values, repairs = tidy_column(column)
    assert values.to_pylist() == [s and s[0] for s in single]
    made = [{repair for repair, changed in repairs.items() if changed[row]} for row in range(len(single))]
    assert made == [set(s[1]) if s else set() for s in single]
    again, none = tidy_column(values)
    assert again.equals(values) and not none


def test_characters_that_gb18030_moved_out_of_private_use_are_told_and_the_others_stay():
    assert tidy("\ue863伟") == ("䶮伟", ("private_use",))
    assert tidy(" \ue816e\u0301 ") == ("\ue816é", ("composed", "blanks"))  # U+E816: no place of today is known for it
    assert len(MOVED) == 66 and all("\ue000" <= chr(private) <= "\uf8ff" for private in MOVED)
    assert not any("\ue000" <= chr(today) <= "\uf8ff" for today in MOVED.values())


def test_what_comes_as_gb18030_is_the_same_name_as_what_kept_the_private_place():
    codes = [bytes((0xFE, trail)) for trail in range(0x50, 0xA1) if trail != 0x7F]
    private = {chr(0xE815 + place) for place in range(len(codes))}
    today = {code.decode("gb18030") for code in codes}
    assert {tidy(name)[0] for name in private} == {tidy(name)[0] for name in today}


@given(st.text(max_size=10))
@settings(max_examples=100, deadline=None)
def test_how_unicode_was_composed_makes_no_difference(name):
    assert folded(unicodedata.normalize("NFD", name)) == folded(name)
