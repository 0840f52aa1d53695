"""A clerk of the finance department: opens the list that came with a report, answers, and sends the list back.

What comes back lies with the supervision office, whose deliveries it makes. The same list and seed give the same
answers.
"""

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import xlsxwriter
from python_calamine import CalamineWorkbook

from hedui import shelves
from hedui.model.answers import ANSWERS as CHOICES
from hedui.model.answers import answer_in
from hedui.model.contract import Dataset
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.model.sources import FileDropSource

LISTED: Final = "finance.subsidy_payments"
ANSWERS: Final = "supervision.report_answers"
_BEFORE_MIDNIGHT: Final = timedelta(hours=6)

Sheet = list[list[object]]


@dataclass(frozen=True)
class Answered:
    """How many records an agency was asked for, how many of them it answered, and how many of these are asked again."""

    agency: str
    asked: int
    answered: int
    asked_again: int


@dataclass(frozen=True)
class Clerk:
    """Of the province in a folder. `about` is the interval that the list is about, `day` the one that takes answers in.

    The list that counts is that of the newest report in the inbox.
    """

    province: Path
    seed: int
    about: Interval
    day: Interval

    def answer(self) -> None:
        """Answer for every second record of the list and send it back whole."""
        returned, received = self._returned, self._list()
        returned.unlink(missing_ok=True)
        if received is None or not _records(received):
            return
        sheets = _sheets(received)
        header, *rows = sheets[_sheet_name()]
        result, words = _column(header, "result"), [choice.in_(self._language) for choice in CHOICES.values()]
        for nth, row in enumerate(rows[::2]):
            row[result] = words[(self.seed + nth) % len(words)]
        returned.write_bytes(_saved(sheets))
        # It came on its day of the calendar: a file of this very hour would be watched for a while.
        at = (self.day.end - _BEFORE_MIDNIGHT).timestamp()
        os.utime(returned, (at, at))

    def outcome(self) -> Answered:
        """What the newest list asks for, beside what was answered."""
        asked = _records(self._returned) if self._returned.exists() else {}
        answered = {reference for reference, result in asked.items() if answer_in(result)}
        again = answered.intersection(_records(newest)) if (newest := self._list()) else set()
        return Answered(shelves.dataset(LISTED).agency, len(asked), len(answered), len(again))

    @property
    def _language(self) -> str:
        channel = shelves.agency(shelves.dataset(LISTED).agency).report_channel
        return channel.language if channel else "zh"

    @property
    def _returned(self) -> Path:
        source, agency = _source(), shelves.dataset(ANSWERS).agency
        name = source.files.replace("*", "").format(date=f"{self.day.start.astimezone(PROVINCE_TIME):%Y%m%d}")
        return self.province / "agencies" / agency / "root" / source.folder.strip("/") / name

    def _list(self) -> Path | None:
        """That of the newest report, if it has one: nothing may be left to mend."""
        dataset = shelves.dataset(LISTED)
        stem = f"{dataset.table}-{self.about.start.astimezone(PROVINCE_TIME):%Y%m%d}"
        inbox = self.province / "agencies" / dataset.agency / "root" / "inbox"
        pages = sorted(inbox.glob(f"*/{stem}-report.html"), key=lambda page: page.stat().st_mtime_ns)
        found = [file for page in pages[-1:] if (file := page.with_name(f"{stem}-records.xlsx")).exists()]
        return found[0] if found else None


def _records(workbook: Path) -> dict[str, str]:
    """The references of a list, with what stands as their result."""
    header, *rows = _sheets(workbook).get(_sheet_name(), [[]])
    if not rows:
        return {}
    reference, result = _column(header, "reference"), _column(header, "result")
    return {str(row[reference]): str(row[result]) for row in rows}


def _sheets(workbook: Path) -> dict[str, Sheet]:
    book = CalamineWorkbook.from_path(str(workbook))
    return {name: [list(row) for row in book.get_sheet_by_name(name).to_python()] for name in book.sheet_names}


def _saved(sheets: dict[str, Sheet]) -> bytes:
    """As an office program saves it, without what makes it handsome."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return out.getvalue()


def _column(header: list[object], field: str) -> int:
    return next(header.index(name) for name in _names(shelves.dataset(ANSWERS), field) if name in header)


def _names(dataset: Dataset, field: str) -> Iterator[str]:
    yield dataset.fields[field].source
    yield from dataset.fields[field].also


def _sheet_name() -> str:
    return _source().sheet


def _source() -> FileDropSource:
    source = shelves.dataset(ANSWERS).source
    if not isinstance(source, FileDropSource):
        raise TypeError(f"{ANSWERS} is not delivered by files")
    return source
