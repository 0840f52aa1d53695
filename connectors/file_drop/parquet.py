"""Parquet, with its own types kept. Its directory stands at the end: a part is held as it came, its rows stream."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from connectors.base import SOURCE_ROW
from connectors.file_drop.part import MEBI, NotAsAgreed

_ROWS: Final = 65_536
_LONGEST: Final = MEBI  # a value
_FOOTER: Final = 16 * MEBI
_TEXTS: Final = (pa.types.is_large_string, pa.types.is_string, pa.types.is_string_view, pa.types.is_binary)


def parquet_batches(content: bytes, columns: Sequence[str]) -> Iterator[tuple[pa.RecordBatch, pa.Schema]]:
    """The named columns, all there are if none is named, each time with the schema of the others.

    The first batch has no rows: it shows the columns. Raises NotAsAgreed.
    """
    try:
        file = pq.ParquetFile(
            pa.BufferReader(content), thrift_string_size_limit=_FOOTER, thrift_container_size_limit=_FOOTER
        )
        yield from _batches(file, columns)
    except NotAsAgreed:
        raise
    except (pa.ArrowException, OSError, ValueError, MemoryError):
        raise NotAsAgreed("is not a Parquet file that can be read to its end") from None


def _batches(file: pq.ParquetFile, columns: Sequence[str]) -> Iterator[tuple[pa.RecordBatch, pa.Schema]]:
    schema = file.schema_arrow
    if len({*schema.names}) != len(schema.names):
        raise NotAsAgreed("names a column twice")
    named = [name for name in schema.names if name in columns or not columns]
    others = pa.schema([field for field in schema if field.name not in named])
    yield _as_cells(pa.RecordBatch.from_pylist([], schema=pa.schema([schema.field(name) for name in named])), 1), others
    row = 1
    for batch in file.iter_batches(_ROWS, columns=named, use_threads=False):
        yield _as_cells(batch.select(named), row), others
        row += batch.num_rows


def _as_cells(batch: pa.RecordBatch, first_row: int) -> pa.RecordBatch:
    numbers = pa.array(np.arange(first_row, first_row + batch.num_rows))
    return pa.record_batch([*map(_cells, batch.columns), numbers], names=[*batch.schema.names, SOURCE_ROW])


def _cells(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_nested(column.type):
        raise NotAsAgreed("has a column of lists or records: a cell holds one value")
    if not any(is_text(column.type) for is_text in _TEXTS):
        return column
    if (pc.max(pc.binary_length(column)).as_py() or 0) > _LONGEST:
        raise NotAsAgreed("has a value longer than any field")
    return column.cast(pa.string())  # bytes that are no UTF-8 end here
