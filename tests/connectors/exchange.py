"""Exchange databases for the tests: PostgreSQL and MariaDB, each as a real server."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest

from connectors import connector
from connectors.base import Connector, Wanted
from hedui.model.credentials import Credentials
from hedui.model.interval import Interval
from hedui.model.sources import DatabaseSource
from simulator.agencies.certificates import Certificate, kept_certificate
from simulator.agencies.postgres import OWNER, Server, running_postgres
from tests.connectors.mariadb import BINARY, DATABASE, MISSING, PASSWORD, READER, MariaDb, running_mariadb

WHOLE: Final = Interval.parse("2026-01-01", "2027-01-01")
_MOMENT: Final = {"postgres": "timestamptz", "mysql": "datetime(6)"}


@dataclass(frozen=True)
class Exchange:
    """A database of an agency, as the agency has it and as we reach it."""

    kind: str  # postgres, mysql
    server: Server | MariaDb
    credentials: Credentials
    certificate: Certificate

    def say(self, *statements: str) -> list[tuple[Any, ...]]:
        """What the agency's own people do; the rows that the last statement gives."""
        with self.open() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    @contextmanager
    def open(self) -> Iterator[Any]:
        with closing(self.server.connect(DATABASE)) as connection:
            if self.kind == "postgres":
                connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor

    def make(self, table: str, columns: str, *rows: str) -> None:
        """A new table; `{moment}` stands for what the cursor is of."""
        self.say(
            f"DROP TABLE IF EXISTS {table} CASCADE",
            f"CREATE TABLE {table} ({columns.format(moment=_MOMENT[self.kind])})",
        )
        if rows:
            self.say(f"INSERT INTO {table} VALUES {', '.join(f'({row})' for row in rows)}")
        if self.kind == "postgres":
            self.say(f"GRANT ALL ON {table} TO {READER}")

    def view(self, name: str, query: str) -> None:
        self.say(f"DROP VIEW IF EXISTS {name}", f"CREATE VIEW {name} AS {query}")
        if self.kind == "postgres":
            self.say(f"GRANT SELECT ON {name} TO {READER}")

    def count(self, table: str, rows: int) -> None:
        """A new table with so many rows: `id` from 1, `updated` a minute apart from the beginning of 2026."""
        self.make(table, "id int PRIMARY KEY, note varchar(100), updated {moment}")
        number = "generate_series(1, {0}) n" if self.kind == "postgres" else "(SELECT seq n FROM seq_1_to_{0}) s"
        moment = (
            "timestamptz '2026-01-01 00:00+08' + n * interval '1 minute'"
            if self.kind == "postgres"
            else "timestamp('2026-01-01 00:00') + interval n minute"
        )
        self.say(f"INSERT INTO {table} SELECT n, concat('note ', n), {moment} FROM {number.format(rows)}")

    def connector(self, table: str, *columns: str, credentials: Credentials | None = None, **wanted: Any) -> Connector:
        source = DatabaseSource(kind="database", table=table, **wanted.pop("source", {}))
        asked = Wanted("health.visits", source, columns, "updated", ("id",))
        return connector(replace(asked, **wanted), credentials or self.credentials)

    def rows(self, table: str, *columns: str, interval: Interval = WHOLE, **wanted: Any) -> list[dict[str, Any]]:
        """What arrives, without its place."""
        batches = list(self.connector(table, *columns, **wanted).read(interval))
        return pa.Table.from_batches(batches).select(list(columns)).to_pylist() if batches else []


@contextmanager
def postgres_exchange(folder: Path) -> Iterator[Exchange]:
    certificate = kept_certificate(folder)
    with running_postgres(folder) as server:
        with closing(server.connect(OWNER)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute(f"CREATE DATABASE {DATABASE}")
            cursor.execute(f"CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}'")
        exchange = Exchange("postgres", server, _reader("postgres", server.port), certificate)
        exchange.say(f"GRANT ALL ON SCHEMA public TO {READER}")
        yield exchange


@contextmanager
def mariadb_exchange(folder: Path) -> Iterator[Exchange]:
    if not BINARY:
        pytest.skip(MISSING)
    certificate = kept_certificate(folder)
    tls = [f"--ssl-cert={certificate.chain}", f"--ssl-key={certificate.key}", f"--ssl-ca={certificate.authority}"]
    with running_mariadb(folder, *tls) as server:
        yield Exchange("mysql", server, _reader("mysql", server.port), certificate)


def _reader(kind: str, port: int) -> Credentials:
    where = {"host": "127.0.0.1", "port": port, "login": READER, "password": PASSWORD, "database": DATABASE}
    return Credentials.model_validate({"conn_type": kind, **where})
