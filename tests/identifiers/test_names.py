"""Names: which variants are one name."""

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedui.identifiers.names import folded, folded_column, tidy, tidy_column

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
    assert tidy_column(column).to_pylist() == [n if n is None else tidy(n) for n in names]


@given(st.text(max_size=10))
@settings(max_examples=100, deadline=None)
def test_how_unicode_was_composed_makes_no_difference(name):
    assert folded(unicodedata.normalize("NFD", name)) == folded(name)
