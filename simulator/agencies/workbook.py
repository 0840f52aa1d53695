"""Sheets as clerks make them: titles above the header, merged cells, sums between the records, dates and amounts."""

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
from hedui.shelves import agencies

SUBTOTAL_EVERY: Final = 500  # records
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_AMOUNT: Final = re.compile(r"\d+\.\d{2}")
# Where cells are merged: of neighbouring rows of one village.
_MERGED: Final = ("县区代码", "乡镇代码", "村代码")
Cell = str | float | date | None
_Forms = list[Callable[[str | None], Any]]


def write_workbook(file: Path, dataset: Dataset, names: list[str], batches: Iterator[pa.RecordBatch]) -> None:
    """One sheet in bounded memory, with as many title rows and such sums as the contract says.

    Raises TypeError where the contract speaks of no sheet.
    """
    if not isinstance(dataset.source, FileDropSource):
        raise TypeError(f"{dataset.full_name} is not delivered by files")
    merged = [names.index(name) for name in _MERGED if name in names and dataset.source.merged == "fill"]
    # Rows wait in a file beside the workbook, not where temporary files of the machine lie.
    with xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": str(file.parent)}) as book:
        sheet = _Sheet(book, len(names), merged)
        office = agencies()[dataset.agency].office.title.zh
        sheet.titles([dataset.title.zh, f"填报单位：{office}"][: dataset.source.title_rows])
        sheet.row(names)
        _records(sheet, _forms(dataset, names), batches, dataset.source.total_marks)


def _records(sheet: "_Sheet", forms: _Forms, batches: Iterator[pa.RecordBatch], marks: tuple[str, ...]) -> None:
    """The records, with a sum after every few hundred and one below all, by the marks of the contract."""
    amount = forms.index(_amount) if _amount in forms else None
    since_last, in_all = 0.0, 0.0
    for number, record in enumerate(_rows(batches), start=1):
        cells = [form(text) for form, text in zip(forms, record, strict=True)]
        sheet.record(cells)
        value = 0.0 if amount is None or not isinstance(cells[amount], float) else cells[amount]
        since_last, in_all = since_last + value, in_all + value
        if marks[:-1] and number % SUBTOTAL_EVERY == 0:
            sheet.end_of_merged()
            sheet.total(" ".join(marks[0]), amount, since_last)
            since_last = 0.0
    sheet.end_of_merged()
    if marks:
        sheet.skip()
        sheet.total(f"{marks[-1]}：", amount, in_all)


def _rows(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[str | None, ...]]:
    for batch in batches:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


class _Sheet:
    """The next row to write, and the formats of its cells."""

    def __init__(self, book: xlsxwriter.Workbook, width: int, merged: list[int]) -> None:
        self._sheet: Worksheet = book.add_worksheet("Sheet1")
        self._width, self._next = width, 0
        self._shown: dict[int, tuple[int, Cell]] = dict.fromkeys(merged, (0, None))  # since which row, and what
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

    def record(self, cells: list[Cell]) -> None:
        """A row in which what the merged cells above show is not written again."""
        own = list(cells)
        for column, (since, shown) in self._shown.items():
            if shown is not None and shown == cells[column]:
                own[column] = None
            else:
                self._merge(column, since, shown)
                self._shown[column] = self._next, cells[column]
        self.row(own)

    def end_of_merged(self) -> None:
        """Nothing is merged over a sum."""
        for column, (since, shown) in self._shown.items():
            self._merge(column, since, shown)
            self._shown[column] = self._next, None

    def _merge(self, column: int, since: int, shown: Cell) -> None:
        if shown is not None and self._next - since > 1:
            # Not `merge_range`, which goes back to write rows that have left the memory.
            self._sheet.merge.append([since, column, self._next - 1, column])

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
