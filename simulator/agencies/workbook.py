"""Sheets as clerks make them: title rows above the header, sums between the records, dates and amounts as cells."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from hedui.model.contract import Dataset
from hedui.model.sources import FileDropSource

SUBTOTAL_EVERY: Final = 500  # records
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_AMOUNT: Final = re.compile(r"\d+\.\d{2}")
Cell = str | float | date | None
_Forms = list[Callable[[str | None], Any]]


def write_workbook(file: Path, dataset: Dataset, names: list[str], batches: Iterator[pa.RecordBatch]) -> None:
    """One sheet in bounded memory, with as many title rows and such sums as the contract says.

    Raises TypeError where the contract speaks of no sheet.
    """
    if not isinstance(dataset.source, FileDropSource):
        raise TypeError(f"{dataset.full_name} is not delivered by files")
    # Rows wait in a file beside the workbook, not where temporary files of the machine lie.
    with xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": str(file.parent)}) as book:
        sheet = _Sheet(book, len(names))
        sheet.titles([dataset.title.zh, "填报单位：人力资源和社会保障厅"][: dataset.source.title_rows])
        sheet.row(names)
        _records(sheet, _forms(dataset, names), batches, dataset.source.total_marks)


def _records(sheet: "_Sheet", forms: _Forms, batches: Iterator[pa.RecordBatch], marks: tuple[str, ...]) -> None:
    """The records, with a sum after every few hundred and one below all, by the marks of the contract."""
    amount = forms.index(_amount) if _amount in forms else None
    since_last, in_all = 0.0, 0.0
    for number, record in enumerate(_rows(batches), start=1):
        cells = [form(text) for form, text in zip(forms, record, strict=True)]
        sheet.row(cells)
        value = 0.0 if amount is None or not isinstance(cells[amount], float) else cells[amount]
        since_last, in_all = since_last + value, in_all + value
        if marks[:-1] and number % SUBTOTAL_EVERY == 0:
            sheet.total(" ".join(marks[0]), amount, since_last)
            since_last = 0.0
    if marks:
        sheet.skip()
        sheet.total(f"{marks[-1]}：", amount, in_all)


def _rows(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[str | None, ...]]:
    for batch in batches:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


class _Sheet:
    """The next row to write, and the formats of its cells."""

    def __init__(self, book: xlsxwriter.Workbook, width: int) -> None:
        self._sheet: Worksheet = book.add_worksheet("Sheet1")
        self._width, self._next = width, 0
        self._day: Format = book.add_format({"num_format": "yyyy-mm-dd"})
        self._amount: Format = book.add_format({"num_format": "0.00"})
        self._title: Format = book.add_format({"align": "center", "bold": True})

    def titles(self, titles: list[str]) -> None:
        for title in titles:
            self._sheet.merge_range(self._next, 0, self._next, self._width - 1, title, self._title)
            self._next += 1

    def row(self, cells: list[Cell] | list[str]) -> None:
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                self._sheet.write_datetime(self._next, column, cell, self._day)
            elif isinstance(cell, float):
                self._sheet.write_number(self._next, column, cell, self._amount)
            elif cell is not None:
                self._sheet.write_string(self._next, column, cell)
        self._next += 1

    def total(self, mark: str, column: int | None, amount: float) -> None:
        self._sheet.write_string(self._next, 0, mark)
        if column is not None:
            self._sheet.write_number(self._next, column, round(amount, 2), self._amount)
        self._next += 1

    def skip(self) -> None:
        self._next += 1


def _forms(dataset: Dataset, names: list[str]) -> _Forms:
    """How each column's text is entered: a clerk's slip stays text, as it would in a spreadsheet."""
    kinds = {field.source: field.type for field in dataset.fields.values()}
    return [{"date": _day, "decimal": _amount}.get(kinds.get(name, "text"), _text) for name in names]


def _text(text: str | None) -> Cell:
    return text


def _day(text: str | None) -> Cell:
    try:
        return date.fromisoformat(text) if text and _DAY.fullmatch(text) else text
    except ValueError:  # 30 February is no day to a spreadsheet either
        return text


def _amount(text: str | None) -> Cell:
    return float(text) if text and _AMOUNT.fullmatch(text) else text
