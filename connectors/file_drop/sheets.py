"""One sheet of a workbook, XLSX or XLS, as text, as people see it there: the one named, or the first not hidden.

Dates are ISO; a number that the spreadsheet has cut keeps the zeros it was left with; formats of numbers, colours and
further sheets say nothing.
"""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Final

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from connectors.base import SOURCE_ROW
from connectors.file_drop.part import NotAsAgreed
from connectors.file_drop.workbooks import Errors, measured, part_of_sheet

_ROWS: Final = 10_000
Cell = str | int | float | bool | time | date | datetime | timedelta
Numbered = tuple[int, list[Cell]]


@dataclass(frozen=True)
class SheetForm:
    """Which sheet, how many rows stand above its header, and whether each row gets what merged cells show."""

    title_rows: int = 0
    name: str = ""
    fill_merged: bool = False


def xlsx_batches(workbook: bytes, form: SheetForm) -> Iterator[pa.RecordBatch]:
    """Text columns under the names of the header, and the sheet's row numbers; blank rows are left out.

    The first batch has no rows: it shows the columns. Raises NotAsAgreed.
    """
    errors = measured(workbook)
    book = _opened(workbook)
    place = _place(book, form.name)
    shown = errors.get(part_of_sheet(workbook, place), {}) if any(errors.values()) else {}
    return _sheet_batches(book, place, form, shown)


def whole_sheet_batches(workbook: bytes, form: SheetForm) -> Iterator[pa.RecordBatch]:
    """The same of a workbook that was not looked at before."""
    book = _opened(workbook)
    return _sheet_batches(book, _place(book, form.name), form, {})


def _sheet_batches(book: CalamineWorkbook, place: int, form: SheetForm, errors: Errors) -> Iterator[pa.RecordBatch]:
    sheet = book.get_sheet_by_index(place)
    rows = enumerate(_with_errors(sheet, errors), start=1)
    columns = _columns(next(islice(rows, form.title_rows, None), (0, []))[1])
    yield _batch([], columns)
    records = _filled(rows, sheet if form.fill_merged else None)
    while some := list(islice(records, _ROWS)):
        yield _batch(some, columns)


def _opened(workbook: bytes) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(workbook))
    except CalamineError:
        raise NotAsAgreed("is not a workbook that can be read") from None


def _place(book: CalamineWorkbook, name: str) -> int:
    # Lists to choose from, earlier months and charts often stand hidden or before what people see first.
    sheets = [(n, sheet) for n, sheet in enumerate(book.sheets_metadata) if sheet.typ == SheetTypeEnum.WorkSheet]
    if name:
        found = [place for place, sheet in sheets if sheet.name.strip() == name]
    else:
        found = [place for place, sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
    if not found:
        raise NotAsAgreed(f"has no sheet named {name}" if name else "has no sheet that is not hidden")
    return found[0]


def _with_errors(sheet: CalamineSheet, errors: Errors) -> Iterator[list[Cell]]:
    """Each row from the first of the sheet on; a cell that shows an error holds its words."""
    in_rows: dict[int, dict[int, str]] = {}
    for (row, column), words in errors.items():
        in_rows.setdefault(row, {})[column] = words
    rows: Iterable[list[Cell]] = sheet.iter_rows() if sheet.start else ()
    for number, cells in enumerate(rows):
        for column, words in in_rows.get(number, {}).items():
            cells[column : column + 1] = [words]
        yield cells


def _filled(rows: Iterable[Numbered], merged: CalamineSheet | None) -> Iterator[Numbered]:
    """The rows that are not blank; of merged cells each row gets the value, in the column where they begin."""
    begins: dict[int, list[tuple[int, int]]] = {}
    for (first, column), (last, _) in (merged and merged.merged_cell_ranges) or ():
        begins.setdefault(first, []).append((column, last))
    shown: dict[int, tuple[Cell, int]] = {}  # column: what its merged cells show, and to which row
    for number, cells in rows:
        blank = all(cell == "" for cell in cells)
        for column, last in begins.get(number - 1, ()):
            if column < len(cells):
                shown[column] = cells[column], last
        shown = {column: (value, last) for column, (value, last) in shown.items() if number - 1 <= last}
        if not blank:
            for column, (value, _) in shown.items():
                cells[column] = value
            yield number, cells


def _columns(header: Iterable[Cell]) -> dict[str, int]:
    """Where each named column stands."""
    names = [(_text(cell) or "").strip() for cell in header]
    columns = {name: place for place, name in enumerate(names) if name}
    if len(columns) != sum(map(bool, names)):
        raise NotAsAgreed("names a column twice in its header")
    return columns


def _batch(rows: list[Numbered], columns: Mapping[str, int]) -> pa.RecordBatch:
    arrays = [pa.array([_text(row[place]) for _, row in rows], pa.string()) for place in columns.values()]
    numbers = pa.array([number for number, _ in rows], pa.int64())
    return pa.record_batch([*arrays, numbers], names=[*columns, SOURCE_ROW])


def _text(cell: Cell) -> str | None:
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, int | float):
        return _number(cell)
    return str(cell)  # dates and times, which then are ISO


def _number(cell: float) -> str:
    # Fifteen digits are all a spreadsheet knows; the rest of a float's digits nobody typed.
    return format(Decimal(format(cell, ".15g")), "f")
