"""Codes of organisations: the unified social credit code and the organisation code within it.

Sources: GB 32100-2015 (18 characters of an alphabet of 31: department, category, division 6, organisation code 9, check
character by weights 3^i modulo 31), GB 11714 (eight characters, and a check character by weights modulo 11). The first
character is a digit or one of the letters A, N (rural collectives) and Y.
"""

import re
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
FIRST: Final = "0123456789ANY"
CREDIT_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_CREDIT_CODE: Final = re.compile(rf"[{FIRST}][{ALPHABET}][0-9]{{6}}[{ALPHABET}]{{10}}")
_ORGANISATION_CODE: Final = re.compile(r"[0-9A-Z]{8}-?[0-9X]")


def has_form_of_credit_code(text: str) -> bool:
    """Whether 18 characters stand where a credit code has such characters; the last is not looked at."""
    return _CREDIT_CODE.fullmatch(text) is not None


def has_form_of_organisation_code(text: str) -> bool:
    """Whether these are eight characters and a check character, with or without a hyphen between them."""
    return _ORGANISATION_CODE.fullmatch(text) is not None


def valid_credit_code(text: str) -> bool:
    """Whether form and check character are those of a credit code. Of the code within, only the form is looked at."""
    return has_form_of_credit_code(text) and credit_code_check(text[:17]) == text[17]


def valid_organisation_code(text: str) -> bool:
    """Whether form and check character are those of an organisation code."""
    return has_form_of_organisation_code(text) and organisation_code_check(text[:8]) == text[-1]


def credit_code_check(first_17: str) -> str:
    """The last character that belongs to the first 17 of a credit code."""
    total = sum(w * ALPHABET.index(c) for w, c in zip(CREDIT_WEIGHTS, first_17, strict=True))
    return ALPHABET[-total % 31]


def organisation_code_check(first_8: str) -> str:
    """The last character that belongs to the first eight of an organisation code."""
    remainder = -sum(w * int(c, 36) for w, c in zip(ORGANISATION_WEIGHTS, first_8, strict=True)) % 11
    return "X" if remainder == 10 else str(remainder)
