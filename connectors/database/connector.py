"""Tables of a front-end exchange database, by any SQLAlchemy dialect; PostgreSQL's and MySQL's at Arrow's speed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, cast

import pyarrow as pa
import sqlalchemy as sa

from connectors.base import Connector, Offer, Page, Position, Wanted
from connectors.database.columns import Column, columns_of
from connectors.database.errors import explained
from connectors.database.reading import Reading
from connectors.database.session import in_time, is_read_only, reach, session
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, SchemaDrift
from hedui.model.interval import Interval
from hedui.model.sources import DatabaseSource

_SYSTEM: Final = ("information_schema", "pg_catalog", "pg_toast", "mysql", "performance_schema", "sys")


class DatabaseConnector(Connector):
    """One table or view. Connection: all of its words; extra: see `database_session`.

    `conn_type` is `postgres`, `mysql`, or the drivername of another SQLAlchemy dialect.

    Everything is read in one transaction, sorted by cursor and key. Reading can go on wherever the cursor rises, in the
    state that the table has by then: a record that was delivered, and changed since, may come a second time with its
    newer cursor; nothing is left out that would not have been left out by reading at that moment.
    """

    def __init__(self, wanted: Wanted, credentials: Credentials) -> None:
        super().__init__(wanted, credentials)
        self.source = cast(DatabaseSource, wanted.source)

    def records(self, interval: Interval, after: Position | None) -> Iterator[Page]:
        with self._session() as connection:
            there = self._there(connection)
            reading = self._reading(connection, there)
            fetched = {column.name for column in reading.columns}
            further = pa.schema([(name, c.arrow) for name, c in there.items() if name not in fetched])
            yield Page(reading.first(), further=further)  # what is missing shows even when nothing changed
            for page in reading.pages(interval, after, self.source.slice_hours):
                yield replace(page, further=further)

    def steps(self) -> Iterator[str]:
        who, table = self.credentials, self.source.table
        with explained(self.wanted.where):
            if answering := reach(who):
                yield f"{answering} answers"
        with self._session() as connection:
            yield f"signed in to {who.database}" + (f" as {who.login}" if who.login else "")
            yield self._about_session(connection)
            there = self._there(connection)
            if missing := [name for name in self._needed() if not self._found(name, there)]:
                raise self._lacks(missing)
            yield f"the table {table} is there, with {len(there)} columns and all that are needed"
            reading = self._reading(connection, there)
            reading.try_query()
            yield "they may be read"
            if reading.cursor:
                yield self._about_index(connection, reading.cursor.name)

    def offer(self) -> Offer:
        with self._session() as connection:
            there = self._there(connection)
            key = sa.inspect(connection).get_pk_constraint(*self._table)["constrained_columns"]
            fields = [pa.field(c.name, c.arrow, metadata={"native": c.native}) for c in there.values()]
            return Offer(pa.schema(fields), tuple(key), {c.name: c.title for c in there.values() if c.title})

    def choices(self) -> list[str]:
        with self._session() as connection:
            look = sa.inspect(connection)
            schemas = [name for name in look.get_schema_names() if name.lower() not in _SYSTEM]
            names = [(s, name) for s in schemas for name in (*look.get_table_names(s), *look.get_view_names(s))]
            return sorted(f"{schema}.{name}" for schema, name in names)

    @contextmanager
    def _session(self) -> Iterator[sa.Connection]:
        with explained(self.wanted.where), session(self.credentials) as connection:
            yield connection

    @property
    def _table(self) -> tuple[str, str | None]:
        schema, _, table = self.source.table.rpartition(".")
        return table, schema or None

    def _there(self, connection: sa.Connection) -> Mapping[str, Column]:
        with in_time(connection.connection.driver_connection, self.credentials):
            return columns_of(connection, *self._table)

    def _reading(self, connection: sa.Connection, there: Mapping[str, Column]) -> Reading:
        names = self.wanted.headers if self.wanted.columns else tuple(there)
        return Reading(
            connection,
            self.source.table,
            columns=[there[name] for name in dict.fromkeys(names) if name in there],
            cursor=self._cursor(there),
            key=[column for name in self.wanted.key if (column := self._found(name, there))],
            at_once=self.source.fetch_rows,
            credentials=self.credentials,
        )

    def _cursor(self, there: Mapping[str, Column]) -> Column | None:
        cursor = self._found(self.wanted.cursor, there)
        if cursor and not cursor.is_moment:
            raise SchemaDrift(
                self.wanted.where,
                f"the cursor {cursor.name} of the table {self.source.table} is no date or time, but {cursor.native}",
                "Ask the agency for a column that says when a record was changed",
            )
        return cursor

    def _found(self, name: str, there: Mapping[str, Column]) -> Column | None:
        """The column of this name, or of another that it may come under."""
        others = (other for other, of in self.wanted.also.items() if of == name)
        return next((there[known] for known in (name, *others) if known in there), None)

    def _needed(self) -> list[str]:
        all_of_them = self.wanted.drift.missing_columns == "freeze"
        columns = self.wanted.columns if all_of_them else self.wanted.key
        return [name for name in dict.fromkeys((*columns, self.wanted.cursor)) if name]

    def _lacks(self, missing: list[str]) -> SchemaDrift:
        return SchemaDrift(
            self.wanted.where,
            f"the table {self.source.table} lacks the column {', '.join(missing)}",
            "Ask the agency whether it was renamed, then correct the contract",
        )

    def _about_session(self, connection: sa.Connection) -> str:
        match is_read_only(connection):
            case None:
                return "the session reads; whether it could write, this database does not say"
            case False:
                raise AccessDenied(
                    self.wanted.where, "the session could write", "Ask the agency for an account to read"
                )
            case _:
                return "the session sees one state of the database, and cannot write"

    def _about_index(self, connection: sa.Connection, cursor: str) -> str:
        indexes = sa.inspect(connection).get_indexes(*self._table)
        if any(index["column_names"][:1] == [cursor] for index in indexes):
            return f"the cursor {cursor} is indexed"
        return f"the cursor {cursor} leads no index: the whole table is searched each time; ask the agency for one"
