"""What is right or wrong with one value that should be an identifier, for a person who asks. Nothing is kept."""

import re
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from hedui.identifiers.organisation import (
    has_form_of_credit_code,
    has_form_of_organisation_code,
    valid_credit_code,
    valid_organisation_code,
)
from hedui.identifiers.person import BLANKS, CENTURIES, Canonical, canonical, tidied
from hedui.identifiers.written_codes import canonical_codes

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
    # One in thirty mistyped identity numbers passes as a credit code: it is one only if the code within fits too.
    without_nul = text.replace("\0", "")
    dropped = ("nul",) if without_nul != text else ()
    number = canonical(without_nul)
    if number.valid:
        repairs = (*dropped, *number.repairs)
        return Explained(text, number.kind, number.value, repairs, True, _warnings(number), "")
    code = _as_code(without_nul)
    if code and not (number.reason == "check_character" and _code_warnings(*code[:2])):
        kind, value, tidying = code
        return Explained(text, kind, value, (*dropped, *tidying), True, _code_warnings(kind, value), "")
    return Explained(text, *_wrong(tidied(without_nul)[0], number.reason))


def _as_code(text: str) -> tuple[str, str, tuple[str, ...]] | None:
    """Kind, form and repairs of a code, as the pipeline makes them of a column."""
    column = canonical_codes(pa.array([text], pa.string()))
    credit, bare = column.values[0].as_py(), text.strip(BLANKS)
    if valid_credit_code(credit):
        return "credit_code", credit, tuple(column.repairs)
    if valid_organisation_code(bare):
        return "organisation_code", bare, ("blanks",) if bare != text else ()
    return None


def _wrong(bare: str, reason: str) -> tuple[str, None, tuple[str, ...], bool, tuple[str, ...], str]:
    """What it was probably meant to be, and what speaks against it."""
    kind = "resident"
    if _EXPONENT.fullmatch(bare):
        reason = "spreadsheet_number"
    elif reason == "form":
        if has_form_of_credit_code(bare):
            kind, reason = "credit_code", "writing" if valid_credit_code(bare) else "check_character"
        elif valid_organisation_code(bare):
            kind, reason = "organisation_code", "writing"
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
    cut = kind == "resident" and reason == "check_character" and bare.endswith("000")
    doubts = ("spreadsheet_zeros",) if cut else ()
    return ("unknown" if reason == "empty" else kind), None, (), False, doubts, reason


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
