"""The list a clerk works with: one row for each record to mend, as XLSX and as CSV.

Unlike a page, a list names the agency's own record keys. So it is made in memory, and only handed on: no file of ours
ever holds one.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final

import pyarrow as pa

from hedui.model.channels import Language
from hedui.model.contract import Agency, Dataset
from hedui.model.declaration import Title
from hedui.model.interval import PROVINCE_TIME
from hedui.reports.list_words import COLUMNS, MORE

Cell = str | int

LISTED: Final = 50_000  # records in one file: beyond that office programs become slow, and nobody mends that many
LISTED_REPAIRS: Final = 10_000

# `key` is null where it made no sense, or was deleted with its delivery. `faults` are places among the list's faults.
RECORDS = pa.schema(
    {
        "batch": pa.string(),
        "row": pa.int64(),
        "region": pa.string(),
        "source": pa.string(),
        "position": pa.int64(),
        "key": pa.string(),
        "faults": pa.list_(pa.int32()),
        "reminded": pa.int32(),
    }.items()
)
REPAIRED = pa.schema(
    {"source": pa.string(), "position": pa.int64(), "field": pa.string(), "repair": pa.string()}.items()
)


@dataclass(frozen=True)
class Fault:
    """What can be wrong with a record; several records may have it."""

    field: str
    problem: Title
    advice: Title


@dataclass(frozen=True)
class Counted:
    """How many records of one division are to be mended; `region` is empty where they name none."""

    region: str
    records: int
    new: int


@dataclass(frozen=True)
class RecordList:
    """Records of one dataset, new ones first, then by division. `records` holds at most `LISTED` of them all.

    `names` gives divisions by code, as far as they are known; `batch` is empty where the list is that of a month.
    """

    agency: Agency
    dataset: Dataset
    batch: str
    period: str
    mend_by: str
    made_at: datetime
    faults: Sequence[Fault]
    records: pa.Table
    counted: Sequence[Counted]
    names: Mapping[str, str] = field(default_factory=dict)
    rejected_because: Title | None = None
    repairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    repaired: pa.Table = field(default_factory=REPAIRED.empty_table)

    @property
    def total(self) -> int:
        return sum(counted.records for counted in self.counted)

    @property
    def new(self) -> int:
        return sum(counted.new for counted in self.counted)

    def county(self, region: str, language: Language) -> str:
        """The county's name, or its code; of a record that names none, words for that."""
        return self.names.get(region[:6], region[:6]) or MORE["unplaced"].in_(language)

    def township(self, region: str) -> str:
        """The township's name, or its code; empty where the division is a county or more."""
        return self.names.get(region, region) if len(region) > 6 else ""

    def field_title(self, name: str, language: Language) -> str:
        return self.dataset.fields[name].title.in_(language) if name in self.dataset.fields else ""


def headers(language: Language) -> list[str]:
    return [title.in_(language) for title in COLUMNS.values()]


def cells(listed: RecordList, language: Language, between: str = "\n") -> Iterator[list[Cell]]:
    """The rows of the list under its headers. Several faults of a record are numbered, with `between` between them."""
    sheet = _sheet(listed.dataset, language)
    listed_at = f"{listed.made_at.astimezone(PROVINCE_TIME):%Y-%m-%d %H:%M:%S}"

    @cache
    def faults(places: tuple[int, ...]) -> list[str]:
        found = [listed.faults[place] for place in places]
        told = [[listed.field_title(f.field, language), f.problem.in_(language), f.advice.in_(language)] for f in found]
        return [between.join(_numbered(lines)) for lines in zip(*told, strict=True)]

    @cache
    def place(region: str) -> str:
        return " ".join(filter(None, (listed.county(region, language), listed.township(region))))

    number = 0
    for piece in listed.records.to_batches(10_000):
        for record in piece.to_pylist():
            number += 1
            yield [
                number,
                place(record["region"] or ""),
                record["source"],
                sheet,
                record["position"],
                record["key"] or "",
                *faults(tuple(record["faults"])),
                record["reminded"],
                "",
                "",
                f"{record['batch']}#{record['row']}",
                listed_at,
            ]


def as_csv(listed: RecordList, language: Language) -> bytes:
    """The list as UTF-8 with a mark at its beginning, by which spreadsheets know it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(headers(language))
    writer.writerows(
        [_harmless(cell) for cell in row] for row in cells(listed, language, between="；" if language == "zh" else "; ")
    )
    return out.getvalue().encode("utf-8-sig")


def _sheet(dataset: Dataset, language: Language) -> str:
    """Which sheet of a workbook was read; empty where no workbook was delivered."""
    source = dataset.source
    if source.kind != "file_drop" or source.format not in ("xlsx", "xls"):
        return ""
    return source.sheet or MORE["first_sheet"].in_(language)


def _numbered(lines: Sequence[str]) -> Sequence[str]:
    return lines if len(lines) == 1 else [f"{number}. {line}" for number, line in enumerate(lines, start=1)]


# What spreadsheets take for a formula when they open a CSV file, and for a number whose digits they then cut.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
_CUT_NUMBER = re.compile(r"0[0-9]+|[0-9]{12,}")


def _harmless(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    if _FORMULA.match(cell):
        return f"'{cell}"
    return f"{cell}\t" if _CUT_NUMBER.fullmatch(cell) else cell
