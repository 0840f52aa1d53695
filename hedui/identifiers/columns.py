"""Whole columns of identity numbers, without Python per row for those that are already canonical.

A number of 18 characters is nine pairs. A table per pair holds its share of the ISO 7064 sum, or a mark that the pair
cannot stand there, so one column of a million numbers is nine look-ups.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hedui.identifiers.person import (
    APOSTROPHES,
    CENTURIES,
    CHECK_CHARACTERS,
    FIRST_CENTENARIAN,
    LENGTH,
    WEIGHTS,
    canonical,
)
from hedui.identifiers.remarks import Mask as Mask
from hedui.identifiers.remarks import rows_by_remark, spread, together

# What people and systems write around and instead of digits, and of which every version of Unicode says the same.
_USUAL_SIGNS: Final = r"^[\x{0}-\x{7F}\x{A0}\x{2018}\x{2019}\x{200B}\x{3000}\x{FEFF}\x{FF01}-\x{FF5E}]*$"
_WIDE_SIGN: Final = r"[\x{FF01}-\x{FF5E}]"
_BLANK_SIGNS: Final = r"[\x{9}-\x{D}\x{1C}-\x{20}\x{200B}\x{FEFF}]"
_BLOCK = 65_536  # rows whose pairs, sums and tables stay in the processor's cache
_PAIRS = LENGTH // 2
_NEVER = 1024  # larger than nine shares of at most 10
_LATE_DAY = 512  # a day that not every month has: the calendar is asked
_CENTURY, _MONTH, _DAY = 3, 5, 6
_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True)
class CanonicalColumn:
    """`values` in canonical form where that is possible; `repairs` says which rows each repair changed."""

    values: pa.StringArray
    repairs: Mapping[str, Mask]


def valid_column(values: pa.StringArray) -> Mask:
    """Which values are valid identity numbers in canonical form. Null is not."""
    lengths = _lengths(values)
    valid = np.zeros(len(values), dtype=np.bool_)
    eighteen = lengths == LENGTH
    valid[eighteen] = _check(_pairs(values, eighteen))
    if (fifteen := lengths == 15).any():
        short = values.filter(pa.array(fifteen))
        valid[fifteen] = pc.match_substring_regex(short, "^[A-Z]{3}[0-9]{12}$").to_numpy(zero_copy_only=False)
    return valid


def canonical_column(values: pa.StringArray) -> CanonicalColumn:
    """Every value as `canonical` would leave it, null as null."""
    doubtful = ~valid_column(values) & values.is_valid().to_numpy(zero_copy_only=False)
    if not doubtful.any():
        return CanonicalColumn(values, {})
    texts = values.filter(pa.array(doubtful))
    usual = of_usual_signs(texts)
    whole, single = _of_usual_signs(texts.filter(pa.array(usual))), _each(texts.filter(pa.array(~usual)))
    mended = pc.replace_with_mask(texts, pa.array(usual), whole.values)
    mended = pc.replace_with_mask(mended, pa.array(~usual), single.values)
    found = together(spread(whole.repairs, usual), spread(single.repairs, ~usual))
    return CanonicalColumn(pc.replace_with_mask(values, pa.array(doubtful), mended), spread(found, doubtful))


def _each(texts: pa.StringArray) -> CanonicalColumn:
    """One by one, as far as they differ."""
    several = texts.dictionary_encode()
    results = [canonical(text) for text in several.dictionary.to_pylist()]
    values = pa.array([result.value for result in results], pa.string()).take(several.indices)
    remarks = {number: result.repairs for number, result in enumerate(results)}
    return CanonicalColumn(values, rows_by_remark(remarks, len(results), several.indices.to_numpy()))


def _of_usual_signs(texts: pa.StringArray) -> CanonicalColumn:
    """The steps of `canonical`, each done to all: a whole delivery may have one and the same oddity."""
    upper, tidying = tidied_column(texts)
    fifteen = pc.match_substring_regex(upper, "^[0-9]{15}$")
    eighteen = pc.replace_with_mask(upper, fifteen, _lengthened(upper.filter(fifteen)))
    valid = valid_column(eighteen)
    made = {**tidying, "fifteen_digits": fifteen.to_numpy(zero_copy_only=False)}
    repairs = {repair: rows & valid for repair, rows in made.items()}
    return CanonicalColumn(pc.if_else(pa.array(valid), eighteen, texts), repairs)


def of_usual_signs(texts: pa.StringArray) -> Mask:
    """Which values are of such signs alone that `tidied_column` does to them what `tidied` does to each."""
    usual: Mask = pc.match_substring_regex(texts, _USUAL_SIGNS).to_numpy(zero_copy_only=False)
    return usual


def tidied_column(texts: pa.StringArray) -> tuple[pa.StringArray, dict[str, Mask]]:
    """What `tidied` leaves of each value; and which rows each repair changed, if any."""
    narrow = pc.utf8_normalize(texts, "NFKC")
    without_blanks = pc.replace_substring_regex(narrow, _BLANK_SIGNS, "")
    bare = pc.utf8_ltrim(without_blanks, APOSTROPHES)
    upper = pc.ascii_upper(bare)
    steps: dict[str, pa.BooleanArray] = {
        "full_width": pc.match_substring_regex(texts, _WIDE_SIGN),
        "blanks": pc.not_equal(without_blanks, narrow),
        "apostrophe": pc.not_equal(bare, without_blanks),
        "lower_case": pc.not_equal(upper, bare),
    }
    return upper, {repair: done.to_numpy(zero_copy_only=False) for repair, done in steps.items()}


def _lengthened(fifteen: pa.StringArray) -> pa.StringArray:
    """15 digits each as 18 characters, right or wrong."""
    places = offsets(fifteen)
    if not len(fifteen):
        return fifteen
    old = np.frombuffer(fifteen.buffers()[2], dtype=np.uint8)[places[0] : places[-1]].reshape(-1, 15) - ord("0")
    new = np.empty((len(old), LENGTH), dtype=np.uint8)
    sequence = old[:, 12:].astype(np.int32) @ np.array([100, 10, 1], dtype=np.int32)
    new[:, :6], new[:, 6], new[:, 8:17] = old[:, :6], 1, old[:, 6:]
    new[:, 7] = np.where(sequence >= FIRST_CENTENARIAN, 8, 9)
    remainders = new[:, :17].astype(np.int32) @ np.array(WEIGHTS, dtype=np.int32) % 11
    new[:, :17] += ord("0")
    new[:, 17] = np.frombuffer(CHECK_CHARACTERS.encode(), dtype=np.uint8)[remainders]
    ends = np.arange(len(new) + 1, dtype=np.int32) * LENGTH
    return pa.Array.from_buffers(pa.string(), len(new), [None, pa.py_buffer(ends), pa.py_buffer(new)])


def offsets(values: pa.StringArray) -> npt.NDArray[np.int32]:
    """Where each value begins in the bytes of the array, and where the last one ends."""
    if not len(values):
        return np.zeros(1, dtype=np.int32)
    return np.frombuffer(values.buffers()[1], dtype=np.int32)[values.offset : values.offset + len(values) + 1]


def _lengths(values: pa.StringArray) -> npt.NDArray[np.int32]:
    """Bytes of each value, -1 for null."""
    lengths = np.diff(offsets(values))
    if values.null_count:
        lengths = np.where(values.is_valid().to_numpy(zero_copy_only=False), lengths, -1)
    return lengths


def _pairs(values: pa.StringArray, eighteen: Mask) -> npt.NDArray[np.uint16]:
    """The chosen values, each of 18 bytes, as rows of nine pairs of characters."""
    if not eighteen.any():
        return np.zeros((0, _PAIRS), dtype=np.uint16)
    places, data = offsets(values), np.frombuffer(values.buffers()[2], dtype=np.uint8)
    if eighteen.all():
        return data[places[0] : places[-1]].view(np.uint16).reshape(-1, _PAIRS)
    starts = places[:-1][eighteen]
    windows = np.lib.stride_tricks.sliding_window_view(data, LENGTH)
    return np.ascontiguousarray(windows[starts]).view(np.uint16).reshape(-1, _PAIRS)


def _check(pairs: npt.NDArray[np.uint16]) -> Mask:
    valid = np.empty(len(pairs), dtype=np.bool_)
    for start in range(0, len(pairs), _BLOCK):
        valid[start : start + _BLOCK] = _check_block(pairs[start : start + _BLOCK])
    return valid


def _check_block(pairs: npt.NDArray[np.uint16]) -> Mask:
    tables = _tables()
    sums = tables[0][pairs[:, 0]]
    for place in range(1, _PAIRS):
        sums += tables[place][pairs[:, place]]
    valid: Mask = _verdicts()[sums]
    late = np.flatnonzero(valid & (sums >= _LATE_DAY))
    valid[late] = _days_exist(pairs[late])
    return valid


@cache
def _tables() -> tuple[npt.NDArray[np.uint16], ...]:
    """For each pair of places and each two characters: their share of the sum, `_NEVER` if they cannot stand there."""
    weights = (*WEIGHTS, 1)
    tables = [np.full(65_536, _NEVER, dtype=np.uint16) for _ in range(_PAIRS)]
    for place in range(_PAIRS):
        seconds = "0123456789X" if place == _PAIRS - 1 else "0123456789"
        for a in "0123456789":
            for b in seconds:
                if _can_stand(place, a + b):
                    share = weights[2 * place] * int(a) + weights[2 * place + 1] * (10 if b == "X" else int(b))
                    late = _LATE_DAY if place == _DAY and a + b > "28" else 0
                    tables[place][_pair(a, b)] = share % 11 + late
    return tuple(tables)


def _can_stand(place: int, pair: str) -> bool:
    if place == _CENTURY:
        return pair in CENTURIES
    if place == _MONTH:
        return "01" <= pair <= "12"
    return place != _DAY or "01" <= pair <= "31"


def _pair(a: str, b: str) -> int:
    return int(np.frombuffer((a + b).encode("ascii"), dtype=np.uint16)[0])


@cache
def _verdicts() -> Mask:
    """Which sums are those of a valid number: 1 modulo 11, with no pair that cannot stand in its place."""
    sums = np.arange(_PAIRS * (_NEVER + 10) + _LATE_DAY + 1)
    without_mark = np.where(sums >= _LATE_DAY, sums - _LATE_DAY, sums)
    verdicts: Mask = (sums < _NEVER) & (without_mark % 11 == 1)
    return verdicts


def _days_exist(pairs: npt.NDArray[np.uint16]) -> Mask:
    """Whether the month has that day, for days after the 28th."""
    digits = pairs[:, 3:7].copy().view(np.uint8).reshape(-1, 8).astype(np.int16) - ord("0")
    year = digits[:, :4] @ np.array([1000, 100, 10, 1], dtype=np.int16)
    month, day = digits[:, 4] * 10 + digits[:, 5], digits[:, 6] * 10 + digits[:, 7]
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    exists: Mask = day <= _DAYS[month] + ((month == 2) & leap)
    return exists
