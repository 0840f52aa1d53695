"""Parquet files as contents of limited size. The one part of the sender's side that needs pyarrow."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from hedui.model.errors import TerminalError
from hedui.sealing.filling import UNPACKED, Rows, refused

_GROUP: Final = 8 * 1024 * 1024
_MOST_ROWS: Final = 65_536
_FOOTER: Final = 64 * 1024


def parquet_contents(files: Sequence[Path], room: int) -> Iterator[Rows]:
    """Raises TerminalError."""
    try:
        import pyarrow.parquet as pq
    except ImportError:
        raise TerminalError("Parquet", "this Python has no pyarrow", "Install pyarrow, or export CSV") from None
    schema = _schema(files, pq)
    content = _Growing(schema, pq)
    for rows in _pieces(files, min(_GROUP, room // 4, UNPACKED // 4), pq):
        if content.rows and (content.size + rows.nbytes > room or content.unpacked + rows.nbytes > UNPACKED):
            yield content.finished()
            content = _Growing(schema, pq)
        content.add(rows)
        if content.size > room:
            raise TerminalError("--limit-mib", f"{rows.num_rows} rows alone are larger", "Allow larger packages")
    yield content.finished()


class _Growing:
    def __init__(self, schema: Any, pq: Any) -> None:
        self.rows, self.unpacked = 0, 0
        self._sink = io.BytesIO()
        self._writer = pq.ParquetWriter(self._sink, schema, compression="zstd")
        self._footer = _FOOTER

    @property
    def size(self) -> int:
        return self._sink.tell() + self._footer

    def add(self, rows: Any) -> None:
        self._writer.write_batch(rows)
        self.rows += rows.num_rows
        self.unpacked += rows.nbytes
        self._footer += 512 * rows.num_columns  # each group has its place and its bounds per column

    def finished(self) -> Rows:
        self._writer.close()
        return Rows(self._sink.getvalue(), self.rows)


def _schema(files: Sequence[Path], pq: Any) -> Any:
    try:
        schemas = [pq.read_schema(file).remove_metadata() for file in files]
    except (OSError, ValueError):  # pyarrow's words may quote the file
        raise refused(files[0], "it, or one beside it, cannot be read as Parquet", "Write it again") from None
    for file, schema in zip(files, schemas, strict=True):
        if schema != schemas[0]:
            raise refused(file, f"it has other columns than {files[0].name}", "Seal it by itself")
    return schemas[0]


def _pieces(files: Sequence[Path], size: int, pq: Any) -> Iterator[Any]:
    """Batches of at most about `size` bytes."""
    for file in files:
        try:
            with pq.ParquetFile(file) as parquet:
                for batch in parquet.iter_batches(_MOST_ROWS):
                    batch = batch.replace_schema_metadata(None)
                    step = max(1, batch.num_rows * size // max(batch.nbytes, 1))
                    yield from (batch.slice(start, step) for start in range(0, batch.num_rows, step))
        except (OSError, ValueError):
            raise refused(file, "it cannot be read as Parquet", "Write it again") from None
