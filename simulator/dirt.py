"""How often clerks, spreadsheets and old systems spoil a row, and the spoiling.

`DIRT` states the share of the rows that could carry a fault and do. A row has one fault at most. Record keys, household
numbers and the time of change are never dirty; dates of birth stand in no feed. In the health database the days of
service are free text and can be dirty, the day of settlement is a date and cannot. What needs a number, a name or a day
finds none in some rows: a firm that rents a field has no identity number.
"""

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
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
    DATASETS,
    DEATH_CERTIFICATES,
    DEATHS,
    DETENTIONS,
    DIBAO,
    DISABILITY_SUBSIDY,
    DUI_CASES,
    EMPLOYEES,
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
from simulator.faults import FAULTS, Row
from simulator.people import Flags
from simulator.times import Ints
from simulator.writing import FORMS

Rates = Mapping[str, Mapping[str, float]]

_NUMBERS_AND_NAMES = {
    "full_width_digits": 0.005,
    "lower_case_x": 0.05,
    "inner_blanks": 0.005,
    "trailing_blank": 0.008,
    "fifteen_digits": 0.02,
    "other_name_form": 0.2,
    "wrong_check_character": 0.002,
    "missing_number": 0.001,
}
_DATED = {**_NUMBERS_AND_NAMES, "other_date_form": 0.01, "impossible_date": 0.001}
# A person has a row each month: rarer faults still meet many.
_MONTHLY = {
    **_NUMBERS_AND_NAMES,
    "wrong_check_character": 0.001,
    "missing_number": 0.0005,
    "other_month_form": 0.006,
    "impossible_month": 0.0005,
    "negative_amount": 0.0005,
}
_IN_SHEETS = {"trailing_tab": 0.006, "leading_apostrophe": 0.01}
_MONTHLY_SHEET = {
    **_MONTHLY,
    **_IN_SHEETS,
    "thousands_comma": 0.01,
    "scientific_notation": 0.0005,
    "cut_by_spreadsheet": 0.0005,
}
# Nobody in work is old enough for a number of 15 digits.
_OF_WORKERS = {fault: rate for fault, rate in _MONTHLY_SHEET.items() if fault != "fifteen_digits"}
_BROKEN_IN_SHEETS = {"scientific_notation": 0.002, "cut_by_spreadsheet": 0.003}
DIRT: Rates = {
    DEATHS: _DATED,
    DIBAO: _MONTHLY,
    SPECIAL_HARDSHIP: _MONTHLY,
    DISABILITY_SUBSIDY: _MONTHLY,
    MARRIAGES: {
        **_DATED,
        "other_form_of_spouse": 0.2,
        "wrong_number_of_spouse": 0.001,
        "ended_before_started": 0.001,
    },
    SETTLEMENTS: {
        **_DATED,
        "other_date_form": 0.005,
        "ended_before_started": 0.001,
        "negative_amount": 0.001,
        "total_below_pool_fund": 0.001,
    },
    DEATH_CERTIFICATES: _DATED,
    ENROLMENTS: {**_DATED, "other_month_form": 0.006, "impossible_month": 0.0005, "ended_before_started": 0.0005},
    EMPLOYEES: {**_DATED, **_IN_SHEETS, **_BROKEN_IN_SHEETS, "ended_before_started": 0.002},
    PAYROLL: _OF_WORKERS,
    PENSIONS: {**_MONTHLY_SHEET, "other_date_form": 0.005, "impossible_date": 0.0005},
    POSTS: {**_OF_WORKERS, "serial_month": 0.01},
    APPOINTMENTS: {
        **_DATED,
        **_IN_SHEETS,
        **_BROKEN_IN_SHEETS,
        "serial_date": 0.02,
        "ended_before_started": 0.002,
    },
    CANCELLATIONS: _DATED,
    DUI_CASES: _DATED,
    VEHICLES: {**_DATED, "ended_before_started": 0.001},
    DETENTIONS: {**_DATED, "ended_before_started": 0.002},
    ID_CHANGES: _NUMBERS_AND_NAMES,
    PAYMENTS: {**_MONTHLY_SHEET, "other_date_form": 0.005, "impossible_date": 0.0005},
    TENDERS: {
        "blank_around_code": 0.02,
        "other_date_form": 0.02,
        "letter_in_code": 0.002,
        "missing_quantity": 0.002,
        "negative_amount": 0.001,
        "ended_before_started": 0.002,
        "impossible_date": 0.002,
    },
    BIDS: {"blank_around_code": 0.02, "thousands_comma": 0.03, "missing_code": 0.003, "negative_amount": 0.002},
    CONTRACTS: {
        "blank_around_code": 0.02,
        "thousands_comma": 0.03,
        "other_date_form": 0.02,
        "price_in_words": 0.004,
        "price_of_nothing": 0.002,
        "amount_in_ten_thousands": 0.002,
        "missing_code": 0.002,
        "ended_before_started": 0.001,
    },
    SUPPLIERS: {**_DATED, **_IN_SHEETS, "blank_around_code": 0.02, "letter_in_code": 0.002, "missing_code": 0.001},
    COMPLAINTS: {
        "blank_after_topic": 0.02,
        "slashes_in_time": 0.05,
        "topic_of_ones_own": 0.004,
        "platform_of_ones_own": 0.001,
        "name_of_region": 0.002,
        "time_in_words": 0.002,
        "answered_before_received": 0.002,
    },
    ASSETS: {
        **_DATED,
        **_IN_SHEETS,
        "serial_date": 0.02,
        "comma_in_rent": 0.02,
        "rent_in_words": 0.002,
        "neither_person_nor_firm": 0.001,
        "negative_amount": 0.001,
        "ended_before_started": 0.001,
    },
    CADRES: {**_DATED, **_IN_SHEETS, **_BROKEN_IN_SHEETS, "serial_date": 0.02, "ended_before_started": 0.002},
}
# Rows that an agency sends twice within one interval, word for word.
DUPLICATES = {**dict.fromkeys(DATASETS, 0.002), SETTLEMENTS: 0.001, EMPLOYEES: 0.004}


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
            hit &= np.asarray(pc.fill_null(pc.match_substring_regex(column, fault.only), False))
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
