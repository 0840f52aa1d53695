"""How the agency writes its files."""

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import xlsxwriter

from tests.seeded.agency import FIELDS, PAYMENTS, TITLE_ROWS, UNITS, Cell, Cells


def deliver(folder: Path, dataset: str, day: str, parts: Mapping[str, bytes], rows: Sequence[int]) -> None:
    """The parts and, behind them, the control file that states rows and digest of each."""
    name = dataset.partition(".")[2]
    (folder / name).mkdir(exist_ok=True)
    lines = []
    for (part, content), count in zip(parts.items(), rows, strict=True):
        (folder / name / part).write_bytes(content)
        lines.append(f"{part},{count},{hashlib.sha256(content).hexdigest()}\n")
    (folder / name / f"{name}_{day}.ctl").write_text("".join(lines), "utf-8")


def text_file(rows: Sequence[Cells]) -> tuple[bytes, list[int]]:
    """GB18030, in which 䶮 is FE9F, with a mark before the first header. Returns also where each row stands."""
    names = FIELDS[UNITS]
    header = ",".join(title for title, _, _ in names.values())
    lines = [",".join(f'"{row[name] or ""}"' for name in names) for row in rows]
    text = "".join(f"{line}\r\n" for line in ["\ufeff" + header, *lines])
    return text.encode("gb18030"), [*range(1, len(rows) + 1)]


def sheet(rows: Sequence[Cells], subtotal_after: int = 100) -> tuple[bytes, list[int]]:
    """A sheet as clerks make them: a hidden one before it, title rows, merged townships, blank rows, sums.

    Returns also in which row of the sheet each of `rows` stands.
    """
    content, places = io.BytesIO(), list[int]()
    with xlsxwriter.Workbook(content, {"strings_to_formulas": False}) as book:
        book.add_worksheet("代码").hide()
        page = book.add_worksheet("花名册")
        page.activate()
        page.set_first_sheet()
        write = _writer(book, page)
        write(0, 0, "惠民惠农补贴发放花名册")
        write(1, 0, "填报单位：")
        for column, title in enumerate(_columns().values()):
            write(TITLE_ROWS, column, title)
        at = TITLE_ROWS + 1
        for block in _blocks(rows, subtotal_after):
            places += _write_block(page, write, block, at)
            write(at + len(block), 0, "小 计")
            write(at + len(block), len(FIELDS[PAYMENTS]) - 3, 250 * len(block))
            at += len(block) + 2  # and a blank row
        write(at, 0, "合　计（元）")
    return content.getvalue(), places


def _columns() -> dict[str, str]:
    return {"number": "序号", **{name: title for name, (title, _, _) in FIELDS[PAYMENTS].items()}}


def _blocks(rows: Sequence[Cells], size: int) -> Iterator[Sequence[Cells]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _write_block(page: Any, write: Callable[[int, int, Cell], None], block: Sequence[Cells], at: int) -> list[int]:
    """Townships that follow each other are one merged cell."""
    names = list(_columns())
    for place, row in enumerate(block):
        write(at + place, 0, place + 1)
        for column, name in enumerate(names[1:], start=1):
            if name != "township":
                write(at + place, column, row[name])
    start, column = at, names.index("township")
    for township, some in groupby(row["township"] for row in block):
        count = len(list(some))
        if count > 1 and township is not None:
            page.merge_range(start, column, start + count - 1, column, "")
        write(start, column, township)
        start += count
    return [at + place + 1 for place in range(len(block))]


def _writer(book: Any, page: Any) -> Callable[[int, int, Cell], None]:
    day = book.add_format({"num_format": "yyyy-mm-dd"})

    def write(row: int, column: int, cell: Cell) -> None:
        if isinstance(cell, date):
            page.write_datetime(row, column, cell, day)
        elif isinstance(cell, str) and cell.startswith("#N/A"):
            page.write_formula(row, column, "=NA()", None, cell)
        elif isinstance(cell, str):
            page.write_string(row, column, cell)
        elif cell is not None:
            page.write_number(row, column, cell)

    return write
