"""Which days are worked on, and until when a delivery must be there.

The State Council announces each autumn which days of the next year are free and which weekends are worked; the library
chinesecalendar knows them. A site's own CSV (`day,working`), named by HEDUI_HOLIDAYS, goes before it.
"""

import csv
import logging
import os
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import chinese_calendar

from hedui.model.contract import Schedule
from hedui.model.errors import DeclarationInvalid
from hedui.model.interval import Interval

_LOG = logging.getLogger(__name__)
_A_DAY: Final = timedelta(days=1)
_AHEAD: Final = timedelta(days=31)
_SATURDAY: Final = 5
_HEADER: Final = ["day", "working"]
_SAID: Final[Mapping[str, bool]] = {"yes": True, "是": True, "no": False, "否": False}


def due_at(schedule: Schedule, interval: Interval) -> datetime | None:
    """The moment from which on a delivery of `interval` is late; None where the contract names none."""
    if schedule.due is None:
        return None
    zone, at = ZoneInfo(schedule.timezone), time.fromisoformat(schedule.due.at)
    day = working_day_after(interval.end.astimezone(zone).date(), schedule.due.working_days)
    moment = datetime.combine(day, at, zone)
    # An interval that ends in the evening is not due in the morning before.
    return moment if moment > interval.end else datetime.combine(working_day_after(day, 1), at, zone)


def working_day_after(day: date, count: int) -> date:
    """The working day that is `count` of them after `day`; 0: `day` itself, or the next one that is worked on."""
    following = (later for later in _days_from(day if count == 0 else day + _A_DAY) if is_working_day(later))
    for _ in range(count - 1):
        next(following)
    return next(following)


def working_days(first: date, last: date) -> list[date]:
    """The working days from `first` to `last`, both included."""
    return [first + n * _A_DAY for n in range((last - first).days + 1) if is_working_day(first + n * _A_DAY)]


def is_working_day(day: date) -> bool:
    """Raises DeclarationInvalid where the file that HEDUI_HOLIDAYS names cannot be right."""
    own = _own_days()
    if day in own:
        return own[day]
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # a year of which nothing was announced when the library was made
        if all(known.year != day.year for known in own):
            _say_unknown(day.year)
        return day.weekday() < _SATURDAY


@cache
def _say_unknown(year: int) -> None:
    _LOG.warning(
        "The holidays of %s are not known here: only Saturdays and Sundays count as free. "
        "Update the package chinesecalendar, or name a file of your own by HEDUI_HOLIDAYS",
        year,
    )


def look_ahead(today: date) -> None:
    """Have the log say in time that the holidays of the year to come are not known."""
    is_working_day(today + _AHEAD)


def _days_from(day: date) -> Iterator[date]:
    while True:
        yield day
        day += _A_DAY


def _own_days() -> Mapping[date, bool]:
    named = os.environ.get("HEDUI_HOLIDAYS")
    if not named:
        return {}
    try:
        return _read(Path(named), Path(named).stat().st_mtime_ns)
    except OSError as error:
        raise DeclarationInvalid(
            "HEDUI_HOLIDAYS", f"the file it names cannot be read ({type(error).__name__})", "Put the calendar there"
        ) from None


@cache
def _read(file: Path, _written: int) -> Mapping[date, bool]:
    """The site's own days. A file that was written since is another one: servers run for weeks."""
    try:
        header, *lines = csv.reader(file.read_text(encoding="utf-8-sig").splitlines())
    except (UnicodeDecodeError, ValueError):
        header, lines = [], []
    if header != _HEADER:
        raise DeclarationInvalid(file.name, "this is no calendar", "Write `day,working` on its first line, in UTF-8")
    return dict(_day(file, number, line) for number, line in enumerate(lines, 2) if line)


def _day(file: Path, number: int, line: list[str]) -> tuple[date, bool]:
    try:
        day, working = line
        return date.fromisoformat(day.strip()), _SAID[working.strip().lower()]
    except (KeyError, ValueError):
        raise DeclarationInvalid(
            f"{file.name}:{number}", "this line cannot be read", "Write it as 2027-02-08,no"
        ) from None
