"""Text as record batches – delimited, or a JSON object in each line –, and what in any table is no record."""

import codecs
import io
import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from connectors.base import PLACE, SOURCE_ROW
from connectors.file_drop.archives import pieces
from connectors.file_drop.part import MEBI, NotAsAgreed
from connectors.text_rows import UnreadableError, headers, json_lines, text_batch
from hedui.model.sources import FileDropSource

_BLOCK: Final = 4 * MEBI  # no record is longer
_DECODED: Final = MEBI
# A row behind the last that no file has: where it does not come back, a quote was left open and has swallowed it.
_COLUMNS_BEHIND: Final = 5000
_ROWS: Final = 20_000


class Utf8(io.RawIOBase):
    """Text of any encoding as UTF-8 without a byte order mark, with `behind` after it, if there is any text.

    What is UTF-8 already goes through as it is. Raises NotAsAgreed, which names the line.
    """

    def __init__(self, stream: io.RawIOBase, encoding: str, behind: str = "") -> None:
        super().__init__()
        self._stream, self._encoding = stream, encoding
        self._decoder = _decoder(encoding)
        self._text = memoryview(b"")
        self._lines, self._begun, self._ended = 1, False, False
        self._behind = behind.encode()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._text and not self._ended:
            self._text = memoryview(self._next())
        given = bytes(self._text if size < 0 else self._text[:size])
        self._text = self._text[len(given) :]
        return given

    def _next(self) -> bytes:
        piece = self._stream.read(_DECODED) or b""
        self._ended = not piece
        text = self._decoded(piece, self._decoder) if self._decoder else piece
        if text and not self._begun:
            text, self._begun = text.removeprefix(codecs.BOM_UTF8), True
        return text + self._behind if self._ended and self._begun else text

    def _decoded(self, piece: bytes, decoder: codecs.IncrementalDecoder) -> bytes:
        try:
            text = decoder.decode(piece, final=self._ended)
            self._lines += text.count("\n")
            return text.encode()
        except UnicodeDecodeError as error:
            self._lines += error.object.count(b"\n", 0, error.start)
        except UnicodeError:
            pass
        raise NotAsAgreed(_not_throughout(self._encoding, str(self._lines)))


def csv_batches(stream: io.RawIOBase, source: FileDropSource) -> Iterator[pa.RecordBatch]:
    """Every column as text, empty as null, and the number of the row below the header.

    The first batch has no rows: it shows the columns. Raises NotAsAgreed.
    """
    behind = source.delimiter.join([""] * _COLUMNS_BEHIND)
    end = _End(behind)
    try:
        yield from _csv_batches(Utf8(stream, source.encoding, f"\n{behind}\n"), source, end)
    except pa.ArrowInvalid as error:
        raise NotAsAgreed(_fault(str(error), source)) from None
    except UnicodeDecodeError:  # in the header, of which the parser takes everything
        raise NotAsAgreed(_not_throughout(source.encoding, str(source.title_rows + 1))) from None
    if not end.seen:
        raise NotAsAgreed("ends within a quoted value: a quote was left open")


class _End:
    """Waits for the row behind the last; any other of a wrong length is a fault."""

    def __init__(self, behind: str) -> None:
        self._behind, self.seen = behind, False

    def __call__(self, row: arrow_csv.InvalidRow) -> Literal["skip", "error"]:
        self.seen = row.text == self._behind
        return "skip" if self.seen else "error"


def _csv_batches(text: Utf8, source: FileDropSource, end: _End) -> Iterator[pa.RecordBatch]:
    reader = arrow_csv.open_csv(
        pa.PythonFile(text, mode="r"),
        # Only the parser of one thread says in which line it failed; on streams it is no slower.
        arrow_csv.ReadOptions(block_size=_BLOCK, use_threads=False, skip_rows=source.title_rows),
        arrow_csv.ParseOptions(delimiter=source.delimiter, newlines_in_values=True, invalid_row_handler=end),
        arrow_csv.ConvertOptions(default_column_type=pa.string(), null_values=[""], strings_can_be_null=True),
    )
    if not any(reader.schema.names):
        raise NotAsAgreed("has no header")
    yield _numbered(pa.RecordBatch.from_pylist([], schema=reader.schema), 1)
    row = 1
    for batch in reader:
        yield _numbered(batch, row)
        row += batch.num_rows


def json_batches(
    stream: io.RawIOBase, source: FileDropSource, columns: Sequence[str]
) -> Iterator[tuple[pa.RecordBatch, pa.Schema | None]]:
    """The named columns as text, all there are if none is named, with the names of the others; rows are lines.

    Raises NotAsAgreed.
    """
    row = 1
    try:
        for records in json_lines(pieces(Utf8(stream, source.encoding))):
            for first in range(0, len(records), _ROWS):
                some = records[first : first + _ROWS]
                batch = text_batch(some, columns, "", row).drop_columns([PLACE[0]])
                others = sorted(headers(some) - {*columns}) if columns else []
                yield batch, pa.schema([(name, pa.string()) for name in others])
                row += len(some)
    except UnreadableError as error:
        raise NotAsAgreed(f"is not the JSON lines the contract describes: {error}") from None


def without_totals(batch: pa.RecordBatch, marks: Sequence[str]) -> pa.RecordBatch:
    """Without the rows that sum up others: their first filled cell begins with a mark, blanks in it aside."""
    texts = [column for column in batch.columns if pa.types.is_string(column.type)]
    if not marks or not batch.num_rows or not texts:
        return batch
    bare = pc.replace_substring_regex(pc.coalesce(*texts), r"[\s\x{3000}\x{A0}]", "")
    sums = pc.match_substring_regex(bare, f"^({'|'.join(map(re.escape, marks))})")
    return batch.filter(pc.invert(pc.fill_null(sums, False)))


def _decoder(encoding: str) -> codecs.IncrementalDecoder | None:
    """None for UTF-8, which needs none."""
    try:
        codec = codecs.lookup(encoding)
    except LookupError:
        raise NotAsAgreed(f"is agreed to be in `{encoding:.20}`, which is no encoding") from None
    return None if codec.name in ("utf-8", "utf-8-sig") or not codec.incrementaldecoder else codec.incrementaldecoder()


def _fault(error: str, source: FileDropSource) -> str:
    """A parser's message quotes the row: of it only the number may go on."""
    number = re.search(r"Row #(\d+)", error)
    if "straddling" in error:
        return f"has a record longer than {_BLOCK // MEBI} MiB: a quote may have been left open"
    if "utf8" in error.lower():
        return _not_throughout(source.encoding, number[1] if number else "1")
    return f"is not the CSV the contract describes{f' at line {number[1]}' if number else ''}"


def _not_throughout(encoding: str, line: str) -> str:
    return f"is not {encoding} throughout: see line {line}"


def _numbered(batch: pa.RecordBatch, first_row: int) -> pa.RecordBatch:
    numbers = pa.array(np.arange(first_row, first_row + batch.num_rows))
    return pa.record_batch([*batch.columns, numbers], names=[*batch.schema.names, SOURCE_ROW])
