"""One identity number: which kind it is, whether it can be right, and its canonical form.

Sources: GB 11643-1999 (18 characters: region 6, birth date 8, sequence 3, check character by ISO 7064 MOD 11-2), the
15-digit numbers before it, the permits for residents of Hong Kong, Macao and Taiwan, and the foreigners' cards.
A region never speaks against a number: codes retire, split and merge, and the elderly carry codes older than any table.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["resident", "permit", "foreigner", "foreigner_old", "unknown"]
Repair = Literal["full_width", "apostrophe", "blanks", "lower_case", "fifteen_digits"]
Reason = Literal["", "empty", "form", "birth_date", "check_character"]

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
CENTURIES = ("18", "19", "20")
LENGTH = 18
# From here on, sequences of 15-digit numbers were kept for people who were already a hundred years old.
FIRST_CENTENARIAN = 996
APOSTROPHES = "'’‘"
# Everything an agency's system puts around a value without meaning it.
BLANKS = " \t\r\n\v\f\u00a0\u3000\ufeff\u200b"

_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_FIFTEEN = re.compile(r"[0-9]{15}")
_FOREIGNER_OLD = re.compile(r"[A-Z]{3}[0-9]{12}")


@dataclass(frozen=True)
class Canonical:
    """`value` is canonical where `valid`; otherwise the text as delivered, and `reason` says what speaks against it."""

    value: str
    kind: Kind
    repairs: tuple[Repair, ...]
    valid: bool
    reason: Reason


def check_character(first_17: str) -> str:
    """The last character that belongs to 17 digits."""
    return CHECK_CHARACTERS[sum(w * int(d) for w, d in zip(WEIGHTS, first_17, strict=True)) % 11]


def canonical(text: str) -> Canonical:
    """The canonical form of one number. Repairs only what has a single meaning, and only into a valid number."""
    cleaned, repairs = tidied(text)
    if _FIFTEEN.fullmatch(cleaned):
        cleaned, repairs = _lengthened(cleaned), (*repairs, "fifteen_digits")
    kind, reason = _judged(cleaned)
    if reason:
        return Canonical(text, "unknown", (), False, reason)
    return Canonical(cleaned, kind, repairs, True, "")


def tidied(text: str) -> tuple[str, tuple[Repair, ...]]:
    """The text without what writing and spreadsheets put around a number, and what of it there was."""
    repairs: list[Repair] = []
    narrow = unicodedata.normalize("NFKC", text)
    without_blanks = "".join(narrow.split()).replace("\ufeff", "").replace("\u200b", "")
    # NFKC turns the ideographic space into a plain one: that alone is a blank, not a full-width character.
    if "".join(text.split()) != "".join(narrow.split()):
        repairs.append("full_width")
    if without_blanks != narrow:
        repairs.append("blanks")
    bare = without_blanks.lstrip(APOSTROPHES)
    if bare != without_blanks:
        repairs.append("apostrophe")
    upper = bare.upper() if bare.isascii() else bare
    if upper != bare:
        repairs.append("lower_case")
    return upper, tuple(repairs)


def _lengthened(fifteen: str) -> str:
    century = "18" if int(fifteen[-3:]) >= FIRST_CENTENARIAN else "19"
    first_17 = fifteen[:6] + century + fifteen[6:]
    return first_17 + check_character(first_17)


def _judged(value: str) -> tuple[Kind, Reason]:
    if not value:
        return "unknown", "empty"
    if _FOREIGNER_OLD.fullmatch(value):
        return "foreigner_old", ""
    if not _EIGHTEEN.fullmatch(value):
        return "unknown", "form"
    if not _is_birth_date(value[6:14]):
        return "unknown", "birth_date"
    if check_character(value[:17]) != value[17]:
        return "unknown", "check_character"
    return _kind(value), ""


def _kind(value: str) -> Kind:
    if value.startswith("9"):
        return "foreigner"
    return "permit" if value[:2] in ("81", "82", "83") else "resident"


def _is_birth_date(digits: str) -> bool:
    if digits[:2] not in CENTURIES:
        return False
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
