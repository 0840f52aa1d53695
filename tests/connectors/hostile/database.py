"""Exchange databases in every state that makes reading fail, and some that must not."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pyarrow as pa

from hedui.model.credentials import Credentials
from hedui.model.errors import AgencyUnavailable, HeduiError
from hedui.model.interval import Interval
from simulator.agencies.certificates import kept_certificate
from tests.connectors.exchange import PASSWORD, WHOLE, Exchange
from tests.connectors.hostile import ARRIVES, Case
from tests.connectors.hostile.line import failing_line, line_in_tls

SECRET: Final = "张三丰"  # stands in the rows, and must stand in no error
_SPREAD, _LAST = 40, 64  # offsets: so many evenly over all that the server says, and each of the last bytes
_WIDE: Final = 20_000


def _visits(exchange: Exchange) -> str:
    exchange.make("visits", "id int, note varchar(100), updated {moment}", *(_row(n) for n in range(1, 4)))
    return "visits"


def _row(n: int) -> str:
    return f"{n}, '{SECRET}', '2026-01-01 00:0{n}:00'"


def read(exchange: Exchange, table: str = "visits", **wanted: Any) -> list[dict[str, Any]]:
    return exchange.rows(table, "id", "note", "updated", **wanted)


def reached(exchange: Exchange, **extra: Any) -> Credentials:
    """Our credentials, with a short patience and whatever is changed."""
    fields = {key: extra.pop(key) for key in ("host", "port", "password", "login", "database") if key in extra}
    whole = exchange.credentials.model_dump() | {"password": PASSWORD, "extra": {"timeout_seconds": "2", **extra}}
    return Credentials.model_validate(whole | fields)


@contextmanager
def ends(case: str, says: str) -> Iterator[None]:
    """Reading ends with this error, told in one line that quotes neither a row nor a secret."""
    try:
        yield
    except HeduiError as error:
        told = str(error)
        assert type(error).__name__ == case, told
        assert says in told, told
        assert "\n" not in told
        assert SECRET not in told
        assert PASSWORD not in told
    else:
        raise AssertionError(f"reading did not end with {case}")


# What happens on the line.


def cut_at_any_byte(exchange: Exchange) -> None:
    whole = read(exchange, _visits(exchange))
    with failing_line(exchange.server.port) as line:
        read(exchange, credentials=reached(exchange, port=line.port))
        said = line.passed
    for after in sorted({*range(0, said, max(1, said // _SPREAD)), *range(said - _LAST, said)}):
        _cut(exchange, after, whole)


def _cut(exchange: Exchange, after: int, whole: list[dict[str, Any]]) -> None:
    with failing_line(exchange.server.port, after) as line:
        connector = exchange.connector("visits", "id", "note", "updated", credentials=reached(exchange, port=line.port))
        came: list[dict[str, Any]] = []
        try:
            for batch in connector.read(WHOLE):
                came += batch.select(["id", "note", "updated"]).to_pylist()
        except AgencyUnavailable as error:
            assert SECRET not in str(error)
            assert came == whole[: len(came)], f"what came before the cut at {after} is not what stands there"
        else:
            assert came == whole, f"a delivery cut at {after} passed for a whole one"


def silent_from_any_byte(exchange: Exchange) -> None:
    _visits(exchange)
    with failing_line(exchange.server.port) as line:
        read(exchange, credentials=reached(exchange, port=line.port))
        said = line.passed
    for after in (0, 10, said // 2, said - 20):
        with (
            failing_line(exchange.server.port, after, "stall") as line,
            ends("AgencyUnavailable", "does not answer"),
        ):
            read(exchange, credentials=reached(exchange, port=line.port, timeout_seconds="1"))


def somebody_else_answers(exchange: Exchange) -> None:
    with _web_server() as port, ends("AgencyUnavailable", "does not answer"):
        read(exchange, credentials=reached(exchange, port=port))


@contextmanager
def _web_server() -> Iterator[int]:
    page = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html><body>Bad Request</body></html>\n"

    def answer(listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with client:
                client.sendall(page)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer, args=(listening,))
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


# Who may come in.


def wrong_password(exchange: Exchange) -> None:
    with ends("AccessDenied", "refused us"):
        read(exchange, credentials=reached(exchange, password="wrong"))


def wrong_database(exchange: Exchange) -> None:
    with ends("AccessDenied", "refused us"):
        read(exchange, credentials=reached(exchange, database="elsewhere"))


def certificate_of_another_authority(exchange: Exchange) -> None:
    _visits(exchange)
    with TemporaryDirectory() as folder, _in_tls(exchange) as port:
        other = kept_certificate(Path(folder)).authority
        ours = exchange.certificate.authority
        assert len(read(exchange, credentials=reached(exchange, port=port, ca_file=str(ours)))) == 3
        with ends("AccessDenied", "certificate"):
            read(exchange, credentials=reached(exchange, port=port, ca_file=str(other)))


def certificate_that_is_not_there(exchange: Exchange) -> None:
    with _in_tls(exchange) as port, ends("AccessDenied", "certificate"):
        read(exchange, credentials=reached(exchange, port=port, ca_file="/nowhere/ca.pem"))


@contextmanager
def _in_tls(exchange: Exchange) -> Iterator[int]:
    if exchange.kind == "mysql":
        yield exchange.server.port
    else:
        with line_in_tls(exchange.server.port, exchange.certificate) as line:
            yield line.port


def right_to_read_taken_away(exchange: Exchange) -> None:
    if exchange.kind == "postgres":
        _visits(exchange)
        exchange.say("REVOKE ALL ON visits FROM exchange_reader")
        with ends("AccessDenied", "read right"):
            read(exchange)
    else:
        with ends("AccessDenied", "refused us"):
            read(exchange, "mysql.user")


# What happens to the table.


def table_gone_midway(exchange: Exchange) -> None:
    _goes_on_after(exchange, "DROP TABLE visits", "SchemaDrift", "lacks the table")


def column_gone_midway(exchange: Exchange) -> None:
    _goes_on_after(exchange, "ALTER TABLE visits DROP COLUMN note", "SchemaDrift", "note")


def _goes_on_after(exchange: Exchange, statement: str, error: str, says: str) -> None:
    _visits(exchange)
    connector = exchange.connector("visits", "id", "note", "updated")
    first = next(page for page in connector.pages(WHOLE) if page.position)
    exchange.say(statement)
    with ends(error, says):
        list(connector.pages(WHOLE, first.position))


def table_locked(exchange: Exchange) -> None:
    _visits(exchange)
    lock = {"postgres": "LOCK TABLE visits IN ACCESS EXCLUSIVE MODE", "mysql": "LOCK TABLES visits WRITE"}
    with exchange.open() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(lock[exchange.kind])
        with ends("AgencyUnavailable", "does not answer"):
            read(exchange, credentials=reached(exchange, timeout_seconds="1"))


def session_ended_midway(exchange: Exchange) -> None:
    exchange.count("visits", _WIDE)
    exchange.say(f"ALTER TABLE visits {_TYPE[exchange.kind]}", "UPDATE visits SET note = repeat('x', 3000)")
    reading = exchange.connector("visits", "id", "note", "updated", source={"fetch_rows": 10}).read(WHOLE)
    with closing(reading):
        next(reading)
        if exchange.kind == "postgres":
            exchange.say("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'exchange_reader'")
        else:
            exchange.say("KILL USER exchange_reader")
        with ends("AgencyUnavailable", "does not answer"):
            for _ in reading:
                pass


_TYPE: Final = {"postgres": "ALTER note TYPE text", "mysql": "MODIFY note text"}


def changed_while_read(exchange: Exchange) -> None:
    exchange.count("visits", 200)
    source = {"fetch_rows": 10, "slice_hours": 0.5}
    reading = exchange.connector("visits", "id", "note", "updated", source=source)
    batches = reading.read(Interval.parse("2026-01-01", "2026-01-02"))
    first = next(batches)
    exchange.say("DELETE FROM visits WHERE id > 100", "UPDATE visits SET note = 'later'")
    rows = pa.Table.from_batches([first, *batches])
    assert rows["note"].to_pylist() == [f"note {n}" for n in range(1, 201)]


# What stands in the rows.


def cell_of_ten_megabytes(exchange: Exchange) -> None:
    kind = {"postgres": "text", "mysql": "longtext"}[exchange.kind]
    exchange.make("visits", f"id int, note {kind}, updated {{moment}}", "1, repeat('长', 3500000), '2026-01-01'")
    [row] = read(exchange)
    assert row["note"] == "长" * 3_500_000


def row_longer_than_a_packet(exchange: Exchange) -> None:
    note = "repeat('x', 10000000), '2026-01-01', repeat('y', 10000000)"
    exchange.make("visits", "id int, note longtext, updated {moment}, more longtext", f"1, {note}")
    with ends("DeliveryBroken", "longer"):
        exchange.rows("visits", "id", "note", "more", "updated")


def dates_no_calendar_has(exchange: Exchange) -> None:
    for odd in ("infinity", "-infinity", "0044-03-15 BC", "10000-01-01"):
        exchange.make("visits", "id int, note date, updated {moment}", f"1, '{odd}', '2026-01-01'")
        with ends("DeliveryBroken", "the column note holds what is no date"):
            read(exchange)


def moments_no_calendar_has(exchange: Exchange) -> None:
    exchange.make("visits", "id int, note timestamptz, updated {moment}", "1, 'infinity', '2026-01-01'")
    with ends("DeliveryBroken", "the column note holds what is no timestamp"):
        read(exchange)


def number_that_is_none(exchange: Exchange) -> None:
    exchange.make("visits", "id int, note numeric(18,2), updated {moment}", "1, 'NaN', '2026-01-01'")
    with ends("DeliveryBroken", "the column note holds what is no decimal"):
        read(exchange)


def date_without_a_month(exchange: Exchange) -> None:
    exchange.make("visits", "id int, note date, updated {moment}")
    with exchange.open() as cursor:
        cursor.execute("SET sql_mode = ''")
        cursor.execute("INSERT INTO visits VALUES (1, '2026-00-15', '2026-01-01')")
    with ends("DeliveryBroken", "the column note holds what is no date"):
        read(exchange)


def bytes_that_are_no_text(exchange: Exchange) -> None:
    with exchange.open() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS careless")
        cursor.execute("CREATE DATABASE careless ENCODING 'SQL_ASCII' TEMPLATE template0")
    with closing(exchange.server.connect("careless")) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("CREATE TABLE visits (id int, note text, updated timestamptz)")
        cursor.execute("INSERT INTO visits VALUES (1, E'\\xff\\xfe', '2026-01-01')")
        cursor.execute("GRANT SELECT ON visits TO exchange_reader")
    with ends("DeliveryBroken", "could not answer the query (22021)"):
        read(exchange, credentials=reached(exchange, database="careless"))


def bytes_with_nul(exchange: Exchange) -> None:
    kind, value = {"postgres": ("bytea", "'\\x00ff'"), "mysql": ("varbinary(9)", "0x00ff")}[exchange.kind]
    exchange.make("visits", f"id int, note {kind}, updated {{moment}}", f"1, {value}, '2026-01-01'")
    assert read(exchange)[0]["note"].lower().removeprefix("\\x") == "00ff"


def _case(title: str, outcome: str, says: str, run: Callable[[Exchange], None]) -> Case:
    return Case("database", title, outcome, says, run)


_GONE, _DENIED, _DRIFT, _BROKEN = "AgencyUnavailable", "AccessDenied", "SchemaDrift", "DeliveryBroken"
BOTH: Final = (
    _case("the line is cut at any byte", _GONE, "its database does not answer", cut_at_any_byte),
    _case(
        "the server says nothing more, from any byte on", _GONE, "its database does not answer", silent_from_any_byte
    ),
    _case("a web server answers at the port", _GONE, "its database does not answer", somebody_else_answers),
    _case("wrong password", _DENIED, "refused us", wrong_password),
    _case("a database that is not there", _DENIED, "refused us", wrong_database),
    _case(
        "a certificate of another authority", _DENIED, "no certificate that we trust", certificate_of_another_authority
    ),
    _case(
        "no file with the authority's certificate",
        _DENIED,
        "no certificate that we trust",
        certificate_that_is_not_there,
    ),
    _case("the right to read is taken away", _DENIED, "refused us", right_to_read_taken_away),
    _case("the table is gone when reading goes on", _DRIFT, "lacks the table", table_gone_midway),
    _case("a column is gone when reading goes on", _DRIFT, "names the column", column_gone_midway),
    _case("somebody holds a lock on the table", _GONE, "its database does not answer", table_locked),
    _case("the server ends our session midway", _GONE, "its database does not answer", session_ended_midway),
    _case("rows are changed and deleted while we read", ARRIVES, "the table as it stood", changed_while_read),
    _case("a cell of 10 MB", ARRIVES, "whole", cell_of_ten_megabytes),
    _case("bytes with NUL among them", ARRIVES, "as text of their digits", bytes_with_nul),
)
POSTGRES: Final = (
    _case("dates beyond the calendar: infinity, BC, year 10000", _BROKEN, "names the column", dates_no_calendar_has),
    _case("moments beyond the calendar", _BROKEN, "names the column", moments_no_calendar_has),
    _case("an amount that is not a number", _BROKEN, "names the column", number_that_is_none),
    _case("bytes that are no text", _BROKEN, "could not answer the query", bytes_that_are_no_text),
)
MARIADB: Final = (
    _case("a date without a month", _BROKEN, "names the column", date_without_a_month),
    _case("a row of 20 MB", _BROKEN, "longer than the database can send", row_longer_than_a_packet),
)
CASES: Final = (*BOTH, *POSTGRES, *MARIADB)
