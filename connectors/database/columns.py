"""Columns of a database: what their native types become, and how a query asks for them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from connectors.database.session import speaks_mysql

_BINARY: Final = (sa.LargeBinary, sa.BINARY, sa.VARBINARY, mysql.BIT, sa.types.NullType)
_MOST_DIGITS: Final = 38


def columns_of(connection: sa.Connection, table: str, schema: str | None) -> dict[str, "Column"]:
    """The columns of a table or view, by name. Raises NoSuchTableError."""
    found = sa.inspect(connection).get_columns(table, schema)
    stored = sa.table(table, *(sa.column(c["name"], c["type"]) for c in found), schema=schema)
    mysql = speaks_mysql(connection)
    return {
        c["name"]: Column(stored.c[c["name"]], _native(c["type"], connection.dialect), c.get("comment") or "", mysql)
        for c in found
    }


def _native(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> str:
    return "unknown" if isinstance(kind, sa.types.NullType) else kind.compile(dialect)


@dataclass(frozen=True)
class Column:
    """A column of the agency."""

    stored: sa.ColumnElement[Any]  # to compare and sort by
    native: str  # its type in the words of the database
    title: str
    mysql: bool

    @property
    def name(self) -> str:
        return str(self.stored.key)

    @property
    def type(self) -> sa.types.TypeEngine[Any]:
        return self.stored.type

    @cached_property
    def arrow(self) -> pa.DataType:
        """What it arrives as: text where no type of Arrow's holds every value of the native one."""
        return self._counterpart or pa.string()

    @property
    def asked(self) -> sa.ColumnElement[Any]:
        """What is asked for: the column, or the database's own text of it."""
        if self._counterpart:
            return self.stored
        if self.mysql and isinstance(self.type, _BINARY):
            return sa.func.hex(self.stored)
        return sa.cast(self.stored, sa.Text)

    @property
    def is_moment(self) -> bool:
        """Whether it can say when a record was changed."""
        return isinstance(self.type, sa.DateTime | sa.Date)

    @property
    def has_zone(self) -> bool:
        """Whether its times are instants; others mean the province's time."""
        return pa.types.is_timestamp(self.arrow) and self.arrow.tz is not None

    @cached_property
    def _counterpart(self) -> pa.DataType | None:
        kind = self.type
        if isinstance(kind, sa.DateTime):
            # MySQL's TIMESTAMP is an instant, which our session reads in UTC.
            instant = kind.timezone or (self.mysql and isinstance(kind, sa.TIMESTAMP))
            return pa.timestamp("us", tz="UTC") if instant else pa.timestamp("us")
        if isinstance(kind, sa.Date):
            return pa.date32()
        if isinstance(kind, sa.Integer):
            return None if getattr(kind, "unsigned", False) and isinstance(kind, sa.BigInteger) else pa.int64()
        if isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float):
            return _decimal(kind.precision or 0, kind.scale or 0)
        return pa.string() if isinstance(kind, sa.String) else None


def _decimal(precision: int, scale: int) -> pa.DataType | None:
    return pa.decimal128(precision, scale) if 0 <= scale <= precision <= _MOST_DIGITS and precision else None
