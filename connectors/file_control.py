"""Control files: which deliveries are there, and of which parts they consist."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Self

from hedui.model.interval import PROVINCE_TIME, Interval


@dataclass(frozen=True)
class Part:
    """One line of a control file."""

    name: str
    rows: int
    sha256: str

    @classmethod
    def read_all(cls, control: bytes) -> list[Self]:
        """The parts in their order. Raises ValueError where a line is not name, rows, SHA-256."""
        lines = csv.reader(io.StringIO(control.decode("utf-8-sig")))
        try:
            return [cls(name, int(count), digest.lower()) for name, count, digest in filter(None, lines)]
        except csv.Error as error:  # which is no ValueError
            raise ValueError from error


def controls(present: Iterable[str], pattern: str, interval: Interval) -> list[str]:
    """Control files of the interval's deliveries, oldest first; `pattern` has the day as `{date}`.

    Raises ValueError, as "<file> …", for a day that no calendar has: nobody knows to which interval that belongs.
    """
    before, _, after = pattern.partition("{date}")
    form = re.compile(rf"{re.escape(before)}(\d{{8}}){re.escape(after)}")
    dated = {match[1]: name for name in present if (match := form.fullmatch(name))}
    return [dated[day] for day in sorted(dated) if interval.start <= _midnight(day, dated[day]) < interval.end]


def _midnight(day: str, control: str) -> datetime:
    try:
        return datetime.combine(date(int(day[:4]), int(day[4:6]), int(day[6:])), time.min, PROVINCE_TIME)
    except ValueError:
        raise ValueError(f"{control} is named after a day that no calendar has") from None
