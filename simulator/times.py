"""The province's calendar: it is fixed, so that one seed always gives the same figures.

Days are counted from 1970-01-01 in the province's own time, moments in seconds of UTC.
"""

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


HISTORY_FROM = day("2024-07-01")
DAILY_FROM = day("2026-06-30")
DAILY_TO = day("2026-07-01")


def moment(on: int, second: int = 0) -> int:
    """The moment `second` seconds into a day of the province."""
    return on * DAY_SECONDS + second - _AHEAD_OF_UTC


def as_datetime(at: int) -> datetime:
    """A moment, aware."""
    return datetime.fromtimestamp(at, UTC)


HISTORY_STARTS, DAILY_STARTS, DAILY_ENDS = moment(HISTORY_FROM), moment(DAILY_FROM), moment(DAILY_TO)


def moments(on: Ints, rng: np.random.Generator) -> Ints:
    """A moment in the opening hours of each day."""
    return on * DAY_SECONDS - _AHEAD_OF_UTC + rng.integers(8 * 3600, 20 * 3600, len(on))


def filed_at(on: Ints, rng: np.random.Generator, before: Ints | None = None) -> Ints:
    """When an agency files what became known on a day.

    What is older than the history was filed when the agency digitised its papers: some day of the history, and
    before `before` where a later change of the same record is known.
    """
    at = moments(on, rng)
    latest = np.full(len(on), DAILY_STARTS) if before is None else np.minimum(before, DAILY_STARTS)
    digitised = HISTORY_STARTS + (rng.random(len(on)) * (latest - HISTORY_STARTS)).astype(np.int64)
    return np.where(at < HISTORY_STARTS, digitised, at)
