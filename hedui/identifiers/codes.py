"""Whole columns of codes of organisations, without Python per row: a million codes are a few look-ups by place."""

from collections.abc import Callable
from functools import cache
from string import ascii_uppercase, digits
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hedui.identifiers.columns import Mask, offsets
from hedui.identifiers.organisation import ALPHABET, CREDIT_WEIGHTS, FIRST, ORGANISATION_WEIGHTS

Bytes = npt.NDArray[np.uint8]

_BLOCK: Final = 65_536  # rows whose bytes and sums stay in the processor's cache
_DIVISION: Final = range(2, 8)  # places of a credit code that hold digits
_NEVER: Final = 10_000  # larger than any sum of a code


def valid_credit_codes(values: pa.StringArray) -> Mask:
    """Which values are valid credit codes, as `valid_credit_code` says of each. Null is not."""
    return _of_width(values, 18, _credit_codes)


def valid_organisation_codes(values: pa.StringArray) -> Mask:
    """Which values are valid organisation codes, as `valid_organisation_code` says of each. Null is not."""
    return _of_width(values, 9, _organisation_codes) | _of_width(values, 10, _with_hyphen)


def _of_width(values: pa.StringArray, width: int, check: Callable[[Bytes], Mask]) -> Mask:
    """What `check` says of the values of `width` bytes, which it gets as a matrix; false of all others."""
    places, said = offsets(values), np.zeros(len(values), dtype=np.bool_)
    fitting = np.flatnonzero((np.diff(places) == width) & values.is_valid().to_numpy(zero_copy_only=False))
    if not len(fitting):
        return said
    windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(values.buffers()[2], dtype=np.uint8), width)
    for start in range(0, len(fitting), _BLOCK):
        rows = fitting[start : start + _BLOCK]
        said[rows] = check(windows[places[rows]])
    return said


def _credit_codes(codes: Bytes) -> Mask:
    sums = np.zeros(len(codes), dtype=np.int32)
    for place, weight in enumerate((*CREDIT_WEIGHTS, 1)):  # with its check character a sum is a multiple of 31
        allowed = FIRST if place == 0 else digits if place in _DIVISION else ALPHABET
        sums += _values(ALPHABET, allowed)[codes[:, place]] * weight
    valid: Mask = (sums < _NEVER) & (sums % 31 == 0)
    return valid


def _with_hyphen(codes: Bytes) -> Mask:
    valid: Mask = (codes[:, 8] == ord("-")) & _organisation_codes(np.delete(codes, 8, axis=1))
    return valid


def _organisation_codes(codes: Bytes) -> Mask:
    sums = _values(f"{digits}X", f"{digits}X")[codes[:, 8]].copy()
    for place, weight in enumerate(ORGANISATION_WEIGHTS):
        sums += _values(digits + ascii_uppercase, digits + ascii_uppercase)[codes[:, place]] * weight
    valid: Mask = (sums < _NEVER) & (sums % 11 == 0)
    return valid


@cache
def _values(alphabet: str, allowed: str) -> npt.NDArray[np.int32]:
    """For each byte its place in the alphabet, `_NEVER` where it is not allowed."""
    values = np.full(256, _NEVER, dtype=np.int32)
    for character in allowed:
        values[ord(character)] = alphabet.index(character)
    return values
