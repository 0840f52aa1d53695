"""A session with an agency's database: one connection, one snapshot, nothing written, and an end to all waiting.

Extra: `sslmode` (disable, prefer, require, verify-ca, verify-full), `ca_file`, `client_cert_file`, `client_key_file`;
`timeout_seconds`, for which a server may say nothing. A `ca_file` without `sslmode` means verify-full.
"""

import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Timer
from typing import Any, Final

import sqlalchemy as sa

from hedui.model.credentials import Credentials

_DRIVERS: Final = {"postgres": "postgresql+psycopg2", "mysql": "mysql+pymysql", "mariadb": "mysql+pymysql"}
_SILENCE: Final = 600.0  # seconds; a server may sort for long before its first row
_CONNECT: Final = 10.0
_LOCK: Final = 30.0  # somebody changes the table: we wait for so long, and nobody longer behind us
_QUERY: Final = 4 * 3600
# In a form of their own, so that values read back are the same whatever the server's settings are.
_POSTGRES_SETTINGS: Final = {
    "datestyle": "ISO, YMD",
    "timezone": "UTC",
    "bytea_output": "hex",
    "statement_timeout": f"{_QUERY}s",
}
_MYSQL_SETTINGS: Final = (
    "SET SESSION sql_mode = REPLACE(@@SESSION.sql_mode, 'NO_BACKSLASH_ESCAPES', '')",
    "SET SESSION time_zone = '+00:00'",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET SESSION TRANSACTION READ ONLY",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)


@contextmanager
def session(credentials: Credentials) -> Iterator[sa.Connection]:
    """A connection in a transaction that sees one state of the database and may not write."""
    engine = _engine(credentials)
    with ExitStack() as opening, ExitStack() as opened:
        # Before SQLAlchemy asks its first question: libpq would wait for the answer for ever.
        watch = lambda driver, _: opening.enter_context(in_time(driver, credentials))  # noqa: E731
        sa.event.listen(engine, "connect", watch, insert=True)
        connection = opened.enter_context(engine.connect())
        _settle(connection, round(min(_LOCK, silence(credentials))))
        opening.close()
        # There is nothing to commit or take back, and a server that fell silent would let us wait for saying so.
        opened.callback(connection.invalidate)
        yield connection


def reach(credentials: Credentials) -> str:
    """Where a server answers; empty where none is named. Raises OSError."""
    if not (credentials.host and credentials.port) or credentials.host.startswith("/"):
        return ""
    socket.create_connection((credentials.host, credentials.port), _CONNECT).close()
    return f"{credentials.host}:{credentials.port}"


@contextmanager
def in_time(driver: Any, credentials: Credentials) -> Iterator[None]:
    """Hang up where a server leaves us waiting for too long. Drivers that show no socket do so alone."""
    if not hasattr(driver, "fileno"):
        yield
        return
    timer = Timer(silence(credentials), hang_up, [driver])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def hang_up(driver: Any) -> None:
    """Close the line under a driver that waits; it then fails as if the server had done so."""
    with suppress(Exception), socket.socket(fileno=os.dup(driver.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


def silence(credentials: Credentials) -> float:
    """For how many seconds a server may say nothing."""
    return float(credentials.secret("timeout_seconds") or _SILENCE)


def is_read_only(connection: sa.Connection) -> bool | None:
    """What the server says of this session; None where it cannot be asked."""
    if connection.dialect.name == "postgresql":
        question = "SELECT current_setting('transaction_read_only') = 'on'"
    elif speaks_mysql(connection):
        question = "SELECT @@session.tx_read_only" if _is_mariadb(connection) else "SELECT @@transaction_read_only"
    else:
        return None
    return bool(connection.exec_driver_sql(question).scalar())


def speaks_mysql(connection: sa.Connection) -> bool:
    """Whether it is MySQL, MariaDB or one of their kind."""
    return connection.dialect.name in ("mysql", "mariadb")


def _engine(who: Credentials) -> sa.Engine:
    url = sa.URL.create(
        _DRIVERS.get(who.conn_type, who.conn_type),
        username=who.login or None,
        password=who.password.get_secret_value() or None,
        host=who.host or None,
        port=who.port,
        database=who.database or None,
    )
    backend = url.get_backend_name()
    arguments = _ARGUMENTS[backend](who) if backend in _ARGUMENTS else {}
    # Values never stand in the driver's messages, and one connection is all the agency shall bear.
    engine = sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True, connect_args=arguments)
    if backend == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine


def _settle(connection: sa.Connection, lock: int) -> None:
    """What holds for this session, in each database's own words; `lock`: for so many seconds a lock is waited for."""
    if connection.dialect.name == "postgresql":
        # Asked for by name, since servers that only speak like PostgreSQL know fewer settings.
        wished = sa.values(sa.column("name", sa.Text), sa.column("wish", sa.Text), name="wished")
        settings = sa.table("pg_settings", sa.column("name", sa.Text))
        of = wished.data([*_POSTGRES_SETTINGS.items(), ("lock_timeout", f"{lock}s")])
        setting = sa.func.set_config(of.c.name, of.c.wish, True)
        connection.execute(sa.select(setting).where(sa.func.lower(settings.c.name) == of.c.name)).all()
    elif speaks_mysql(connection):
        limit = f"max_statement_time = {_QUERY}" if _is_mariadb(connection) else f"max_execution_time = {_QUERY}000"
        for statement in (f"SET SESSION {limit}, lock_wait_timeout = {lock}", *_MYSQL_SETTINGS):
            connection.exec_driver_sql(statement)


def _is_mariadb(connection: sa.Connection) -> bool:
    return bool(getattr(connection.dialect, "is_mariadb", False))


def _libpq(who: Credentials) -> dict[str, Any]:
    files = {"sslrootcert": "ca_file", "sslcert": "client_cert_file", "sslkey": "client_key_file"}
    return {
        "connect_timeout": _seconds_to_connect(who),
        "client_encoding": "UTF8",
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "sslmode": _sslmode(who),
        **{name: who.secret(extra) for name, extra in files.items() if who.secret(extra)},
    }


def _pymysql(who: Credentials) -> dict[str, Any]:
    return {
        "connect_timeout": _seconds_to_connect(who),
        "read_timeout": silence(who),
        "write_timeout": silence(who),
        "charset": "utf8mb4",
        "ssl": _tls(who),
    }


def _tls(who: Credentials) -> ssl.SSLContext | None:
    mode = _sslmode(who)
    if mode in ("disable", "prefer"):
        return None
    context = ssl.create_default_context(cafile=who.secret("ca_file") or None)
    context.check_hostname = mode == "verify-full"
    if mode == "require":
        context.verify_mode = ssl.CERT_NONE
    if certificate := who.secret("client_cert_file"):
        context.load_cert_chain(certificate, who.secret("client_key_file") or None)
    return context


def _sslmode(who: Credentials) -> str:
    return who.secret("sslmode") or ("verify-full" if who.secret("ca_file") else "prefer")


def _seconds_to_connect(who: Credentials) -> int:
    return max(2, round(min(_CONNECT, silence(who))))  # libpq knows no shorter time


_ARGUMENTS: Final = {"postgresql": _libpq, "mysql": _pymysql}
