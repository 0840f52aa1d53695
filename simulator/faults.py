"""The faults of a row: what each looks like, and whether it can be repaired.

Dates are written as 2025-03-01 and months as 2025-03 or 202503 before a fault meets them.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from simulator.drafts import (
    APPOINTMENTS,
    ASSETS,
    BIDS,
    CADRES,
    CANCELLATIONS,
    CONTRACTS,
    DEATH_CERTIFICATES,
    DEATHS,
    DETENTIONS,
    DIBAO,
    DISABILITY_SUBSIDY,
    DUI_CASES,
    EMPLOYEES,
    ENROLMENTS,
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
from simulator.identity import short_form
from simulator.names import written_differently
from simulator.times import day

Row = dict[str, str | None]
Spoil = Callable[[Row, str, random.Random], None]

_DATES = {
    DEATHS: ("died_on",),
    MARRIAGES: ("married_on", "divorced_on"),
    SETTLEMENTS: ("started_on", "ended_on"),
    DEATH_CERTIFICATES: ("died_on",),
    ENROLMENTS: ("paid_on",),
    EMPLOYEES: ("posted_on",),
    PENSIONS: ("paid_on",),
    APPOINTMENTS: ("from_on", "to_on"),
    CANCELLATIONS: ("died_on",),
    DUI_CASES: ("caught_on",),
    VEHICLES: ("registered_on", "ended_on"),
    DETENTIONS: ("from_on", "to_on"),
    PAYMENTS: ("paid_on",),
    TENDERS: ("closes_on",),
    CONTRACTS: ("signed_on", "from_on"),
    SUPPLIERS: ("from_on",),
    ASSETS: ("from_on", "to_on"),
    CADRES: ("from_on",),
}
_MONTHS = {
    ENROLMENTS: ("from_month", "to_month"),
    **dict.fromkeys((DIBAO, SPECIAL_HARDSHIP, DISABILITY_SUBSIDY, PAYROLL, PENSIONS, POSTS, PAYMENTS), ("month",)),
}
_PERIODS = {
    MARRIAGES: ("married_on", "divorced_on"),
    SETTLEMENTS: ("started_on", "ended_on"),
    ENROLMENTS: ("from_month", "to_month"),
    EMPLOYEES: ("posted_on", "left_on"),
    APPOINTMENTS: ("from_on", "to_on"),
    VEHICLES: ("registered_on", "ended_on"),
    DETENTIONS: ("from_on", "to_on"),
    TENDERS: ("published_on", "closes_on"),
    **dict.fromkeys((CONTRACTS, SUPPLIERS, ASSETS, CADRES), ("from_on", "to_on")),
}
_AMOUNTS = {
    SETTLEMENTS: ("total_fen", "pool_fund_fen"),
    TENDERS: ("budget_fen",),
    ASSETS: ("rent_due_fen", "rent_paid_fen"),
}
# Whose credit code clerks mistype.
_CODES = {TENDERS: "buyer", BIDS: "bidder", CONTRACTS: "supplier", SUPPLIERS: "supplier"}
_SERIAL_ZERO = day("1899-12-30")


@dataclass(frozen=True)
class Fault:
    """`spoil` rewrites one row, given under the contract's field names; it can only hit rows whose `of` matches."""

    repairable: bool
    spoil: Spoil
    of: str = "person"
    only: str = ""


def _on(field: str, change: Callable[[str], str | None]) -> Spoil:
    def spoil(row: Row, dataset: str, dice: random.Random) -> None:
        if value := row[field]:
            row[field] = change(value)

    return spoil


def _on_code(change: Callable[[str], str | None]) -> Spoil:
    """A fault in the credit code of the dataset."""

    def spoil(row: Row, dataset: str, dice: random.Random) -> None:
        _on(_CODES[dataset], change)(row, dataset, dice)

    return spoil


def _one_of(field: str, *wrong: str) -> Spoil:
    """Something else stands in the field."""

    def spoil(row: Row, dataset: str, dice: random.Random) -> None:
        row[field] = dice.choice(wrong)

    return spoil


def _on_date(change: Callable[[date, random.Random], str], fields: Mapping[str, tuple[str, ...]] = _DATES) -> Spoil:
    """A fault in one of the dataset's dates, or months as their first days; none where the row has none."""

    def spoil(row: Row, dataset: str, dice: random.Random) -> None:
        if filled := [field for field in fields[dataset] if row[field]]:
            field = dice.choice(filled)
            row[field] = change(_as_date(row[field] or ""), dice)

    return spoil


def _as_date(text: str) -> date:
    """A date, or the first day of a month."""
    plain = text.replace("-", "")
    return date(int(plain[:4]), int(plain[4:6]), int(plain[6:] or 1))


_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


def _another_date_form(on: date, dice: random.Random) -> str:
    plain = f"{on.year}-{on.month}-{on.day}"
    return dice.choice((f"{on:%Y%m%d}", plain, f"{on:%Y/%m/%d}", f"{on.year}年{on.month}月{on.day}日"))


def _another_month_form(on: date, dice: random.Random) -> str:
    year, month = on.year, on.month
    return dice.choice((f"{year}/{month}", f"{year}/{month:02d}", f"{year}年{month}月", f"{on:%Y-%m-%d}"))


