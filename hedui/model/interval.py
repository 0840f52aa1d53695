"""The data interval of one extract."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

PROVINCE_TIME = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, order=True)
class Interval:
    """Half-open: `start` belongs to it, `end` does not. Both are aware."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("an interval needs times with a time zone")
        if self.start >= self.end:
            raise ValueError("an interval must end after it starts")

    @classmethod
    def parse(cls, start: str, end: str) -> Self:
        """Read ISO dates or times; one without a zone is meant in the province's time."""
        return cls(_aware(start), _aware(end))

    def __str__(self) -> str:
        return f"{_short(self.start)}..{_short(self.end)}"


def _aware(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("write a moment as 2026-06-30 or 2026-06-30T12:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=PROVINCE_TIME)


def _short(moment: datetime) -> str:
    local = moment.astimezone(PROVINCE_TIME)
    return (
        f"{local:%Y-%m-%d}" if (local.hour, local.minute, local.second) == (0, 0, 0) else f"{local:%Y-%m-%dT%H:%M:%S}"
    )
