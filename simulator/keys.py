"""Record keys: a letter for the dataset, the person's number in the province, and which record of the person it is.

A person who plays in a scene has ordinary settlements only; what a scene adds is counted from STAGED on.
"""

import pyarrow as pa
import pyarrow.compute as pc

from simulator.drafts import (
    APPOINTMENTS,
    ASSETS,
    BIDS,
    CADRES,
    CANCELLATIONS,
    COMPLAINTS,
    CONTRACTS,
    DEATH_CERTIFICATES,
    DEATHS,
    DETENTIONS,
    DIBAO,
    DISABILITY_SUBSIDY,
    DUI_CASES,
    ENROLMENTS,
    ID_CHANGES,
    MARRIAGES,
    PAYMENTS,
    PAYROLL,
    PENSIONS,
    POSTS,
    SETTLEMENTS,
    SPECIAL_HARDSHIP,
    SUPPLIERS,
    TENDERS,
    VEHICLES,
)
from simulator.times import Ints

STAGED = 5_000
HOUSEHOLD = "household"
# The employee numbers of public employees are made of unit and identity number instead.
_LETTERS = {
    DEATHS: "D",
    DIBAO: "B",
    SPECIAL_HARDSHIP: "K",
    DISABILITY_SUBSIDY: "C",
    MARRIAGES: "M",
    SETTLEMENTS: "S",
    DEATH_CERTIFICATES: "Z",
    ENROLMENTS: "E",
    PAYROLL: "G",
    PENSIONS: "Y",
    POSTS: "W",
    APPOINTMENTS: "A",
    CANCELLATIONS: "X",
    DUI_CASES: "P",
    VEHICLES: "V",
    DETENTIONS: "L",
    ID_CHANGES: "I",
    PAYMENTS: "F",
    HOUSEHOLD: "J",
    TENDERS: "T",
    BIDS: "Q",
    CONTRACTS: "O",
    SUPPLIERS: "U",
    COMPLAINTS: "H",
    ASSETS: "R",
    CADRES: "N",
}


def record_key(dataset: str, number: int, nth: int = 0) -> str:
    """The key of a person's nth record of a dataset, or, of HOUSEHOLD, the number of a household this person heads."""
    return f"{_LETTERS[dataset]}{number:09d}{nth:04d}"


def record_keys(dataset: str, numbers: Ints, nth: Ints | int = 0) -> pa.Array:
    """The same for many."""
    return pc.binary_join_element_wise(_LETTERS[dataset], padded(numbers * 10_000 + nth, 13), "")


def padded(numbers: Ints, width: int) -> pa.Array:
    """Numbers as text with leading zeros."""
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
