"""What is right or wrong with one value that should be an identifier, for a person who asks. Nothing is kept."""

import re
from dataclasses import dataclass
from typing import Final

from hedui.identifiers.organisation import (
    has_form_of_credit_code,
    has_form_of_organisation_code,
    valid_credit_code,
    valid_organisation_code,
)
from hedui.identifiers.person import CENTURIES, Canonical, canonical, tidied

_EXPONENT: Final = re.compile(r"[0-9]+(\.[0-9]+)?E\+?[0-9]+")
_NUMBER_AND_MORE: Final = re.compile(r"([0-9]{17}[0-9X]|[0-9]{15})[^0-9X].*")


@dataclass(frozen=True)
class Explained:
    """`canonical` is None where `valid` is not; `reason`, and each of `repairs` and `warnings`, is a word of ours."""

    input: str
    kind: str
    canonical: str | None
    repairs: tuple[str, ...]
    valid: bool
    warnings: tuple[str, ...]
    reason: str


def explained(text: str) -> Explained:
    """The kind of a value, told by its content, and whether it can be right.

    Kinds: resident, permit, foreigner, foreigner_old, credit_code, organisation_code, unknown.
    """
    without_nul = text.replace("\0", "")
    dropped = ("nul",) if without_nul != text else ()
    number = canonical(without_nul)
    if number.valid:
        repairs = (*dropped, *number.repairs)
        return Explained(text, number.kind, number.value, repairs, True, _warnings(number), "")
    bare, tidying = tidied(without_nul)
    repairs = (*dropped, *tidying)
    for kind, is_valid in _CODES.items():
        if is_valid(bare):
            return Explained(text, kind, bare, repairs, True, _code_warnings(kind, bare), "")
    return Explained(text, *_wrong(bare, number.reason))


def _wrong(bare: str, reason: str) -> tuple[str, None, tuple[str, ...], bool, tuple[str, ...], str]:
    """What it was probably meant to be, and what speaks against it."""
    kind = "resident"
    if _EXPONENT.fullmatch(bare):
        reason = "spreadsheet_number"
    elif reason == "form":
        if has_form_of_credit_code(bare):
            kind, reason = "credit_code", "check_character"
        elif has_form_of_organisation_code(bare):
            kind, reason = "organisation_code", "check_character"
        elif _NUMBER_AND_MORE.fullmatch(bare):
            reason = "note_after_number"
        elif bare.isdigit() or (bare[:-1].isdigit() and bare.endswith("X")):
            reason = "length"
        else:
            kind, reason = "unknown", "form"
    elif reason == "birth_date" and _could_be_organisation(bare):
        kind, reason = "credit_code", "check_character"
    return ("unknown" if reason == "empty" else kind), None, (), False, (), reason


def _could_be_organisation(bare: str) -> bool:
    """18 digits that begin as the codes of departments do, and name no century where people have their birth date."""
    departments = ("11", "12", "13", "51", "52", "53", "91", "92", "93")
    return has_form_of_credit_code(bare) and bare.startswith(departments) and bare[6:8] not in CENTURIES


def _warnings(number: Canonical) -> tuple[str, ...]:
    # A spreadsheet knows fifteen digits: of a number it cut the last three are noughts, and one in eleven still fits.
    # Where only fifteen were delivered nothing was cut, and a number with letters is text to a spreadsheet.
    whole = "fifteen_digits" in number.repairs or number.kind == "foreigner_old"
    return ("spreadsheet_zeros",) if number.value.endswith("000") and not whole else ()


def _code_warnings(kind: str, code: str) -> tuple[str, ...]:
    return ("organisation_code_within",) if kind == "credit_code" and not valid_organisation_code(code[8:17]) else ()


_CODES: Final = {"credit_code": valid_credit_code, "organisation_code": valid_organisation_code}
