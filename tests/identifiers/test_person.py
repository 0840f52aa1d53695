"""One identity number: kinds, repairs, and what is refused."""

import pytest

from hedui.identifiers.person import canonical

# Worked values of the standards, and numbers that common validators refuse although they are right.
VALID = {
    "11010519491231002X": "resident",
    "440524188001010014": "resident",
    "110101199003078670": "resident",
    "620102194503120015": "resident",  # a region that no table of today holds
    "810000199408230021": "permit",
    "830000199201300022": "permit",
    "911124198108030024": "foreigner",
    "932682198501010017": "foreigner",
    "ABC123456789012": "foreigner_old",
}
MENDED = {
    "610104620927690": ("610104196209276908", ("fifteen_digits",)),
    "11010519491231002x": ("11010519491231002X", ("lower_case",)),
    "'11010519491231002X": ("11010519491231002X", ("apostrophe",)),
    "11010519491231002X\t": ("11010519491231002X", ("blanks",)),
    "110105 19491231 002X": ("11010519491231002X", ("blanks",)),
    "\ufeff11010519491231002X": ("11010519491231002X", ("blanks",)),
    "\u300011010519491231002X": ("11010519491231002X", ("blanks",)),
    "１１０１０５１９４９１２３１００２Ｘ": ("11010519491231002X", ("full_width",)),
    " ’１１０１０５19491231002x": ("11010519491231002X", ("full_width", "blanks", "apostrophe", "lower_case")),
}
REFUSED = {
    "11010119900307867X": "check_character",
    "": "empty",
    "   ": "empty",
    "1.23E+17": "form",
    "11010519491231002X(代领)": "form",
    "１１０１０５": "form",
    "110105194902300028": "birth_date",
    "110105214912310025": "birth_date",
    "610104621327690": "birth_date",
}


@pytest.mark.parametrize(("number", "kind"), VALID.items())
def test_a_right_number_stays_as_it_is(number, kind):
    result = canonical(number)
    assert (result.value, result.kind, result.repairs, result.valid) == (number, kind, (), True)


@pytest.mark.parametrize(("number", "mended"), MENDED.items())
def test_a_number_with_one_meaning_is_repaired_and_says_how(number, mended):
    result = canonical(number)
    assert (result.value, result.repairs) == mended


@pytest.mark.parametrize(("number", "reason"), REFUSED.items())
def test_what_cannot_be_right_is_left_as_delivered_and_says_why(number, reason):
    result = canonical(number)
    assert (result.value, result.repairs, result.valid, result.reason) == (number, (), False, reason)


@pytest.mark.parametrize("sequence", [996, 997, 998, 999])
def test_centenarians_of_the_15_digit_numbers_were_born_in_the_19th_century(sequence):
    assert canonical(f"620102800101{sequence}").value.startswith("62010218800101")
    assert canonical("620102800101995").value.startswith("62010219800101")


def test_the_region_is_never_a_reason():
    number = canonical("999999620927690").value
    assert canonical(number).valid and number.startswith("999999")
