"""What a clerk is told of a number that seems wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedui.identifiers.explaining import explained
from hedui.identifiers.organisation import credit_code_check, organisation_code_check, valid_credit_code
from hedui.identifiers.person import canonical, check_character


def resident(first_17: str) -> str:
    return first_17 + check_character(first_17)


def credit_code(department: str, inner: str) -> str:
    first_17 = f"{department}620102{inner}{organisation_code_check(inner)}"
    return first_17 + credit_code_check(first_17)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("11010519491231002X", "resident", "11010519491231002X"),
        ("610104620927690", "resident", "610104196209276908"),
        ("810000199408230021", "permit", "810000199408230021"),
        ("911124198108030024", "foreigner", "911124198108030024"),
        ("ABC123456789012", "foreigner_old", "ABC123456789012"),
        (credit_code("91", "MA7D2X1X"), "credit_code", credit_code("91", "MA7D2X1X")),
        (credit_code("N2", "MF123456"), "credit_code", credit_code("N2", "MF123456")),
        (credit_code("A1", "00000012"), "credit_code", credit_code("A1", "00000012")),
        (f"12345678-{organisation_code_check('12345678')}", "organisation_code", None),
    ],
)
def test_a_valid_value_has_its_kind_and_its_canonical_form(text, kind, value):
    said = explained(text)
    assert (said.valid, said.kind, said.reason) == (True, kind, "")
    assert said.canonical == (value or text)


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("", "unknown", "empty"),
        ("  ", "unknown", "empty"),
        ("张三", "unknown", "form"),
        ("11010119900307867X", "resident", "check_character"),
        ("110105194913310020", "resident", "birth_date"),
        ("1101051949123100", "resident", "length"),
        ("1.23E+17", "resident", "spreadsheet_number"),
        ("1.10105E17", "resident", "spreadsheet_number"),
        ("11010519491231002X（已故）", "resident", "note_after_number"),
        ("610104620927690 母亲", "resident", "note_after_number"),
        ("91620102MA7D2X1X00", "credit_code", "check_character"),
        ("N2620102MF12345600", "credit_code", "check_character"),
        ("12345678-0", "organisation_code", "check_character"),
    ],
)
def test_a_wrong_value_is_told_what_speaks_against_it(text, kind, reason):
    said = explained(text)
    assert (said.valid, said.kind, said.reason) == (False, kind, reason)
    assert said.canonical is None


def test_noughts_at_the_end_are_doubted_even_where_the_check_character_fits():
    cut = next(n for n in (resident(f"620102194501{day:02}100") for day in range(1, 29)) if n.endswith("0"))
    assert explained(cut).valid
    assert explained(cut).warnings == ("spreadsheet_zeros",)


def test_a_wrong_number_that_ends_in_noughts_is_said_to_be_cut_perhaps():
    assert explained("620102194503120000").reason == "check_character"
    assert explained("620102194503120000").warnings == ("spreadsheet_zeros",)


def test_a_mistyped_number_that_fits_as_a_credit_code_by_chance_stays_a_mistyped_number():
    assert valid_credit_code("620102194503124000")
    said = explained("620102194503124000")
    assert (said.valid, said.kind, said.reason) == (False, "resident", "check_character")


def test_a_credit_code_whose_inner_code_does_not_fit_is_valid_and_doubted():
    wrong = "0" if organisation_code_check("MA7D2X1X") != "0" else "1"
    first_17 = f"91620102MA7D2X1X{wrong}"
    said = explained(first_17 + credit_code_check(first_17))
    assert said.valid
    assert said.warnings == ("organisation_code_within",)


def test_what_writing_put_around_a_code_is_repaired():
    code = credit_code("91", "MA7D2X1X")
    said = explained(f"\t{code.lower()} ")
    assert (said.valid, said.canonical) == (True, code)
    assert set(said.repairs) == {"blanks", "lower_case"}


@given(st.text(max_size=24))
def test_any_text_gets_a_verdict(text):
    said = explained(text)
    assert said.valid == (said.canonical is not None) == (said.reason == "")


@given(st.text(alphabet="0123456789X", min_size=15, max_size=18))
def test_it_never_contradicts_what_the_pipeline_does(text):
    assert not canonical(text).valid or explained(text).canonical == canonical(text).value


@given(st.text(alphabet="0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17), st.integers(0, 16), st.data())
def test_a_credit_code_with_one_character_changed_is_never_valid(first_17, place, data):
    first_17 = "N" + first_17[1:2] + "620102" + first_17[8:]
    code = first_17 + credit_code_check(first_17)
    other = data.draw(st.sampled_from("0123456789").filter(lambda c: c != code[place]))
    assert valid_credit_code(code)
    assert not valid_credit_code(code[:place] + other + code[place + 1 :])
