"""The rows of a part, whatever it is packed in and written as."""

import io
from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa

from connectors.file_drop.archives import ungzipped, unzipped
from connectors.file_drop.old_sheets import xls_batches
from connectors.file_drop.parquet import parquet_batches
from connectors.file_drop.part import whole
from connectors.file_drop.sheets import SheetForm, xlsx_batches
from connectors.file_drop.text import csv_batches, json_batches
from hedui.model.sources import FileDropSource

Rows = Iterator[tuple[pa.RecordBatch, pa.Schema | None]]

# What says at its end what is in it cannot be read from its beginning: it is held as it came.
HELD: Final = frozenset({"xlsx", "xls", "parquet"})


def unpacked(part: io.RawIOBase, source: FileDropSource, password: str) -> io.RawIOBase:
    """The file in a part."""
    if source.packing == "zip":
        return unzipped(part, password)
    return ungzipped(part) if source.packing == "gzip" else part


def rows_of(file: io.RawIOBase, source: FileDropSource, columns: Sequence[str]) -> Rows:
    """Its rows with their numbers, and further columns that were not taken, where some were not.

    The first batch may be empty: it shows the columns. Raises NotAsAgreed.
    """
    if source.format == "json_lines":
        return json_batches(file, source, columns)
    if source.format == "parquet":
        return parquet_batches(whole(file), columns)
    return ((batch, None) for batch in _text(file, source))


def _text(file: io.RawIOBase, source: FileDropSource) -> Iterator[pa.RecordBatch]:
    if source.format == "csv":
        return csv_batches(file, source)
    form = SheetForm(source.title_rows, source.sheet, source.merged == "fill")
    return xlsx_batches(whole(file), form) if source.format == "xlsx" else xls_batches(whole(file), form)
