"""What is in an XLSX workbook, looked at before it is opened: how far its sheets reach, and which cells show errors.

A sheet is read as a whole, and a few bytes can claim a sheet of any size. And the reader shows an error, such as #N/A,
as an empty cell: nobody would know that a value is missing.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Mapping
from functools import reduce
from typing import IO, Final
from xml.etree import ElementTree

from connectors.file_drop.part import MEBI, NotAsAgreed

UNPACKED: Final = 1024 * MEBI
# The reader lays out every cell from the first to the last row and column, 32 bytes each, and ends the process where
# there is no room.
CELLS: Final = 32 * MEBI
ERRORS: Final = 100_000
_REFERENCE: Final = re.compile(rb"\sr=[\"']([A-Z]{0,3})(\d{1,9})")
# As many texts as a workbook says it has, the reader makes room for before it sees one.
_TEXTS: Final = re.compile(rb"\suniqueCount=[\"'](\d+)")
_CELL: Final = re.compile(rb"<(?:\w+:)?c(?=\s)")
_ERROR: Final = re.compile(
    rb"<(?:\w+:)?c(?=[^>]*\st=[\"']e[\"'])(?:[^>]*?\sr=[\"']([A-Z]{1,3})(\d{1,9})[\"'])?[^>]*>"
    rb"(?:(?!</?(?:\w+:)?c[\s>]).)*?<(?:\w+:)?v>([^<]{1,20})<",
    re.DOTALL,
)
_LONGEST_REFERENCE: Final = 32
_LONGEST_CELL: Final = 64 * 1024
_LONGEST_LIST: Final = 4 * MEBI

Errors = Mapping[tuple[int, int], str]  # row and column, from 0


def measured(workbook: bytes) -> dict[str, Errors]:
    """The cells that show errors, by the part of the workbook in which they stand.

    Raises NotAsAgreed for what is no workbook, or one that takes more memory than any sheet deserves.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(workbook)) as package:
            parts = package.infolist()
            _bound(sum(part.file_size for part in parts))
            unpacked, errors = 0, {}
            for part in parts:
                part.file_size = UNPACKED  # what is stated may understate: read to the end of the stream
                with package.open(part) as stream:
                    length, errors[part.filename] = measured_part(stream)
                unpacked += length
                _bound(unpacked)
            return errors
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error):
        raise NotAsAgreed("is not an XLSX workbook that can be read without a password") from None


def measured_part(part: IO[bytes]) -> tuple[int, Errors]:
    """How much a part of a workbook unpacks to, and its errors. Raises NotAsAgreed for a sheet that reaches too far."""
    length = row = column = 0
    errors: dict[tuple[int, int], str] = {}
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
        errors |= _errors(seen)
        tail = _unfinished(seen)
        if row * column > CELLS:
            raise NotAsAgreed(
                f"has a sheet that reaches to row {row}, column {column}: clear what is beyond the records"
            )
        if len(errors) > ERRORS:
            raise NotAsAgreed("has a sheet that shows errors all over: mend its formulas")
    return length, errors


def part_of_sheet(workbook: bytes, place: int) -> str:
    """The part in which the sheet at this place, from 0, stands. Raises NotAsAgreed."""
    try:
        with zipfile.ZipFile(io.BytesIO(workbook)) as package:
            book, links = (_xml(package, part) for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"))
        sheets = [element for element in book.iter() if element.tag.endswith("}sheet")]
        link = next(value for name, value in sheets[place].attrib.items() if name.endswith("}id"))
        target = next(element.attrib["Target"] for element in links.iter() if element.attrib.get("Id") == link)
    except (KeyError, IndexError, StopIteration, ElementTree.ParseError):
        raise NotAsAgreed("shows errors such as #N/A in cells that cannot be told: mend its formulas") from None
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _xml(package: zipfile.ZipFile, part: str) -> ElementTree.Element:
    with package.open(part) as stream:
        # The parser itself bounds what entities may grow to.
        return ElementTree.fromstring(stream.read(_LONGEST_LIST))  # noqa: S314


def _errors(seen: bytes) -> dict[tuple[int, int], str]:
    if b't="e"' not in seen and b"t='e'" not in seen:
        return {}
    found = _ERROR.findall(seen)
    if any(not letters for letters, _, _ in found):
        raise NotAsAgreed("shows errors such as #N/A in cells that do not say where they stand: mend its formulas")
    return {
        (int(row) - 1, _number_of_column(letters) - 1): text.decode("utf-8", "replace") for letters, row, text in found
    }


def _unfinished(seen: bytes) -> bytes:
    """The cell that goes on in the next piece, if it is one; else enough for a reference."""
    begun = [match.start() for match in _CELL.finditer(seen, max(0, len(seen) - _LONGEST_CELL))]
    return seen[min([*begun[-1:], len(seen) - _LONGEST_REFERENCE]) :] if len(seen) > _LONGEST_REFERENCE else seen


def _bound(unpacked: int) -> None:
    if unpacked > UNPACKED:
        raise NotAsAgreed(f"would unpack to more than {UNPACKED // MEBI} MiB: it has to come in more parts")


def _number_of_column(letters: bytes) -> int:
    """A is 1, AA is 27; of a row, which has no letters, 0."""
    return reduce(lambda number, letter: number * 26 + letter - 64, letters, 0)
