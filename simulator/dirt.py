"""What clerks, spreadsheets and old systems do to a row.

`DIRT` states the share of the rows that could carry a fault and do. A row has one fault at most. Record keys and the
time of change are never dirty; dates of birth stand in no feed. In the health database the days of service are free
text and can be dirty, the day of settlement is a date and cannot.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.drafts import DEATHS, DUI_CASES, EMPLOYEES, SETTLEMENTS
from simulator.identity import short_form
from simulator.names import written_differently
from simulator.people import Flags
from simulator.times import Ints
from simulator.writing import FORMS

Row = dict[str, str | None]
Rates = Mapping[str, Mapping[str, float]]

_DATES = {
    DEATHS: ("died_on",),
    SETTLEMENTS: ("started_on", "ended_on"),
    EMPLOYEES: ("posted_on",),
    DUI_CASES: ("caught_on",),
}


@dataclass(frozen=True)
class Fault:
    """`spoil` rewrites one row, given under the contract's field names; it can only hit rows whose `of` matches."""

    repairable: bool
    spoil: Callable[[Row, str, random.Random], None]
    of: str = "person"
    only: str = ""


def _on(field: str, change: Callable[[str], str | None]) -> Callable[[Row, str, random.Random], None]:
    def spoil(row: Row, dataset: str, dice: random.Random) -> None:
        row[field] = change(row[field] or "")

    return spoil


def _on_date(change: Callable[[date, random.Random], str]) -> Callable[[Row, str, random.Random], None]:
    def spoil(row: Row, dataset: str, dice: random.Random) -> None:
        field = dice.choice(_DATES[dataset])
        row[field] = change(date.fromisoformat(row[field] or ""), dice)

    return spoil


_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


def _another_date_form(on: date, dice: random.Random) -> str:
    plain = f"{on.year}-{on.month}-{on.day}"
    return dice.choice((f"{on:%Y%m%d}", plain, f"{on:%Y/%m/%d}", f"{on.year}年{on.month}月{on.day}日"))


def _impossible_date(on: date, dice: random.Random) -> str:
    return dice.choice((f"{on.year}-02-30", f"{on.year}-13-{on.day:02d}", f"{on.year}-06-31", "0000-00-00"))


def _wrong_check(number: str) -> str:
    return number[:17] + ("1" if number[17] == "X" else "X" if number[17] == "9" else str(int(number[17]) + 1))


def _another_name_form(row: Row, dataset: str, dice: random.Random) -> None:
    row["name"] = written_differently(row["name"] or "", dice)


def _ended_before_started(row: Row, dataset: str, dice: random.Random) -> None:
    first, last = ("posted_on", "left_on") if dataset == EMPLOYEES else ("started_on", "ended_on")
    started = date.fromisoformat(row[first] or "")
    row[last] = started.replace(year=started.year - 1, day=min(started.day, 28)).isoformat()


def _negative_amount(row: Row, dataset: str, dice: random.Random) -> None:
    for field in ("total_fen", "pool_fund_fen"):
        row[field] = "-" + (row[field] or "")


def _total_below_fund(row: Row, dataset: str, dice: random.Random) -> None:
    row["total_fen"] = f"{float(row['pool_fund_fen'] or 0) / 2:.2f}"


FAULTS: dict[str, Fault] = {
    "full_width_digits": Fault(True, _on("person", lambda number: number.translate(_FULL_WIDTH))),
    "lower_case_x": Fault(True, _on("person", str.lower), only="X$"),
    "inner_blanks": Fault(True, _on("person", lambda n: f"{n[:6]} {n[6:14]} {n[14:]}")),
    "trailing_blank": Fault(True, _on("person", lambda number: number + " ")),
    "trailing_tab": Fault(True, _on("person", lambda number: number + "\t")),
    "leading_apostrophe": Fault(True, _on("person", lambda number: "'" + number)),
    # Only the elderly still have cards and files from the time of 15 digits.
    "fifteen_digits": Fault(True, _on("person", short_form), only=r"^62\d{4}19[2-5]"),
    "other_date_form": Fault(True, _on_date(_another_date_form)),
    "other_name_form": Fault(True, _another_name_form, of="name", only="[·䶮A-Z]"),
    "wrong_check_character": Fault(False, _on("person", _wrong_check)),
    "missing_number": Fault(False, _on("person", lambda _: None)),
    "scientific_notation": Fault(False, _on("person", lambda n: f"{n[0]}.{n[1:3]}E+17"), only="^[1-9]"),
    "cut_by_spreadsheet": Fault(False, _on("person", lambda number: number[:15] + "000")),
    "impossible_date": Fault(False, _on_date(_impossible_date)),
    "ended_before_started": Fault(False, _ended_before_started),
    "negative_amount": Fault(False, _negative_amount),
    "total_below_pool_fund": Fault(False, _total_below_fund, of="pool_fund_fen", only=r"^[1-9]"),
}