def _serial(on: date, dice: random.Random) -> str:
    return str(day(on.isoformat()) - _SERIAL_ZERO)


def _impossible_date(on: date, dice: random.Random) -> str:
    return dice.choice((f"{on.year}-02-30", f"{on.year}-13-{on.day:02d}", f"{on.year}-06-31", "0000-00-00"))


def _impossible_month(on: date, dice: random.Random) -> str:
    return dice.choice((f"{on.year}-13", f"{on.year}-00", f"{on.year}年"))


def _wrong_check(number: str) -> str:
    return number[:17] + ("1" if number[17] == "X" else "X" if number[17] == "9" else str(int(number[17]) + 1))


def _another_name_form(field: str) -> Spoil:
    def spoil(row: Row, dataset: str, dice: random.Random) -> None:
        row[field] = written_differently(row[field] or "", dice)

    return spoil


def _ended_before_started(row: Row, dataset: str, dice: random.Random) -> None:
    first, last = _PERIODS[dataset]
    started = row[first] or ""
    row[last] = f"{int(started[:4]) - 1}{started[4:]}".replace("-02-29", "-02-28")


def _negative_amount(row: Row, dataset: str, dice: random.Random) -> None:
    for field in _AMOUNTS.get(dataset, ("amount_fen",)):
        row[field] = "-" + (row[field] or "")


def _answered_too_early(row: Row, dataset: str, dice: random.Random) -> None:
    answered = row["answered_at"] or ""
    row["answered_at"] = f"{int(answered[:4]) - 3}{answered[4:]}".replace("-02-29", "-02-28").replace("0229T", "0228T")


def _total_below_fund(row: Row, dataset: str, dice: random.Random) -> None:
    row["total_fen"] = f"{float(row['pool_fund_fen'] or 0) / 2:.2f}"


_VARIED = "[·䶮A-Z]"
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
    "other_month_form": Fault(True, _on_date(_another_month_form, _MONTHS)),
    "serial_date": Fault(True, _on_date(_serial)),
    "serial_month": Fault(True, _on_date(_serial, _MONTHS)),
    "thousands_comma": Fault(
        True, _on("amount_fen", lambda yuan: f"{float(yuan):,.2f}"), of="amount_fen", only=r"^\d{4}"
    ),
    "other_name_form": Fault(True, _another_name_form("name"), of="name", only=_VARIED),
    "other_form_of_spouse": Fault(True, _another_name_form("spouse_name"), of="spouse_name", only=_VARIED),
    "wrong_check_character": Fault(False, _on("person", _wrong_check)),
    "wrong_number_of_spouse": Fault(False, _on("spouse", _wrong_check), of="spouse"),
    "missing_number": Fault(False, _on("person", lambda _: None)),
    "scientific_notation": Fault(False, _on("person", lambda n: f"{n[0]}.{n[1:3]}E+17"), only="^[1-9]"),
    "cut_by_spreadsheet": Fault(False, _on("person", lambda number: number[:15] + "000")),
    "impossible_date": Fault(False, _on_date(_impossible_date)),
    "impossible_month": Fault(False, _on_date(_impossible_month, _MONTHS)),
    "ended_before_started": Fault(False, _ended_before_started),
    "negative_amount": Fault(False, _negative_amount),
    "total_below_pool_fund": Fault(False, _total_below_fund, of="pool_fund_fen", only=r"^[1-9]"),
    "blank_around_code": Fault(True, _on_code(lambda code: f" {code} ")),
    "letter_in_code": Fault(False, _on_code(lambda code: code[:9] + "O" + code[10:])),
    "missing_code": Fault(False, _on_code(lambda _: None)),
    "price_in_words": Fault(False, _one_of("unit_price_fen", "220元/人份", "议价失败", "见清单")),
    "price_of_nothing": Fault(False, _one_of("unit_price_fen", "0", "0.00")),
    "amount_in_ten_thousands": Fault(False, _on("amount_fen", lambda yuan: f"{float(yuan) / 10_000:.2f}")),
    "missing_quantity": Fault(False, _on("quantity", lambda _: None)),
    "blank_after_topic": Fault(True, _on("topic", lambda topic: topic + "\u3000")),
    "slashes_in_time": Fault(
        True, _on("received_at", lambda at: at.replace("-", "/")), of="platform", only="^政务热线$"
    ),
    "topic_of_ones_own": Fault(False, _one_of("topic", "其他", "教育类", "医疗/卫生", "三农")),
    "platform_of_ones_own": Fault(False, _one_of("platform", "12345", "一点通", "信访")),
    "name_of_region": Fault(False, _one_of("region", "城关区", "安宁", "甘州区")),
    "time_in_words": Fault(False, _one_of("received_at", "昨天下午", "时间不详", "2026-13-01 08:00:00")),
    "answered_before_received": Fault(False, _answered_too_early, of="answered_at", only="^2"),
    "comma_in_rent": Fault(
        True, _on("rent_due_fen", lambda yuan: f"{float(yuan):,.2f}"), of="rent_due_fen", only=r"^\d{4}"
    ),
    "rent_in_words": Fault(False, _one_of("rent_due_fen", "未定", "以粮抵租", "1.2万")),
    "neither_person_nor_firm": Fault(False, _one_of("lessee", "其他", "村集体")),
}
