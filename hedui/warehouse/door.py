"""The SQL door: a PostgreSQL schema with current rows, leads and quality, for people and BI tools.

Its tokens are of a programme of their own. Names have no tokens here: nothing a chart asks for needs them.
"""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA

from hedui.model.contract import Dataset, IdentifierKind
from hedui.warehouse.schema import content_schema

Rekey = Callable[[IdentifierKind, pa.BinaryArray], pa.BinaryArray]

_SQL_TYPES: Mapping[str, type[sa.types.TypeEngine[Any]]] = {
    "string": sa.Text,
    "binary": BYTEA,
    "date32[day]": sa.Date,
    "int64": sa.BigInteger,
    "bool": sa.Boolean,
}
_ARRIVING = "arriving"


class Door:
    """Publishes into one database. `rekey` turns a column of the warehouse's tokens into the door's."""

    def __init__(self, url: str, rekey: Rekey) -> None:
        self._engine = sa.create_engine(url, pool_size=1)
        self._rekey = rekey

    def close(self) -> None:
        self._engine.dispose()

    def publish_rows(self, dataset: Dataset, newest: Iterable[pa.RecordBatch]) -> None:
        """Bring the records of `newest` to their newest state, in one transaction; doing it again changes nothing."""
        table = _table(dataset)
        with self._engine.begin() as connection:
            self._prepare(connection, table)
            _widen(connection, table)
            self._copy(connection, dataset, newest)
            key = " AND ".join(f't."{name}" = a."{name}"' for name in dataset.key)
            columns = ", ".join(f'"{c.name}"' for c in table.columns)
            connection.execute(sa.text(f"DELETE FROM {table.fullname} t USING {_ARRIVING} a WHERE {key}"))
            connection.execute(
                sa.text(f"INSERT INTO {table.fullname} ({columns}) SELECT {columns} FROM {_ARRIVING} WHERE NOT deleted")
            )

    def publish_facts(self, table: sa.Table, where: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace those rows of `table` that match `where`."""
        with self._engine.begin() as connection:
            self._prepare(connection, table)
            _widen(connection, table)
            connection.execute(sa.delete(table).where(*(table.c[name] == value for name, value in where.items())))
            if rows:
                connection.execute(sa.insert(table), list(rows))

    def _prepare(self, connection: sa.Connection, table: sa.Table) -> None:
        # Two first publications may meet: the second waits and then finds schema and table there.
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('hedui.door'))"))
        connection.execute(sa.schema.CreateSchema(str(table.schema), if_not_exists=True))
        table.create(connection, checkfirst=True)

    def _copy(self, connection: sa.Connection, dataset: Dataset, newest: Iterable[pa.RecordBatch]) -> None:
        table = _table(dataset)
        empty = f"SELECT *, true AS deleted FROM {table.fullname} LIMIT 0"
        connection.execute(sa.text(f"CREATE TEMP TABLE {_ARRIVING} ON COMMIT DROP AS {empty}"))
        cursor = connection.connection.cursor()
        columns = [*(c.name for c in table.columns), "deleted"]
        listed = ", ".join(f'"{name}"' for name in columns)
        for piece in newest:
            cursor.copy_expert(
                f"COPY {_ARRIVING} ({listed}) FROM STDIN (FORMAT csv)", self._csv(dataset, piece, columns)
            )

    def _csv(self, dataset: Dataset, piece: pa.RecordBatch, columns: Sequence[str]) -> io.BytesIO:
        arrays = [self._for_door(dataset, name, piece[name]) for name in columns]
        text = io.BytesIO()
        pacsv.write_csv(
            pa.RecordBatch.from_arrays(arrays, names=list(columns)), text, pacsv.WriteOptions(include_header=False)
        )
        text.seek(0)
        return text

    def _for_door(self, dataset: Dataset, name: str, column: pa.Array) -> pa.Array:
        if not pa.types.is_binary(column.type):
            return column
        kind = dataset.fields[name].identifier
        assert kind is not None  # noqa: S101 - of all columns only tokens are binary
        tokens = self._rekey(kind, column)
        return pa.array([None if token is None else "\\x" + token.hex() for token in tokens.to_pylist()], pa.string())


def _widen(connection: sa.Connection, table: sa.Table) -> None:
    """Add what a table lacks that an earlier release or an earlier version of the contract made."""
    have = {column["name"] for column in sa.inspect(connection).get_columns(table.name, table.schema)}
    for column in (column for column in table.columns if column.name not in have):
        kind = column.type.compile(connection.dialect)
        connection.execute(sa.text(f'ALTER TABLE {table.fullname} ADD COLUMN "{column.name}" {kind}'))


def _table(dataset: Dataset) -> sa.Table:
    named = {f"{n}_{form}" for n, f in dataset.fields.items() if f.identifier == "name" for form in f.name_forms}
    columns = [
        sa.Column(f.name, _sql_type(f.type), primary_key=f.name in dataset.key)
        for f in content_schema(dataset)
        if f.name not in named
    ]
    return sa.Table(dataset.name, sa.MetaData(), *columns, schema=dataset.agency)


def _sql_type(type_: pa.DataType) -> sa.types.TypeEngine[Any]:
    if pa.types.is_timestamp(type_):
        return sa.DateTime(timezone=True)
    if pa.types.is_decimal(type_):
        return sa.Numeric(type_.precision, type_.scale)
    return _SQL_TYPES[str(type_)]()


LEADS = sa.Table(
    "leads",
    sa.MetaData(),
    sa.Column("lead", sa.BigInteger, primary_key=True),
    sa.Column("rule", sa.Text),
    sa.Column("subject", BYTEA),
    sa.Column("state", sa.Text),
    sa.Column("agency", sa.Text),
    sa.Column("region", sa.Text),
    sa.Column("severity", sa.Text),
    sa.Column("amount_yuan", sa.Numeric(18, 2)),
    sa.Column("found_at", sa.DateTime(timezone=True)),
    schema="hedui",
)

BATCHES = sa.Table(
    "batches",
    sa.MetaData(),
    sa.Column("batch", sa.Text, primary_key=True),
    sa.Column("dataset", sa.Text),
    sa.Column("interval_start", sa.DateTime(timezone=True)),
    sa.Column("interval_end", sa.DateTime(timezone=True)),
    sa.Column("received_at", sa.DateTime(timezone=True)),
    sa.Column("state", sa.Text),
    *(
        sa.Column(name, sa.BigInteger)
        for name in (
            "pulled",
            "repaired",
            "quarantined",
            "loaded",
            "superseded",
            "duplicate",
            "expired",
            "discarded",
            "vanished",
        )
    ),
    schema="hedui",
)

QUALITY = sa.Table(
    "quality",
    sa.MetaData(),
    sa.Column("batch", sa.Text, primary_key=True),
    sa.Column("ordinal", sa.Integer, primary_key=True),
    sa.Column("dataset", sa.Text),
    sa.Column("expectation", sa.Text),
    sa.Column("field", sa.Text),
    sa.Column("rows", sa.BigInteger),
    schema="hedui",
)
