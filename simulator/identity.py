"""Identity numbers after GB 11643: valid, and no two people share one.

Beside residents there are the permits of Hong Kong, Macao and Taiwan residents (81, 82, 83) and foreigners' permanent
residence cards (9, issuing province, nationality), which have the same form.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from simulator.times import Ints

# A county's code, and the code it had before its prefecture became a city: who was registered then keeps it.
COUNTIES: tuple[tuple[str, str], ...] = (
    ("620102", ""), ("620103", ""), ("620104", ""), ("620105", ""), ("620111", ""), ("620121", ""),
    ("620122", ""), ("620123", ""), ("620302", ""), ("620321", ""), ("620402", ""), ("620403", ""),
    ("620421", "622422"), ("620422", "622423"), ("620423", "622324"), ("620502", "622501"), ("620503", "622522"),
    ("620521", "622523"), ("620522", "622530"), ("620523", "622529"), ("620524", "622528"), ("620525", "622521"),
    ("620602", "622301"), ("620621", "622322"), ("620622", "622323"), ("620623", "622326"), ("620702", "622201"),
    ("620721", "622222"), ("620722", "622223"), ("620723", "622224"), ("620724", "622225"), ("620725", "622226"),
    ("620802", "622701"), ("620821", "622722"), ("620822", "622723"), ("620823", "622724"), ("620825", "622726"),
    ("620826", "622727"), ("620881", "622725"), ("620902", "622102"), ("620921", "622123"), ("620922", "622126"),
    ("620981", "622101"), ("620982", "622103"), ("621002", "622801"), ("621021", "622821"), ("621022", "622822"),
    ("621023", "622823"), ("621026", "622826"), ("621027", "622827"), ("621102", "622421"), ("621121", "622424"),
    ("621122", "622425"), ("621124", "622427"), ("621126", "622429"), ("621202", "622621"), ("621221", "622624"),
    ("621223", "622623"), ("621225", "622627"), ("622901", ""), ("622921", ""), ("622926", ""), ("623001", ""),
    ("623021", ""), ("623027", ""),
)  # fmt: skip
COUNTY_CODES = tuple(code for code, _ in COUNTIES)
PERMITS = ("810000", "820000", "830000")
FOREIGN = ("962840", "962826", "962643", "962398", "962586", "962410", "962276")
GUESTS = PERMITS + FOREIGN

_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_CHECK = np.frombuffer(b"10X98765432", dtype=np.uint8)
# 996 to 999 once marked centenarians; leaving them out keeps 15-digit numbers unambiguous.
_SEQUENCES_OF_A_SEX = 497
# Each chunk of people owns the slots (prefix, sequence) that leave its number on division by this prime.
MAX_CHUNKS = 1283


def check_character(first17: str) -> str:
    """The last character of an identity number."""
    total = sum(int(weight) * int(digit) for weight, digit in zip(_WEIGHTS, first17, strict=True))
    return chr(_CHECK[total % 11])


def former_number(number: str) -> str:
    """The number a resident had before it was changed: one of the neighbouring province, so nobody else's."""
    first17 = "61" + number[2:17]
    return first17 + check_character(first17)


def short_form(number: str) -> str:
    """The 15 digits that people born in the twentieth century had before 1999."""
    return number[:6] + number[8:17]


def identity_slots(prefixes: int, born: Ints, male: npt.NDArray[np.bool_], chunk: int) -> tuple[Ints, Ints]:
    """Index of the prefix and sequence number for each person of a chunk.

    No two people in the province share both and a birthday. Raises ValueError where the numbers run out.
    """
    slots = (prefixes * _SEQUENCES_OF_A_SEX - chunk + MAX_CHUNKS - 1) // MAX_CHUNKS
    rank = _rank_among_equals(born * 2 + male)
    if chunk >= MAX_CHUNKS or rank.max(initial=0) >= slots:
        raise ValueError("more people than identity numbers: take fewer people")
    slot = chunk + MAX_CHUNKS * ((born * 2_654_435_761 + rank) % slots)
    return slot % prefixes, 2 * (slot // prefixes) + np.where(male, 1, 2)


def identity_numbers(prefixes: Sequence[str], which: Ints, born: Ints, sequence: Ints) -> pa.StringArray:
    """The numbers, with their check characters."""
    digits = np.empty((len(born), 18), dtype=np.uint8)
    table = np.array([[int(c) for c in prefix] for prefix in prefixes], dtype=np.uint8)
    digits[:, :6] = table[which]
    _write_digits(digits[:, 6:14], _yyyymmdd(born))
    _write_digits(digits[:, 14:17], sequence)
    remainder = digits[:, :17].astype(np.int64) @ _WEIGHTS % 11
    digits[:, :17] += ord("0")
    digits[:, 17] = _CHECK[remainder]
    offsets = np.arange(0, 18 * len(born) + 1, 18, dtype=np.int32)
    return pa.StringArray.from_buffers(len(born), pa.py_buffer(offsets), pa.py_buffer(digits.tobytes()))


def _rank_among_equals(values: Ints) -> Ints:
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(values) else order
    sizes = np.diff(np.append(starts, len(values)))
    rank = np.empty(len(values), dtype=np.int64)
    rank[order] = np.arange(len(values)) - np.repeat(starts, sizes)
    return rank


def _yyyymmdd(days: Ints) -> Ints:
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]").astype(np.int64)
    day_of_month = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
    number: Ints = (months // 12 + 1970) * 10_000 + (months % 12 + 1) * 100 + day_of_month
    return number


def _write_digits(into: npt.NDArray[np.uint8], numbers: Ints) -> None:
    for column in range(into.shape[1] - 1, -1, -1):
        into[:, column] = numbers % 10
        numbers = numbers // 10
