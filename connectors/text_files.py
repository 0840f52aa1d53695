"""Delimited text as record batches, and what in any table is no record."""

import io
import re
from collections.abc import Iterator, Sequence
from typing import IO, Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from connectors.base import SOURCE_ROW
from hedui.model.sources import FileDropSource

_BLOCK: Final = 4 * 1024 * 1024


def text_batches(stream: IO[bytes] | io.RawIOBase, source: FileDropSource) -> Iterator[pa.RecordBatch]:
    """Every column as text, empty as null, and the number of the row below the header.

    The first batch has no rows: it shows the columns. Raises pyarrow's exceptions, UnicodeError and LookupError.
    """
    reader = arrow_csv.open_csv(
        pa.PythonFile(stream, mode="r"),
        # Only the parser of one thread says in which line it failed; on streams it is no slower.
        arrow_csv.ReadOptions(
            encoding=source.encoding, block_size=_BLOCK, use_threads=False, skip_rows=source.title_rows
        ),
        arrow_csv.ParseOptions(delimiter=source.delimiter, newlines_in_values=True),
        arrow_csv.ConvertOptions(default_column_type=pa.string(), null_values=[""], strings_can_be_null=True),
    )
    yield _numbered(pa.RecordBatch.from_pylist([], schema=reader.schema), 1)
    row = 1
    for batch in reader:
        yield _numbered(batch, row)
        row += batch.num_rows


def without_totals(batch: pa.RecordBatch, marks: Sequence[str]) -> pa.RecordBatch:
    """Without the rows that sum up others: their first filled cell begins with a mark, blanks in it aside."""
    texts = [column for column in batch.columns if pa.types.is_string(column.type)]
    if not marks or not batch.num_rows or not texts:
        return batch
    bare = pc.replace_substring_regex(pc.coalesce(*texts), r"[\s\x{3000}\x{A0}]", "")
    sums = pc.match_substring_regex(bare, f"^({'|'.join(map(re.escape, marks))})")
    return batch.filter(pc.invert(pc.fill_null(sums, False)))


def _numbered(batch: pa.RecordBatch, first_row: int) -> pa.RecordBatch:
    names = [column.removeprefix("\ufeff") for column in batch.schema.names]
    numbers = pa.array(range(first_row, first_row + batch.num_rows), pa.int64())
    return pa.record_batch([*batch.columns, numbers], names=[*names, SOURCE_ROW])
