"""Blocks of CSV that a database wrote, as typed columns."""

import re
from collections.abc import Sequence
from typing import Final

import pyarrow as pa
from pyarrow import csv

_COLUMN: Final = re.compile(r"column #(\d+)")


class Unreadable(Exception):
    """A column holds a value that its type has no room for. The value is not told."""

    def __init__(self, column: str, kind: pa.DataType) -> None:
        super().__init__(column, kind)
        self.column, self.kind = column, kind


class TooLong(Exception):
    """A row is longer than the server can send, or we want to hold, in one piece."""


def parsed(block: bytes, schema: pa.Schema, nulls: Sequence[str], options: csv.ParseOptions) -> pa.Table:
    """The rows of a block of whole lines; what stands in quotes is never null. Raises Unreadable, pa.ArrowException."""
    try:
        rows = csv.read_csv(
            pa.BufferReader(block),
            csv.ReadOptions(column_names=schema.names, block_size=len(block) + 1, use_threads=False),
            options,
            csv.ConvertOptions(
                column_types=schema, null_values=nulls, strings_can_be_null=True, quoted_strings_can_be_null=False
            ),
        )
    except pa.ArrowException as error:
        if not (found := _COLUMN.search(str(error))):
            raise
        field = schema.field(int(found[1]))
    else:
        return rows
    raise Unreadable(field.name, field.type)
