"""Which packages of a drop make up an interval: numbers, periods and gaps, by what the headers state."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from hedui.model.errors import DeliveryBroken
from hedui.model.interval import Interval
from hedui.sealing import HEADER_ROOM, Header, read_header

_NAME: Final = re.compile(r"(\d{6,})\.pkg")


@dataclass(frozen=True)
class Package:
    """A package in the folder and what its header states, which is believed only once it has been opened."""

    file: Path
    sequence: int
    header: Header
    period: Interval | None

    def within(self, interval: Interval) -> bool:
        return self.period is not None and interval.start <= self.period.start and self.period.end <= interval.end

    def overlaps(self, interval: Interval) -> bool:
        return self.period is not None and self.period.start < interval.end and interval.start < self.period.end

    def precedes(self, interval: Interval) -> bool:
        return self.period is not None and self.period.end <= interval.start


@dataclass(frozen=True)
class Series:
    """`wanted` holds the interval's rows; `to_open` are all that must prove genuine, so that none is hidden.

    `astride` reach over a bound of the interval: their rows could not be told apart. `behind` come after the last.
    """

    wanted: Sequence[Package]
    astride: Sequence[Package]
    to_open: Sequence[Package]
    behind: Sequence[Package]
    missing: Sequence[int]


def packages_in(folder: Path) -> list[Package]:
    """Every package by its number. Raises OSError."""
    found = [(file, match) for file in folder.iterdir() if (match := _NAME.fullmatch(file.name))]
    return sorted((_stated(file, int(match[1])) for file, match in found), key=lambda package: package.sequence)


def series_of(packages: Sequence[Package], dataset: str, interval: Interval) -> Series:
    """The interval's packages among all.

    Numbers run without a gap from the newest package of an earlier time, which only has to be genuine, to the
    interval's last. Packages older than that are the business of earlier intervals, and may have been cleared away.
    """
    touching = [p for p in packages if p.header.get("dataset") == dataset and p.overlaps(interval)]
    wanted = [package for package in touching if package.within(interval)]
    astride = [package for package in touching if not package.within(interval)]
    first, last = (touching[0].sequence, touching[-1].sequence) if touching else (0, 0)
    base = max((p.sequence for p in packages if p.sequence < first and p.precedes(interval)), default=0)
    to_open = [package for package in packages if base <= package.sequence <= last]
    present = {package.sequence for package in to_open}
    missing = [number for number in range(base + 1, last) if number not in present]
    behind = [package for package in packages if package.sequence > last]
    return Series(wanted, astride, to_open, behind, missing)


def closes(package: Package, day: date) -> bool:
    """Whether the sender says that nothing of `day` comes after this package."""
    return package.header.get("last_of") == day.isoformat()


def _stated(file: Path, sequence: int) -> Package:
    with file.open("rb") as stream:
        beginning = stream.read(HEADER_ROOM)
    try:
        header = read_header(beginning)
        period = Interval.parse(str(header["from"]), str(header["to"]))
    except (DeliveryBroken, KeyError, ValueError):
        return Package(file, sequence, {}, None)
    return Package(file, sequence, header, period)
