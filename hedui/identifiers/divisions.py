"""Division codes: 6 digits down to the county, 9 to the township, 12 to the village.

Sources: GB/T 2260, GB/T 10114. A code once given stays right for what happened while it was in force, so a retired one
is no fault. Which codes were ever given is known only where a site has a table of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

import pyarrow as pa
import pyarrow.compute as pc

from hedui.identifiers.columns import Mask

_PROVINCE: Final = "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]"
_FORM: Final = rf"^({_PROVINCE})([0-9]{{4}}|[0-9]{{7}}|[0-9]{{10}})$"
_COUNTY, _TOWNSHIP = 6, 9


@dataclass(frozen=True)
class Divisions:
    """Codes that were ever in force, by length. It says nothing of lengths and provinces of which it holds none."""

    codes: Mapping[int, frozenset[str]]

    @classmethod
    def of(cls, codes: Iterable[str]) -> Self:
        """From codes of counties and townships in any order; the county of a township is known with it."""
        every = frozenset(known for code in codes for known in (code, code[:_COUNTY]))
        return cls({length: frozenset(c for c in every if len(c) == length) for length in (_COUNTY, _TOWNSHIP)})

    def hold(self, values: pa.StringArray) -> pa.BooleanArray:
        """Which of these codes, all of right form, were in force; of a village, whether its township was."""
        county, township = (pc.utf8_slice_codeunits(values, 0, length) for length in (_COUNTY, _TOWNSHIP))
        within = pc.utf8_slice_codeunits(values, _COUNTY, _TOWNSHIP)
        no_township = pc.is_in(within, pa.array(["", "000"]))  # noughts stand for the county as a whole
        return pc.and_(self._held(county, _COUNTY), pc.or_(no_township, self._held(township, _TOWNSHIP)))

    def _held(self, codes: pa.StringArray, length: int) -> pa.BooleanArray:
        table = pa.array(sorted(self.codes[length]), pa.string())
        covered = pc.is_in(pc.utf8_slice_codeunits(codes, 0, 2), pc.utf8_slice_codeunits(table, 0, 2))
        return pc.or_(pc.invert(covered), pc.is_in(codes, table))


def valid_division_codes(values: pa.StringArray, divisions: Divisions | None = None) -> Mask:
    """Which values are 6, 9 or 12 digits of a province that exists, and in force once where a table says so.

    Null is not.
    """
    encoded = values.dictionary_encode()  # few are different
    valid = pc.match_substring_regex(encoded.dictionary, _FORM)
    if divisions:
        valid = pc.and_(valid, divisions.hold(encoded.dictionary))
    mask: Mask = pc.fill_null(valid.take(encoded.indices), False).to_numpy(zero_copy_only=False)
    return mask
