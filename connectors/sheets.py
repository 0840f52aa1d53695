"""The first sheet of an XLSX workbook that is not hidden, as text, as people see it there.

Dates are ISO; a number that the spreadsheet has cut keeps the zeros it was left with; formats of numbers, colours and
further sheets say nothing. A sheet is read as a whole, and a few bytes can claim a sheet of any size: what is in the
workbook is measured first.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import reduce
from itertools import islice
from typing import IO, Final

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from connectors.archives import MEBI, NotAsAgreed
from connectors.base import SOURCE_ROW

UNPACKED: Final = 1024 * MEBI
# The reader lays out every cell from the first to the last row and column, 32 bytes each, and ends the process where
# there is no room.
CELLS: Final = 32 * MEBI
_REFERENCE: Final = re.compile(rb"\sr=[\"']([A-Z]{0,3})(\d{1,9})")
# As many texts as a workbook says it has, the reader makes room for before it sees one.
_TEXTS: Final = re.compile(rb"\suniqueCount=[\"'](\d+)")
_LONGEST_REFERENCE: Final = 32
_ROWS: Final = 10_000
Cell = str | int | float | bool | time | date | datetime | timedelta
Numbered = tuple[int, list[Cell]]


def sheet_batches(workbook: bytes, title_rows: int) -> Iterator[pa.RecordBatch]:
    """Text columns under the names of the header, and the sheet's row numbers; blank rows are left out.

    The first batch has no rows: it shows the columns. Raises NotAsAgreed.
    """
    _measure(workbook)
    try:
        sheet = _first_seen(CalamineWorkbook.from_filelike(io.BytesIO(workbook)))
    except CalamineError:
        raise NotAsAgreed("is not a workbook that can be read") from None
    rows = enumerate(sheet.iter_rows() if sheet.start else (), start=1)
    columns = _columns(next(islice(rows, title_rows, None), (0, []))[1])
    yield _batch([], columns)
    filled = ((number, row) for number, row in rows if any(cell != "" for cell in row))
    while some := list(islice(filled, _ROWS)):
        yield _batch(some, columns)


def _first_seen(workbook: CalamineWorkbook) -> CalamineSheet:
    """What people see first: lists to choose from, earlier months and charts often stand hidden or before it."""
    for place, sheet in enumerate(workbook.sheets_metadata):
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet:
            return workbook.get_sheet_by_index(place)
    raise NotAsAgreed("has no sheet that is not hidden")


def _columns(header: Iterable[Cell]) -> dict[str, int]:
    """Where each named column stands."""
    names = [(_text(cell) or "").strip() for cell in header]
    columns = {name: place for place, name in enumerate(names) if name}
    if len(columns) != sum(map(bool, names)):
        raise NotAsAgreed("names a column twice in its header")
    return columns


def _batch(rows: list[Numbered], columns: dict[str, int]) -> pa.RecordBatch:
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


def _measure(workbook: bytes) -> None:
    """Raises NotAsAgreed for what is no workbook, or one that takes more memory than any sheet deserves."""
    try:
        with zipfile.ZipFile(io.BytesIO(workbook)) as package:
            parts = package.infolist()
            _bound(sum(part.file_size for part in parts))
            unpacked = 0
            for part in parts:
                part.file_size = UNPACKED  # what is stated may understate: read to the end of the stream
                with package.open(part) as stream:
                    unpacked += _measured(stream)
                _bound(unpacked)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error):
        raise NotAsAgreed("is not an XLSX workbook that can be read without a password") from None


def _bound(unpacked: int) -> None:
    if unpacked > UNPACKED:
        raise NotAsAgreed(f"would unpack to more than {UNPACKED // MEBI} MiB: it has to come in more parts")


def _measured(part: IO[bytes]) -> int:
    """How much a part of a workbook unpacks to. Raises NotAsAgreed for a sheet that reaches too far."""
    length = row = column = 0
    tail = b""
    while piece := part.read(MEBI):
        length += len(piece)
        seen = tail + piece
        if references := _REFERENCE.findall(seen):
            letters, numbers = zip(*references, strict=True)
            row = max(row, *map(int, set(numbers)))
            column = max(column, *map(_number_of_column, set(letters)))
        if any(int(number) > CELLS for number in _TEXTS.findall(seen)):
            raise NotAsAgreed("claims more texts than any sheet has cells")
        tail = seen[-_LONGEST_REFERENCE:]
        if row * column > CELLS:
            raise NotAsAgreed(
                f"has a sheet that reaches to row {row}, column {column}: clear what is beyond the records"
            )
    return length


def _number_of_column(letters: bytes) -> int:
    """A is 1, AA is 27; of a row, which has no letters, 0."""
    return reduce(lambda number, letter: number * 26 + letter - 64, letters, 0)
