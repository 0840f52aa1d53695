"""Figures by county and township: whose desk the records to mend lie on."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

# Listed of a province, which has fewer, and of a county, of which few have more: then the rest is one line.
COUNTIES, TOWNSHIPS = 200, 60

# A county's, a township's or a village's code. What else stands in the field is no office, and is never shown.
_DIVISION = re.compile(r"[1-8]\d{5}(\d{3}|\d{6})?")
_COUNTY, _TOWNSHIP = 6, 9  # digits


@dataclass(frozen=True)
class Counted:
    """Rows that were held back: still to mend, and mended since."""

    open: int = 0
    mended: int = 0

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(self.open + other.open, self.mended + other.mended)


@dataclass(frozen=True)
class Region:
    """A county with its townships, or a township. `code` is empty for what names none, and for the rest of a list."""

    code: str
    name: str
    counted: Counted
    townships: Sequence["Region"] = field(default=())
    rest: int = 0


def by_county(counted: Mapping[str | None, Counted], name_of: Callable[[str], str | None]) -> list[Region]:
    """The counties, most to mend first, each with its townships; at the end what names no office.

    `counted` is by the code that the records state; `name_of` knows names, or None.
    """
    counties: dict[str, dict[str, Counted]] = defaultdict(lambda: defaultdict(Counted))
    for code, found in counted.items():
        known = code if code and _DIVISION.fullmatch(code) else ""
        counties[known[:_COUNTY]][known[:_TOWNSHIP]] += found
    regions = [_county(code, townships, name_of) for code, townships in counties.items()]
    return _cut(sorted(regions, key=lambda region: (not region.code, *_most_first(region))), COUNTIES)


def _county(code: str, townships: Mapping[str, Counted], name_of: Callable[[str], str | None]) -> Region:
    total = sum(townships.values(), Counted())
    title = (name_of(code) or code) if code else ""
    if townships.keys() <= {code}:
        return Region(code, title, total)
    # What names the county alone keeps its code, and so is told from the townships beside it.
    named = [Region(t, (name_of(t) or t) if t != code else "", found) for t, found in townships.items()]
    return Region(code, title, total, _cut(sorted(named, key=_most_first), TOWNSHIPS))


def _most_first(region: Region) -> tuple[int, int, str]:
    return -region.counted.open, -region.counted.mended, region.code


def _cut(regions: list[Region], to: int) -> list[Region]:
    shown, more = regions[:to], regions[to:]
    if not more:
        return shown
    return [*shown, Region("", "", sum((region.counted for region in more), Counted()), rest=len(more))]
