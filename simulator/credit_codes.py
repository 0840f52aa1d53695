"""Unified social credit codes after GB 32100: valid, and no two bodies of the province share one."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from simulator.identity import COUNTY_CODES
from simulator.times import Ints

# Who registered a body, and what it is: the first two characters.
COMPANY, ADMINISTRATION, INSTITUTION, VILLAGE_COLLECTIVE = "91", "11", "12", "N2"

_CHARACTERS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODES: Final = np.frombuffer(_CHARACTERS.encode(), dtype=np.uint8)
_WEIGHTS: Final = np.array([pow(3, place, 31) for place in range(17)])
# Of the organisation code of GB 11714 within: eight characters and their check character.
_INNER_WEIGHTS: Final = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_INNER_CHECK: Final = np.array([_CHARACTERS.index(c) for c in "0123456789X0"])
_COUNTIES: Final = np.array([[int(digit) for digit in code] for code in COUNTY_CODES])


def credit_codes(kind: str, county: Ints, number: Ints) -> pa.StringArray:
    """The codes of bodies of one kind; a number, of eight digits at most, stands for one body."""
    values = np.empty((len(number), 18), dtype=np.int64)
    values[:, :2] = [_CHARACTERS.index(character) for character in kind]
    values[:, 2:8] = _COUNTIES[county]
    values[:, 8:16] = number[:, None] // 10 ** np.arange(7, -1, -1) % 10
    values[:, 16] = _INNER_CHECK[11 - values[:, 8:16] @ _INNER_WEIGHTS % 11]
    values[:, 17] = -(values[:, :17] @ _WEIGHTS) % 31
    return _as_text(_CODES[values])


def _as_text(characters: npt.NDArray[np.uint8]) -> pa.StringArray:
    count, width = characters.shape
    offsets = np.arange(0, width * count + 1, width, dtype=np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(characters.tobytes()))
