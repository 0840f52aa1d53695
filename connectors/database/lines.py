"""Rows of MySQL and MariaDB: each comes as a line of CSV that the server writes, and Arrow reads the lines.

pymysql makes an object of every value in Python, which takes ten times as long as all the rest. So it signs in and
asks, and the packets of the answer are cut up here: one packet is one row, and holds one value.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
import sqlalchemy as sa
from pyarrow import csv
from pymysql.constants import COMMAND
from pymysql.err import raise_mysql_exception
from sqlalchemy.dialects import mysql

from connectors.database.columns import Column
from connectors.database.csv import TooLong, parsed

_BLOCK: Final = 4 << 20
_READ: Final = 1 << 20
_LONGEST: Final = 0xFFFFFF  # a packet of this length goes on in the next one
_LAST, _FAILED, _NULL = 0xFE, 0xFF, 0xFB
_VALUE_AT: Final = {0xFC: 7, 0xFD: 8, 0xFE: 13}  # behind the header and a length of two, three or eight bytes
_DIALECT: Final = mysql.dialect(paramstyle="named")  # other styles double each % of a name
# What MySQL writes where there is no date; a text of the same form would stand in quotes.
_NOTHING: Final = ("NULL", "0000-00-00", "0000-00-00 00:00:00", "0000-00-00 00:00:00.000000")
_FORM: Final = csv.ParseOptions(quote_char="'", double_quote=False, escape_char="\\", newlines_in_values=True)
# QUOTE() writes these two by a letter, but Arrow takes what follows a backslash as it is.
_BY_LETTER: Final = {b"\\0": b"\0", b"\\Z": b"\x1a"}
_ESCAPED: Final = re.compile(rb"\\.", re.DOTALL)


def in_lines(connection: sa.Connection, query: sa.Select[Any], columns: Sequence[Column]) -> Generator[pa.Table]:
    """The rows of `query` in blocks of some megabytes. Raises what pymysql and Arrow raise, OSError, TooLong."""
    sql = query.with_only_columns(_line(columns)).compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True})
    schema = pa.schema([(column.name, column.arrow) for column in columns])
    for block in _blocks(connection.connection.driver_connection, str(sql)):
        yield _typed(block, schema)


def _line(columns: Sequence[Column]) -> sa.ColumnElement[Any]:
    parts = [part for column in columns for part in (sa.literal_column("','"), _field(column))][1:]
    return sa.cast(sa.func.concat(*parts, sa.literal_column("'\\n'")), sa.BINARY)


def _field(column: Column) -> sa.ColumnElement[Any]:
    if pa.types.is_string(column.arrow):
        return sa.func.quote(sa.func.convert(column.asked.op("USING")(sa.literal_column("utf8mb4"))))
    return sa.func.ifnull(column.asked, sa.literal_column("'NULL'"))


def _blocks(driver: Any, sql: str) -> Iterator[bytes]:
    driver._execute_command(COMMAND.COM_QUERY, sql)
    for _ in range(3):  # how many columns there are, what they are, and that this was all
        driver._read_packet()
    rows: list[bytes] = []
    held, size = b"", 0
    while True:
        held += _more(driver)
        whole, rest, last = _rows(held)
        rows += whole
        size += len(held) - len(rest)
        held = rest
        if rows and (last or size >= _BLOCK):
            yield b"".join(rows)
            rows, size = [], 0
        if last:
            return


def _more(driver: Any) -> bytes:
    if more := driver._rfile.read1(_READ):
        return bytes(more)
    raise ConnectionResetError


def _rows(held: bytes) -> tuple[list[bytes], bytes, bool]:
    """The rows that `held` has whole, what is left of it, and whether these were the last."""
    rows: list[bytes] = []
    at, end = 0, len(held)
    while end - at > 4:
        length = held[at] | held[at + 1] << 8 | held[at + 2] << 16
        after, mark = at + 4 + length, held[at + 4]
        if length == _LONGEST or (mark == _NULL and length == 1):
            raise TooLong
        if after > end:
            break
        if mark == _FAILED:
            raise_mysql_exception(held[at + 4 : after])
        if mark == _LAST and length < 9:
            return rows, b"", True
        rows.append(held[at + _VALUE_AT.get(mark, 5) : after])
        at = after
    return rows, held[at:], False


def _typed(block: bytes, schema: pa.Schema) -> pa.Table:
    if any(escape in block for escape in _BY_LETTER):
        block = _ESCAPED.sub(lambda found: _BY_LETTER.get(found[0], found[0]), block)
    as_written = pa.schema([(field.name, _without_zone(field.type)) for field in schema])
    return parsed(block, as_written, _NOTHING, _FORM).cast(schema)


def _without_zone(kind: pa.DataType) -> pa.DataType:
    return pa.timestamp("us") if pa.types.is_timestamp(kind) else kind
