"""Which packages of a numbered series hold an interval, and whether all of them are there."""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, Final

from hedui.model.errors import DeliveryBroken, DeliveryIncomplete
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.sealing import HEADER_ROOM, Header, read_header

_NAME: Final = re.compile(r"(\d{6,12})\.pkg")


@dataclass(frozen=True)
class Package:
    """A package in the folder and what its header states, which is believed only once it has been opened.

    `copies` are other files that claim the same number.
    """

    file: Path
    sequence: int
    header: Header
    period: Interval | None
    copies: tuple[Path, ...] = ()

    def within(self, interval: Interval) -> bool:
        return self.period is not None and interval.start <= self.period.start and self.period.end <= interval.end

    def overlaps(self, interval: Interval) -> bool:
        return self.period is not None and self.period.start < interval.end and interval.start < self.period.end

    def precedes(self, interval: Interval) -> bool:
        return self.period is not None and self.period.end <= interval.start

    def closes(self, day: date) -> bool:
        """Whether the sender says that nothing of `day` comes after this package."""
        return self.header.get("last_of") == day.isoformat()

    def closes_its_end(self) -> bool:
        """Whether the day it closes, if any, is over when its period is: clocks and zones agree."""
        if "last_of" not in self.header or self.period is None:
            return "last_of" not in self.header
        end = self.period.end.astimezone(PROVINCE_TIME)
        return self.closes(last_day(self.period)) and end.time() == datetime.min.time()


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
    """Every package by its number. Raises OSError.

    A file that is not named by a number counts by its header's: gateways and clerks make copies.
    """
    files = sorted(folder.iterdir(), key=lambda file: (_NAME.fullmatch(file.name) is None, file.name))
    stated = (_stated(file) for file in files if file.suffix == ".pkg")
    found = sorted(filter(None, stated), key=lambda package: package.sequence)  # keeps the order among copies
    return [_one_of(list(same)) for _, same in groupby(found, key=lambda package: package.sequence)]


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
    behind = [package for package in packages if package.sequence > last]
    return Series(wanted, astride, to_open, behind, list(gaps(to_open, base)))


def gaps(packages: Sequence[Package], before: int) -> Iterator[int]:
    """The numbers after `before` that are missing among `packages`; of a long gap the first ten."""
    for package in packages:
        yield from range(before + 1, min(package.sequence, before + 11))
        before = package.sequence


def last_day(interval: Interval) -> date:
    """The day in the province with which an interval ends."""
    return (interval.end - timedelta(microseconds=1)).astimezone(PROVINCE_TIME).date()


def plain(file: Path) -> BinaryIO:
    """The file, opened. Raises OSError, and DeliveryBroken for a link, which could lead out of the folder."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    if file.is_symlink() or not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise DeliveryBroken("package", "it is no plain file", "Ask who runs the gateway how it came there")
    return os.fdopen(descriptor, "rb")


def _stated(file: Path) -> Package | None:
    name = _NAME.fullmatch(file.name)
    number = int(name[1]) if name else None
    try:
        with plain(file) as stream:
            header = read_header(stream.read(HEADER_ROOM))
        number = int(header["sequence"]) if number is None else number
        period = Interval.parse(str(header["from"]), str(header["to"]))
    except (DeliveryBroken, DeliveryIncomplete, LookupError, ValueError, OSError):
        return None if number is None else Package(file, number, {}, None)
    return Package(file, number, header, period)


def _one_of(same: Sequence[Package]) -> Package:
    first, *others = same
    return Package(first.file, first.sequence, first.header, first.period, tuple(other.file for other in others))
