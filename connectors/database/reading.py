"""Read a table within one session: in which order, from where to where, and where reading can go on."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from connectors.base import SOURCE_NAME, SOURCE_ROW, Page, Position
from connectors.database.columns import Column
from connectors.database.copy import copied
from connectors.database.lines import in_lines
from connectors.database.rows import row_by_row
from connectors.database.session import in_time, silence
from hedui.model.credentials import Credentials
from hedui.model.interval import PROVINCE_TIME, Interval


@dataclass(frozen=True)
class Reading:
    """A table, what is read of it, and how it is sorted. Without a cursor all of it is read, from the beginning."""

    connection: sa.Connection
    table: str
    columns: Sequence[Column]
    cursor: Column | None
    key: Sequence[Column]
    at_once: int  # rows
    credentials: Credentials

    def pages(self, interval: Interval, after: Position | None, slice_hours: float | None) -> Iterator[Page]:
        """The rows of an interval, slice after slice, with a position wherever the cursor rises."""
        row, start = _place_of(after) if after else (1, interval.start)
        spans = _slices(start, interval.end, slice_hours) if self.cursor else ((None, None),)
        for begin, end in spans:
            for batch in self._batches(self._query(begin, end)):
                yield from self._pages(batch, row)
                row += batch.num_rows
            if end and end < interval.end:
                yield Page(self._placed(self._nothing(), row), _position(row, end))

    def try_query(self) -> None:
        """Ask for no row at all: the server says whether it would let us have any."""
        with in_time(self.connection.connection.driver_connection, self.credentials):
            self.connection.execute(self._query(None, None).where(sa.false())).close()

    def first(self) -> pa.RecordBatch:
        """No row, but all columns."""
        return self._placed(self._nothing(), 1)

    def _placed(self, rows: pa.RecordBatch, first: int) -> pa.RecordBatch:
        """Rows with the place of each."""
        where = pa.repeat(pa.scalar(self.table, pa.string()), rows.num_rows)
        numbers = pa.array(np.arange(first, first + rows.num_rows, dtype=np.int64))
        schema = rows.schema.append(pa.field(SOURCE_NAME, pa.string())).append(pa.field(SOURCE_ROW, pa.int64()))
        return pa.RecordBatch.from_arrays([*rows.columns, where, numbers], schema=schema)

    def _nothing(self) -> pa.RecordBatch:
        return pa.RecordBatch.from_pylist([], self._schema())

    def _schema(self) -> pa.Schema:
        return pa.schema([(column.name, column.arrow) for column in self.columns])

    def _query(self, begin: datetime | None, end: datetime | None) -> sa.Select[Any]:
        query = sa.select(*(column.asked.label(column.name) for column in self.columns))
        if self.cursor and begin and end:
            since, until = (_stored(moment, self.cursor) for moment in (begin, end))
            query = query.where(self.cursor.stored >= since, self.cursor.stored < until)
        return query.order_by(*(column.stored for column in (self.cursor, *self.key) if column))

    def _batches(self, query: sa.Select[Any]) -> Iterator[pa.RecordBatch]:
        dialect = self.connection.dialect
        if dialect.driver == "psycopg2":
            tables: Generator[pa.Table | pa.RecordBatch] = copied(
                self.connection, query, self._schema(), silence(self.credentials)
            )
        elif dialect.driver == "pymysql":
            tables = in_lines(self.connection, query, self.columns)
        else:
            tables = row_by_row(self.connection, query, self._schema(), self.at_once)
        with closing(tables):
            for table in tables:
                yield from _cut(table, self.at_once)

    def _pages(self, rows: pa.RecordBatch, row: int) -> Iterator[Page]:
        """The rows in two pages: reading can go on before the last value of the cursor, and not within it."""
        rows, cut = self._placed(rows, row), 0
        if self.cursor and self.cursor.name in rows.schema.names:
            values = rows[self.cursor.name]
            if cut := pc.index(values, values[-1]).as_py():
                yield Page(rows.slice(0, cut), _position(row + cut, _moment(values[-1].as_py())))
        yield Page(rows.slice(cut))


def _cut(rows: pa.Table | pa.RecordBatch, at_once: int) -> Sequence[pa.RecordBatch]:
    return [rows] if isinstance(rows, pa.RecordBatch) else rows.to_batches(max_chunksize=at_once)


def _slices(start: datetime, end: datetime, hours: float | None) -> Iterator[tuple[datetime, datetime]]:
    step = timedelta(hours=hours) if hours else end - start
    while start < end:
        yield start, min(start + step, end)
        start += step


def _position(row: int, moment: datetime) -> Position:
    """The number of the next row, and the value of the cursor from which on nothing was delivered."""
    return f"{row} {moment.isoformat()}"


def _place_of(position: Position) -> tuple[int, datetime]:
    row, _, moment = position.partition(" ")
    return int(row), datetime.fromisoformat(moment)


def _moment(value: datetime | date) -> datetime:
    """When a value of the cursor is: without a zone it tells the province's time."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - it gets its zone here
    return (value if value.tzinfo else value.replace(tzinfo=PROVINCE_TIME)).astimezone(UTC)


def _stored(moment: datetime, cursor: Column) -> datetime | date:
    """A moment in the form of the cursor's values."""
    if cursor.has_zone:
        in_utc = moment.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if cursor.mysql else in_utc
    told = moment.astimezone(PROVINCE_TIME).replace(tzinfo=None)
    return told if pa.types.is_timestamp(cursor.arrow) else told.date()
