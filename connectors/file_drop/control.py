"""Control files and names with a date: which deliveries there are, and of which parts they consist."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final, Self

from connectors.file_drop.part import DigestKind
from hedui.model.interval import PROVINCE_TIME, Interval

# What programs that copy files call one that is not whole yet.
_UNFINISHED: Final = (".part", ".tmp", ".filepart", ".partial", ".crdownload")
_LENGTHS: Final = {"sha256": 64, "md5": 32, "sm3": 64}
_LONGEST_NAME: Final = 255


@dataclass(frozen=True)
class Stated:
    """What a control file says of a part; `rows` None and `digest` empty where it says nothing."""

    name: str
    rows: int | None = None
    digest: str = ""

    @classmethod
    def read_all(cls, control: bytes, digest: DigestKind) -> list[Self]:
        """The parts in their order, a part that came twice only once.

        Raises ValueError where a line is not name, rows, digest; without digests, name and perhaps rows.
        """
        lines = csv.reader(io.StringIO(control.decode("utf-8-sig")))
        try:
            parts = [cls._of(digest, *line) for line in filter(None, lines)]
        except (csv.Error, TypeError) as error:  # which are no ValueError
            raise ValueError from error
        return list({part.digest or part.name: part for part in reversed(parts)}.values())[::-1]

    @classmethod
    def _of(cls, kind: DigestKind, name: str, rows: str = "", digest: str = "") -> Self:
        if kind == "none":
            return cls(plain(name.strip()), int(rows) if rows.strip() else None)
        if len(digest.strip()) != _LENGTHS[kind]:
            raise ValueError("no digest")
        return cls(plain(name.strip()), int(rows), digest.strip().lower())


class LeadsElsewhere(ValueError):
    """A name that is no plain name of a file in the folder."""


def plain(name: str) -> str:
    """The name, if it is one. Raises LeadsElsewhere."""
    if not name.isprintable() or name in ("", ".", "..") or {"/", "\\"} & {*name} or len(name) > _LONGEST_NAME:
        raise LeadsElsewhere
    return name


def dated(present: Iterable[str], pattern: str) -> dict[str, list[str]]:
    """Names of files that fit `pattern` by their day as eight digits, oldest first; `*` stands for anything."""
    before, _, after = (".*".join(map(re.escape, part.split("*"))) for part in pattern.partition("{date}"))
    form = re.compile(rf"{before}(\d{{8}}){after}")
    days: dict[str, list[str]] = {}
    for name in sorted(present):
        if (match := form.fullmatch(name)) and not name.startswith(".") and not name.lower().endswith(_UNFINISHED):
            days.setdefault(match[1], []).append(name)
    return dict(sorted(days.items()))


def within(days: dict[str, list[str]], interval: Interval) -> dict[str, list[str]]:
    """Those whose day belongs to the interval.

    Raises ValueError, as "<file> …", for a day that no calendar has: nobody knows to which interval that belongs.
    """
    return {day: names for day, names in days.items() if interval.start <= midnight(day, names[0]) < interval.end}


def midnight(day: str, name: str) -> datetime:
    """When the day begins. Raises ValueError, as "<file> …"."""
    try:
        return datetime.combine(date(int(day[:4]), int(day[4:6]), int(day[6:])), time.min, PROVINCE_TIME)
    except ValueError:
        raise ValueError(f"{name} is named after a day that no calendar has") from None


def marked(control: str, present: Iterable[str]) -> list[str]:
    """The files for which an empty control file stands: those whose names begin as its own does."""
    stem = control.rpartition(".")[0]
    form = re.compile(rf"{re.escape(stem)}(?![0-9A-Za-z]).*")
    return sorted(name for name in present if name != control and form.fullmatch(name) and stem)


def guessed(present: Iterable[str]) -> list[str]:
    """Patterns by which these files could be named, from those that bear a date."""
    patterns = {
        f"{name[: found.start()]}{{date}}{re.sub(r'[0-9]+', '*', name[found.end() : stem])}{name[stem:]}"
        for name in present
        if (found := re.search(r"(?<!\d)(?:19|20)\d{6}(?!\d)", name))
        for stem in [max(found.end(), name.rfind("."))]
    }
    return sorted(patterns)