_NUMBERS_AND_NAMES = {
    "full_width_digits": 0.005,
    "lower_case_x": 0.05,
    "inner_blanks": 0.005,
    "trailing_blank": 0.008,
    "fifteen_digits": 0.02,
    "other_name_form": 0.2,
    "wrong_check_character": 0.002,
    "missing_number": 0.001,
    "impossible_date": 0.001,
}
DIRT: Rates = {
    DEATHS: {**_NUMBERS_AND_NAMES, "other_date_form": 0.01},
    SETTLEMENTS: {
        **_NUMBERS_AND_NAMES,
        "other_date_form": 0.005,
        "ended_before_started": 0.001,
        "negative_amount": 0.001,
        "total_below_pool_fund": 0.001,
    },
    EMPLOYEES: {
        **_NUMBERS_AND_NAMES,
        "trailing_tab": 0.006,
        "leading_apostrophe": 0.01,
        "other_date_form": 0.01,
        "scientific_notation": 0.002,
        "cut_by_spreadsheet": 0.003,
        "ended_before_started": 0.002,
    },
    DUI_CASES: {**_NUMBERS_AND_NAMES, "other_date_form": 0.01},
}
# Rows that an agency sends twice within one interval, word for word.
DUPLICATES = {DEATHS: 0.002, SETTLEMENTS: 0.001, EMPLOYEES: 0.004, DUI_CASES: 0.002}


def soiled(dataset: str, rows: pa.Table, rates: Rates, seed: str, rng: np.random.Generator) -> pa.Table:
    """The written rows with faults at the stated rates; rows sent twice follow at the end."""
    if dataset not in rates:
        return rows
    fields = {theirs: ours for ours, theirs in FORMS[dataset].columns.items()}
    names = list(rates[dataset])
    which = _fault_of_each_row(dataset, rows, rates[dataset], rng)
    hit = np.flatnonzero(which >= 0)
    dice = random.Random(f"{seed}/{dataset}")
    dirty = [
        _spoilt(row, fields, dataset, names[fault], dice)
        for row, fault in zip(rows.take(pa.array(hit)).to_pylist(), which[hit], strict=True)
    ]
    rows = _replaced(rows, which >= 0, pa.Table.from_pylist(dirty, schema=rows.schema))
    return pa.concat_tables([rows, rows.filter(pa.array(rng.random(len(rows)) < DUPLICATES[dataset]))])


def _fault_of_each_row(dataset: str, rows: pa.Table, rates: Mapping[str, float], rng: np.random.Generator) -> Ints:
    which = np.full(rows.num_rows, -1)
    for index, (name, rate) in enumerate(rates.items()):
        fault = FAULTS[name]
        hit = (rng.random(rows.num_rows) < rate) & (which < 0)
        if fault.only:
            column = rows[FORMS[dataset].columns[fault.of]]
            hit &= np.asarray(pc.match_substring_regex(column, fault.only))
        which[hit] = index
    return which


def _spoilt(
    row: dict[str, Any], fields: dict[str, str], dataset: str, fault: str, dice: random.Random
) -> dict[str, Any]:
    ours: Row = {fields[theirs]: value for theirs, value in row.items() if theirs in fields}
    FAULTS[fault].spoil(ours, dataset, dice)
    return {theirs: ours[fields[theirs]] if theirs in fields else value for theirs, value in row.items()}


def _replaced(rows: pa.Table, mask: Flags, by: pa.Table) -> pa.Table:
    columns = [
        pc.replace_with_mask(rows[name].combine_chunks(), pa.array(mask), by[name].combine_chunks())
        for name in rows.column_names
    ]
    return pa.table(columns, schema=rows.schema)
