"""The rows inside a package, whatever its size, a few at a time."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from connectors.base import PLACE, Page, Wanted
from connectors.text_rows import UnreadableError, headers, json_lines, text_batch

_PIECE: Final = 512 * 1024
_BLOCK: Final = 4 * 1024 * 1024  # no row of a table is longer
_ROWS: Final = 65_536
_LONGEST_VALUE: Final = 1024 * 1024
_UNREADABLE: Final = (pa.ArrowException, EOFError, OSError, ValueError, KeyError, zlib.error)

Content = io.BufferedReader
Reader = Callable[[Content, Wanted, str, int], Iterator[Page]]


def pages(content: io.RawIOBase, form: str, wanted: Wanted, source: str, largest: int) -> Iterator[Page]:
    """Pages without a position; one at least, which shows the columns. `largest` is what it may unpack to, in bytes.

    Raises UnreadableError, and what reading `content` raises.
    """
    if form not in _READERS:
        raise UnreadableError("its header names a format that is not known")
    try:
        yield from _READERS[form](io.BufferedReader(content, _PIECE), wanted, source, largest)
    except UnreadableError:
        raise
    except _UNREADABLE:
        raise UnreadableError(f"its content is not what its header calls {form}") from None


def _json_lines(content: Content, wanted: Wanted, source: str, largest: int) -> Iterator[Page]:
    row = 1
    with gzip.GzipFile(fileobj=content) as unpacked:
        for records in json_lines(_pieces(unpacked, largest)):
            rows = text_batch(records, wanted.headers, source, row)
            others = sorted(headers(records) - set(rows.schema.names)) if wanted.columns else []
            further = pa.schema([(name, pa.string()) for name in others])
            for start in range(0, rows.num_rows, _ROWS):
                yield Page(rows.slice(start, _ROWS), further=further)
            row += rows.num_rows
    if row == 1:
        yield Page(text_batch([], wanted.columns, source, 1))


def _csv(content: Content, wanted: Wanted, source: str, largest: int) -> Iterator[Page]:
    with gzip.GzipFile(fileobj=content) as unpacked:
        reader = arrow_csv.open_csv(
            pa.PythonFile(_Bounded(unpacked, largest), mode="r"),
            arrow_csv.ReadOptions(block_size=_BLOCK, use_threads=False),
            arrow_csv.ParseOptions(newlines_in_values=True),
            arrow_csv.ConvertOptions(default_column_type=pa.string(), null_values=[""], strings_can_be_null=True),
        )
        yield from _placed(reader.schema, reader, source)


def _parquet(content: Content, wanted: Wanted, source: str, largest: int) -> Iterator[Page]:
    with pq.ParquetFile(pa.PythonFile(content, mode="r")) as file:
        groups = (file.metadata.row_group(number) for number in range(file.num_row_groups))
        _bound(sum(group.total_byte_size for group in groups), largest)
        schema = file.schema_arrow
        names = [name for name in schema.names if name in wanted.headers or not wanted.columns]
        further = pa.schema([field for field in schema if field.name not in names])
        read = pa.schema([schema.field(name) for name in names])
        for page in _placed(read, file.iter_batches(_ROWS, columns=names), source):
            yield Page(page.rows, further=further)


def _placed(schema: pa.Schema, batches: Any, source: str) -> Iterator[Page]:
    if len(set(schema.names) | set(PLACE)) < len(schema.names) + len(PLACE):
        raise UnreadableError("two of its columns have one name")
    row = 1
    yield Page(_with_place(pa.RecordBatch.from_pylist([], schema=schema), source, row))
    for batch in batches:
        for start in range(0, batch.num_rows, _ROWS):
            rows = batch.slice(start, _ROWS)
            yield Page(_with_place(rows, source, row))
            row += rows.num_rows


def _with_place(rows: pa.RecordBatch, source: str, first_row: int) -> pa.RecordBatch:
    columns = [_plain(column) for column in rows.columns]
    place = [
        pa.repeat(pa.scalar(source, pa.string()), rows.num_rows),
        pa.array(range(first_row, first_row + rows.num_rows), pa.int64()),
    ]
    return pa.record_batch([*columns, *place], names=[*rows.schema.names, *PLACE])


def _plain(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_large_string(column.type):
        column = column.cast(pa.string())
    if pa.types.is_nested(column.type):
        raise UnreadableError("a column holds lists or objects")
    bytes_of = pa.types.is_string(column.type) or pa.types.is_binary(column.type)
    if bytes_of and (pc.max(pc.binary_length(column)).as_py() or 0) > _LONGEST_VALUE:
        raise UnreadableError("a value is longer than any field")
    return column


def _pieces(unpacked: gzip.GzipFile, largest: int) -> Iterator[bytes]:
    return iter(partial(_Bounded(unpacked, largest).read, _PIECE), b"")


class _Bounded:
    """What unpacks to more than `largest` is no delivery."""

    closed = False

    def __init__(self, unpacked: gzip.GzipFile, largest: int) -> None:
        self._unpacked, self._largest = unpacked, largest

    def read(self, size: int) -> bytes:
        piece = self._unpacked.read(size)
        _bound(self._unpacked.tell(), self._largest)
        return piece


def _bound(size: int, largest: int) -> None:
    if size > largest:
        raise UnreadableError(f"it unpacks to more than {largest // 1024 // 1024} MiB")


_READERS: Final[dict[str, Reader]] = {"json_lines": _json_lines, "csv": _csv, "parquet": _parquet}
