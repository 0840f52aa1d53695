"""Rows of PostgreSQL by `COPY … TO STDOUT`, as CSV, which its server makes fastest and Arrow reads exactly.

A thread of its own takes the server's rows, so that we parse one block while the next is on the way.
"""

from collections.abc import Generator
from queue import Empty, Queue
from threading import Thread
from typing import Any, Final

import pyarrow as pa
import sqlalchemy as sa
from pyarrow import csv
from sqlalchemy.dialects import postgresql

from connectors.database.csv import parsed
from connectors.database.session import hang_up

_BLOCK: Final = 4 << 20
_WAITING: Final = 2  # blocks
_NULLS: Final = ("",)  # an empty text stands in quotes
_FORM: Final = csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
# Other styles would double each % of a name.
_DIALECT: Final[sa.Dialect] = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]


def copied(connection: sa.Connection, query: sa.Select[Any], schema: pa.Schema, silence: float) -> Generator[pa.Table]:
    """The rows of `query` in blocks of some megabytes. Raises what psycopg2 and Arrow raise, and TimeoutError."""
    sql = query.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True})
    driver = connection.connection.driver_connection
    blocks = _Blocks()
    thread = Thread(target=blocks.fill, args=(driver, f"COPY ({sql}) TO STDOUT (FORMAT csv)"), daemon=True)
    thread.start()
    try:
        yield from _tables(blocks, schema, silence)
    finally:
        if not blocks.ended:  # nobody reads on
            hang_up(driver)
            blocks.drain()
        thread.join()


def _tables(blocks: "_Blocks", schema: pa.Schema, silence: float) -> Generator[pa.Table]:
    rows = 0
    while (block := blocks.next(silence)) is not None:
        yield (table := parsed(block, schema, _NULLS, _FORM))
        rows += table.num_rows
    if rows != blocks.rows:
        raise ValueError("the server counted other rows than came")


class _Blocks:
    """What psycopg2 writes to, row by row, in blocks of whole rows of which only a few wait at a time."""

    def __init__(self) -> None:
        self.rows, self.ended = 0, False
        self._queue: Queue[bytes | BaseException | None] = Queue(_WAITING)
        self._held: list[bytes] = []
        self._size = 0

    def fill(self, driver: Any, sql: str) -> None:
        try:
            with driver.cursor() as cursor:
                cursor.copy_expert(sql, self)
                self.rows = cursor.rowcount
            self._hand_over()
            self._queue.put(None)
        except BaseException as error:  # for the thread that reads
            self._queue.put(error)

    def write(self, row: bytes) -> None:
        self._held.append(row)
        self._size += len(row)
        if self._size >= _BLOCK:
            self._hand_over()

    def next(self, silence: float) -> bytes | None:
        """The next block; None at the end."""
        try:
            block = self._take(silence)
        except Empty:
            raise TimeoutError from None
        if isinstance(block, BaseException):
            raise block
        return block

    def drain(self) -> None:
        while not self.ended:
            self._take(None)

    def _take(self, silence: float | None) -> bytes | BaseException | None:
        block = self._queue.get(timeout=silence)
        self.ended = not isinstance(block, bytes)
        return block

    def _hand_over(self) -> None:
        if self._held:
            self._queue.put(b"".join(self._held))
            self._held, self._size = [], 0
