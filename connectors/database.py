"""Tables of a front-end exchange database, by any SQLAlchemy dialect."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, cast

import pyarrow as pa
import sqlalchemy as sa

from connectors.base import SOURCE_NAME, SOURCE_ROW, Connector, Offer, Page, Position, Wanted
from connectors.database_errors import explained
from hedui.model.credentials import Credentials
from hedui.model.errors import SchemaDrift
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.model.sources import DatabaseSource

_DRIVERS: Final = {"postgres": "postgresql+psycopg2", "mysql": "mysql+pymysql"}
# One snapshot for the whole read, and a promise not to write, in each database's own words.
_READ_ONLY: Final[dict[str, dict[str, Any]]] = {
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    "mysql": {"isolation_level": "REPEATABLE READ"},
}
_CONNECT: Final[dict[str, dict[str, Any]]] = {"postgresql": {"connect_timeout": 5}, "mysql": {"connect_timeout": 5}}


class DatabaseConnector(Connector):
    """One table or view. Connection: `host`, `port`, `login`, `password`, `database`.

    `conn_type` is `postgres`, `mysql`, or the drivername of another SQLAlchemy dialect.
    """

    def __init__(self, wanted: Wanted, credentials: Credentials) -> None:
        super().__init__(wanted, credentials)
        self.source = cast(DatabaseSource, wanted.source)

    def records(self, interval: Interval, after: Position | None) -> Iterator[Page]:
        with explained(self.wanted.where), self._connection() as connection:
            table = self._table(connection)
            columns = [_Column(table.c[name]) for name in self.wanted.columns if name in table.c]
            yield Page(_batch([], columns, self.source.table, 1))  # a missing column shows even when nothing changed
            row = 1
            for rows in connection.execute(self._query(table, columns, interval)).partitions():
                yield Page(_batch(rows, columns, self.source.table, row))
                row += len(rows)

    def steps(self) -> Iterator[str]:
        raise NotImplementedError

    def offer(self) -> Offer:
        raise NotImplementedError

    @contextmanager
    def _connection(self) -> Iterator[sa.Connection]:
        who = self.credentials
        url = sa.URL.create(
            _DRIVERS.get(who.conn_type, who.conn_type),
            username=who.login or None,
            password=who.password.get_secret_value() or None,
            host=who.host or None,
            port=who.port,
            database=who.database or None,
        )
        backend = url.get_backend_name()
        # Values never stand in the driver's messages, and one connection is all the agency shall bear.
        engine = sa.create_engine(
            url, poolclass=sa.NullPool, hide_parameters=True, connect_args=_CONNECT.get(backend, {})
        ).execution_options(**_READ_ONLY.get(backend, {}))
        with engine.connect() as connection:
            streamed = {"stream_results": True, "yield_per": self.source.fetch_rows}
            yield connection.execution_options(**streamed)

    def _table(self, connection: sa.Connection) -> sa.Table:
        schema, _, name = self.source.table.rpartition(".")
        return sa.Table(name, sa.MetaData(), schema=schema or None, autoload_with=connection, resolve_fks=False)

    def _query(self, table: sa.Table, columns: Sequence["_Column"], interval: Interval) -> sa.Select[Any]:
        cursor = self._field(table, self.wanted.cursor)
        start, end = (_as_stored(moment, cursor) for moment in (interval.start, interval.end))
        order = [cursor, *(self._field(table, name) for name in self.wanted.key)]
        return sa.select(*(c.selected for c in columns)).where(cursor >= start, cursor < end).order_by(*order)

    def _field(self, table: sa.Table, source: str) -> sa.Column[Any]:
        if source not in table.c:
            raise SchemaDrift(
                self.wanted.where,
                f"the table {self.source.table} lacks the column {source}",
                "Ask the agency whether it was renamed, then correct the contract",
            )
        return table.c[source]


class _Column:
    """A column of the agency, what we select for it, and the Arrow type it arrives in."""

    def __init__(self, column: sa.Column[Any]) -> None:
        self.name = column.name
        self.arrow = _arrow_type(column.type)
        self.selected = column if self.arrow else sa.cast(column, sa.Text).label(column.name)


def _arrow_type(kind: sa.types.TypeEngine[Any]) -> pa.DataType | None:
    """None for a type that has no safe counterpart: the database then turns it into text."""
    if isinstance(kind, sa.DateTime):
        return pa.timestamp("us", tz="UTC") if kind.timezone else pa.timestamp("us")
    if isinstance(kind, sa.Date):
        return pa.date32()
    if isinstance(kind, sa.Integer):
        return pa.int64()
    if isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float) and kind.precision and kind.precision <= 38:
        return pa.decimal128(kind.precision, kind.scale or 0)
    return pa.string() if isinstance(kind, sa.String) else None


def _as_stored(moment: datetime, cursor: sa.Column[Any]) -> datetime:
    """A bound of the interval as the cursor column tells time: without a zone it means the province's."""
    if isinstance(cursor.type, sa.DateTime) and not cursor.type.timezone:
        return moment.astimezone(PROVINCE_TIME).replace(tzinfo=None)
    return moment.astimezone(UTC)


def _batch(rows: Sequence[Any], columns: Sequence[_Column], table: str, first_row: int) -> pa.RecordBatch:
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [pa.array(v, c.arrow or pa.string()) for v, c in zip(values, columns, strict=True)]
    place = [
        pa.repeat(pa.scalar(table, pa.string()), len(rows)),
        pa.array(range(first_row, first_row + len(rows)), pa.int64()),
    ]
    return pa.record_batch([*arrays, *place], names=[*(c.name for c in columns), SOURCE_NAME, SOURCE_ROW])
