"""Rows of any SQLAlchemy dialect, by a cursor of the server's."""

from collections.abc import Generator, Sequence
from typing import Any

import pyarrow as pa
import sqlalchemy as sa


def row_by_row(
    connection: sa.Connection, query: sa.Select[Any], schema: pa.Schema, at_once: int
) -> Generator[pa.RecordBatch]:
    """The rows of `query`, so many at once. Raises what SQLAlchemy and Arrow raise."""
    streamed = connection.execution_options(stream_results=True, max_row_buffer=at_once)
    with streamed.execute(query) as result:
        for rows in result.partitions(at_once):
            yield _batch(rows, schema)


def _batch(rows: Sequence[Any], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    arrays = [pa.array(values, kind) for values, kind in zip(columns, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
