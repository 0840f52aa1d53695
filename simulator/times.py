"""The province's calendar: it is fixed, so that one seed always gives the same figures.

Days are counted from 1970-01-01 in the province's own time, months from January 1970, moments in seconds of UTC.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

PROVINCE_TIME = ZoneInfo("Asia/Shanghai")
DAY_SECONDS = 86_400
_AHEAD_OF_UTC = 8 * 3600


def day(iso: str) -> int:
    """The number of a day."""
    return (date.fromisoformat(iso) - date(1970, 1, 1)).days


def as_date(number: int) -> date:
    """The day of a number."""
    return date(1970, 1, 1) + timedelta(days=int(number))


def month_of(on: int) -> int:
    """The number of the month of a day."""
    return int(months_of(np.array([on]))[0])


def first_day(month: int) -> int:
    """The number of a month's first day."""
    return int(first_days(np.array([month]))[0])


def months_of(on: Ints) -> Ints:
    """The numbers of the months of days."""
    return on.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def first_days(months: Ints) -> Ints:
    """The numbers of the months' first days."""
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def moment(on: int, second: int = 0) -> int:
    """The moment `second` seconds into a day of the province."""
    return on * DAY_SECONDS + second - _AHEAD_OF_UTC


def as_datetime(at: int) -> datetime:
    """A moment, aware."""
    return datetime.fromtimestamp(at, UTC)


DAILY_FROM = day("2026-06-30")
DAILY_TO = day("2026-07-01")
MONTHS, FEWEST_MONTHS, MOST_MONTHS = 24, 3, 120


@dataclass(frozen=True)
class Calendar:
    """The history [history_from, daily_from) and the daily interval [daily_from, daily_to) of a province.

    The days are numbers; `history_starts`, `daily_starts` and `daily_ends` are the moments.
    """

    history_from: int
    daily_from: int = DAILY_FROM
    daily_to: int = DAILY_TO

    @classmethod
    def of_months(cls, months: int = MONTHS) -> "Calendar":
        """The calendar whose last month is cut off by the daily interval. Raises ValueError for too few or many."""
        if not FEWEST_MONTHS <= months <= MOST_MONTHS:
            raise ValueError(f"a history has {FEWEST_MONTHS} to {MOST_MONTHS} months")
        return cls(first_day(month_of(DAILY_TO) - months))

    @property
    def history_starts(self) -> int:
        return moment(self.history_from)

    @property
    def daily_starts(self) -> int:
        return moment(self.daily_from)

    @property
    def daily_ends(self) -> int:
        return moment(self.daily_to)

    @property
    def first_month(self) -> int:
        """The history's first month, as a number."""
        return month_of(self.history_from)

    @property
    def last_month(self) -> int:
        """The history's last month, as a number: its payments are made and told before the daily interval."""
        return month_of(self.daily_from)

    def in_history(self, on: int) -> int:
        """The day, or the nearest one of the history."""
        return min(max(on, self.history_from), self.daily_from - 1)

    def filed_at(self, on: Ints, rng: np.random.Generator, before: Ints | None = None) -> Ints:
        """When an agency files what became known on a day.

        What is older than the history was filed when the agency digitised its papers: some day of the history, and
        before `before` where a later change of the same record is known.
        """
        at = moments(on, rng)
        latest = np.full(len(on), self.daily_starts) if before is None else np.minimum(before, self.daily_starts)
        digitised = self.history_starts + (rng.random(len(on)) * (latest - self.history_starts)).astype(np.int64)
        return np.where(at < self.history_starts, digitised, at)


def moments(on: Ints, rng: np.random.Generator) -> Ints:
    """A moment in the opening hours of each day."""
    return on * DAY_SECONDS - _AHEAD_OF_UTC + rng.integers(8 * 3600, 20 * 3600, len(on))


# The calendar where nobody says how long the history is.
USUAL = Calendar.of_months()
