"""Health insurance: a front-end exchange database, PostgreSQL with a data directory and a process of its own.

Each dataset is a table, with native types where every value of the feed fits them: date, numeric(18,2), bigint; a
column with dirt in it is text, as in exchange databases that others fill. The cursor is always timestamptz.
"""

import io
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from psycopg2 import sql
from pyarrow import csv as arrow_csv

from hedui.model.contract import Dataset
from hedui.model.sources import DatabaseSource
from simulator.agencies import feed
from simulator.agencies.postgres import OWNER, running_postgres
from simulator.agencies.process import announce, kept_password, own_folder, remember, unchanged, wait_for_end

DATABASE: Final = "exchange"
SCHEMA: Final = "exchange"
READER: Final = "exchange_reader"
_NATIVE: Final[Mapping[str, tuple[str, pa.DataType]]] = {
    "date": ("date", pa.date32()),
    "decimal": ("numeric(18,2)", pa.decimal128(18, 2)),
    "integer": ("bigint", pa.int64()),
}


def main(agency: str, folder: Path) -> None:
    own = own_folder(agency, folder)
    feeds = feed.feed_files(agency, folder)
    password = kept_password(own / "reader.password")
    with running_postgres(own) as server:
        if not unchanged(own, feeds):
            with closing(server.connect(OWNER)) as owner:
                _make_database(owner)
            with closing(server.connect(DATABASE)) as connection, connection, connection.cursor() as cursor:
                _make_reader(cursor, password)
                for dataset, file in zip(feed.datasets_of(agency), feeds, strict=True):
                    _make_table(cursor, dataset, file)
            remember(own, feeds)
        announce(
            conn_type="postgres", host="127.0.0.1", port=server.port, login=READER, password=password, database=DATABASE
        )
        wait_for_end()


def _make_database(owner: Any) -> None:
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if not cursor.fetchone():
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def _make_reader(cursor: Any, password: str) -> None:
    """An empty schema, and the one account that may look into it, in the transaction of the tables."""
    names = {"schema": sql.Identifier(SCHEMA), "reader": sql.Identifier(READER), "password": sql.Literal(password)}
    for statement in (
        "DROP SCHEMA IF EXISTS {schema} CASCADE",
        "DROP ROLE IF EXISTS {reader}",
        "CREATE ROLE {reader} LOGIN PASSWORD {password}",
        "CREATE SCHEMA {schema}",
        "GRANT USAGE ON SCHEMA {schema} TO {reader}",
    ):
        cursor.execute(sql.SQL(statement).format(**names))


def _make_table(cursor: Any, dataset: Dataset, file: Path) -> None:
    """The table with its rows, and the right to read it."""
    if not isinstance(dataset.source, DatabaseSource):
        raise TypeError(f"{dataset.full_name} is not delivered by a database")
    table = sql.Identifier(*dataset.source.table.split("."))
    at = dataset.fields[dataset.cursor].source
    columns = {**_column_types(dataset, file), at: "timestamptz"}
    listed = sql.SQL(", ").join(sql.SQL("{} " + kind).format(sql.Identifier(name)) for name, kind in columns.items())
    cursor.execute(sql.SQL("CREATE TABLE {} ({})").format(table, listed))
    _copy(cursor, table, list(columns), at, file)
    cursor.execute(sql.SQL("CREATE INDEX ON {} ({})").format(table, sql.Identifier(at)))
    cursor.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(table, sql.Identifier(READER)))


def _copy(cursor: Any, table: sql.Identifier, columns: list[str], at: str, file: Path) -> None:
    into = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)")
    command = into.format(table, sql.SQL(", ").join(map(sql.Identifier, columns)))
    for batch in feed.batches(file):
        lines = io.BytesIO()
        rows = pa.table([batch[feed.CHANGED_AT if name == at else name] for name in columns], names=columns)
        arrow_csv.write_csv(rows, lines, arrow_csv.WriteOptions(include_header=False))
        lines.seek(0)
        cursor.copy_expert(command, lines)


def _column_types(dataset: Dataset, file: Path) -> dict[str, str]:
    """Each source column and its SQL type."""
    wished = {f.source: _NATIVE[f.type] for f in dataset.fields.values() if f.type in _NATIVE}
    names = [name for name in pq.read_schema(file).names if name != feed.CHANGED_AT]
    fitting = {name for name in wished if name in names}
    for batch in feed.batches(file):
        fitting = {name for name in fitting if _fits(batch[name], wished[name][1])}
    return {name: wished[name][0] if name in fitting else "text" for name in names}


def _fits(values: pa.Array, kind: pa.DataType) -> bool:
    try:
        values.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
