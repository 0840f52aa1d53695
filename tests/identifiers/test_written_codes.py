"""Credit codes that were written in another way than they are printed."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedui.identifiers.codes import valid_credit_codes, valid_organisation_codes
from hedui.identifiers.explaining import explained
from hedui.identifiers.organisation import ALPHABET, FIRST, credit_code_check, organisation_code_check
from hedui.identifiers.person import BLANKS
from hedui.identifiers.written_codes import canonical_codes

WIDE = {ord(sign): ord(sign) + 0xFEE0 for sign in ALPHABET}


@st.composite
def codes(draw):
    """Right codes of both kinds, in and out of their usual form, some with one character changed."""
    inner = draw(st.text(ALPHABET, min_size=8, max_size=8))
    organisation = inner + organisation_code_check(inner)
    first_17 = draw(st.sampled_from(FIRST)) + draw(st.sampled_from(ALPHABET)) + "620102" + organisation
    credit = first_17 + credit_code_check(first_17)
    place = draw(st.integers(0, 17))
    changed = credit[:place] + draw(st.sampled_from("0123I-x")) + credit[place + 1 :]
    code = draw(st.sampled_from([credit, changed, organisation, f"{inner}-{organisation[8]}"]))
    odd = draw(st.text(BLANKS + "'’①（", max_size=2))
    return draw(
        st.sampled_from([code, code.lower(), code.translate(WIDE), odd + code, code + odd, code[:9] + odd + code[9:]])
    )


@given(st.lists(st.one_of(st.none(), codes(), st.text(max_size=30)), max_size=20), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_what_a_clerk_is_told_of_a_code_is_what_the_pipeline_does_to_it(values, skipped):
    column = pa.array(values, pa.string())[skipped:]
    mended = canonical_codes(column)
    trimmed = pa.array([value and value.strip(BLANKS) for value in mended.values.to_pylist()], pa.string())
    valid = {"credit_code": valid_credit_codes(trimmed), "organisation_code": valid_organisation_codes(trimmed)}
    for row, said in enumerate(map(explained, (value or "" for value in column.to_pylist()))):
        if said.kind in valid and said.valid:
            assert valid[said.kind][row] and said.canonical == trimmed[row].as_py()
        elif not said.valid:
            assert not any(known[row] for known in valid.values())
        if said.kind == "credit_code" and said.valid:
            assert set(said.repairs) == {repair for repair, rows in mended.repairs.items() if rows[row]}


@given(st.lists(st.one_of(st.none(), codes(), st.text(max_size=30)), max_size=20), st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_a_column_changes_into_valid_codes_alone_and_once(values, skipped):
    column = pa.array(values, pa.string())[skipped:]
    once = canonical_codes(column)
    changed = [before != after for before, after in zip(column.to_pylist(), once.values.to_pylist(), strict=True)]
    assert changed == [any(rows[row] for rows in once.repairs.values()) for row in range(len(column))]
    assert all(valid for valid, new in zip(valid_credit_codes(once.values), changed, strict=True) if new)
    again = canonical_codes(once.values)
    assert again.values.equals(once.values) and not again.repairs


def test_an_organisation_code_in_another_form_is_told_and_not_repaired():
    code = f"ma7d2x1x{organisation_code_check('MA7D2X1X')}"
    assert canonical_codes(pa.array([code])).values.to_pylist() == [code]
    said = explained(code)
    assert (said.valid, said.kind, said.reason) == (False, "organisation_code", "writing")


@pytest.mark.parametrize("text", ["兰州市城关区某某建筑工程有限公司", "91620102MA7D2X1X00", "x" * 18, ""])
def test_other_text_stays_as_it_is(text):
    column = pa.array([text, None])
    assert canonical_codes(column).values.equals(column)
