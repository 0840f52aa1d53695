"""A hostile REST service, as a real HTTPS server."""

import gzip
import itertools
import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from socketserver import StreamRequestHandler
from time import sleep
from typing import Any

from tenacity import wait_none

from connectors import connector
from connectors.base import Wanted
from connectors.rest.client import Patience
from connectors.rest.connector import RestConnector
from hedui.model.credentials import Credentials
from hedui.model.errors import HeduiError
from hedui.model.interval import Interval
from hedui.model.sources import RestSource
from simulator.agencies.certificates import Certificate, kept_certificate
from tests.connectors.hostile import ARRIVES, Case
from tests.connectors.hostile.certificates import own_word_for_it
from tests.connectors.hostile.memory import at_most
from tests.connectors.hostile_service import Answer, Asked, Raw, Respond, listening, reset, serving

DAY = Interval.parse("2026-06-30", "2026-07-01")
HASTE = Patience(connect=5, between=5, answer=10, attempts=2, back_off=wait_none(), sleep=lambda _: None)
ONCE = replace(HASTE, attempts=1)
NAME = "张三"
ROW = {"id": "D1", "name": NAME}
MIB = 1024 * 1024
FAIL_SAFE = 120  # seconds
_SLACK = 64  # MiB that allocators keep for later
BY_CURSOR, BY_NUMBER, ALL_AT_ONCE = {"by": "cursor", "next": "next"}, {"by": "page"}, {"by": "none"}


def _read(credentials: Credentials, patience: Patience = HASTE, most: int = 1_000_000, **source: Any) -> list[dict]:
    """The rows that arrive before the end, good or bad; a bad one is raised as `_Ended`."""
    lines = {} if source.get("decoding") == "json_lines" else {"records": "data"}
    stated = {"kind": "rest", "path": "/rows", "paging": ALL_AT_ONCE, "page_size": 2, **lines, **source}
    wanted = Wanted("hostile.rows", RestSource.model_validate(stated), ("id", "name"), key=("id",))
    reading = connector(wanted, credentials)
    assert isinstance(reading, RestConnector)
    reading.patience, reading.most_pages = patience, most
    rows: list[dict] = []
    try:
        for batch in reading.read(DAY):
            rows += batch.to_pylist()
    except HeduiError as error:
        raise _Ended(error, rows) from None
    return rows


class _Ended(Exception):
    def __init__(self, error: HeduiError, rows: list[dict]) -> None:
        self.error, self.rows = error, rows


def _ends(outcome: str, says: str, read: Callable[[], list[dict]], before: int | None, mib: int | None) -> None:
    """Reading ends as it should: in time, with `before` good rows (None: some), in no more memory than `mib`."""
    with at_most(mib + _SLACK) if mib else nullcontext():
        error, rows = _in_time(read)
    assert (type(error).__name__ if error else ARRIVES) == outcome, str(error)
    assert says in (str(error) if error else json.dumps(rows, ensure_ascii=False))
    assert len(rows) == before if before is not None else rows
    if error:
        told = str(error)
        assert "\n" not in told
        assert NAME not in told
        assert told.startswith("hostile.rows: ")


def _in_time(read: Callable[[], list[dict]]) -> tuple[HeduiError | None, list[dict]]:
    """How reading ends, if it does."""
    ended: list[tuple[HeduiError | None, list[dict]]] = []

    def reading() -> None:
        try:
            ended.append((None, read()))
        except _Ended as end:
            ended.append((end.error, end.rows))

    thread = threading.Thread(target=reading, daemon=True)
    thread.start()
    thread.join(FAIL_SAFE)
    assert ended, "reading hangs, or ended in no error of ours"
    return ended[0]


def _case(
    title: str,
    outcome: str,
    says: str,
    respond: Respond | Answer | Raw,
    *,
    before: int | None = 0,
    mib: int | None = None,
    certificate: Callable[[Path], Certificate] = kept_certificate,
    trusted: Callable[[Path], Path] | None = None,
    **read: Any,
) -> Case:
    answer: Respond = respond if callable(respond) else lambda _: respond

    def run(folder: Path) -> None:
        with serving(certificate(folder), answer) as credentials:
            if trusted:
                credentials = credentials.model_copy(update={"extra": {"ca_file": _secret(trusted(folder))}})
            _ends(outcome, says, lambda: _read(credentials, **read), before, mib)

    return Case("rest", title, outcome, says, run)


def _secret(value: Path) -> Any:
    return Credentials.model_validate({"conn_type": "https", "extra": {"_": str(value)}}).extra["_"]


def _page(*rows: object, **more: object) -> bytes:
    return json.dumps({"data": rows, **more}, ensure_ascii=False).encode()


def _raw(body: bytes, *headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *headers, "", ""]).encode() + body


def _dripping(content: bytes) -> Iterator[bytes]:
    """A byte now and then, without end; it ends when the other side has gone."""
    for n in itertools.count():
        yield content[n : n + 1] or b" "
        sleep(0.005)


def _silent(sent: bytes, left: threading.Event) -> Iterator[bytes]:
    yield sent
    left.wait(FAIL_SAFE)


def _asked_cursor(asked: Asked) -> int:
    return int(asked.query.get("cursor", 0))


def _new_pages(asked: Asked) -> Answer:
    at = _asked_cursor(asked)
    return Answer(200, _page({"id": str(at), "name": NAME}, next=str(at + 1)))


def _same_page(asked: Asked) -> Answer:
    return Answer(200, _page(ROW, next=str(_asked_cursor(asked) + 1)))


def _circle(asked: Asked) -> Answer:
    at = _asked_cursor(asked)
    return Answer(200, _page({"id": str(at), "name": NAME}, next=str((at + 1) % 3)))


def _gone_in_the_middle(asked: Asked) -> Answer:
    return Answer(500, b"") if _asked_cursor(asked) else _new_pages(asked)


def _other_form_in_the_middle(asked: Asked) -> Answer:
    return Answer(200, _page({"name": NAME})) if _asked_cursor(asked) else _new_pages(asked)


def _endless(piece: bytes) -> Iterator[bytes]:
    yield _raw(b"", "Transfer-Encoding: chunked")
    while True:
        yield b"%x\r\n%s\r\n" % (len(piece), piece)


def _bomb(start: bytes, repeated: bytes, times: int) -> bytes:
    """A few hundred kilobytes that unpack to far more; each member is the same."""
    return gzip.compress(start) + gzip.compress(repeated * (MIB // len(repeated))) * times


def _date(ahead: timedelta) -> str:
    return format_datetime(datetime.now(UTC) + ahead, usegmt=True)


GOOD = Answer(200, _page(ROW))
LINES = {"decoding": "json_lines"}
LONG_LINE = json.dumps({"id": "1", "name": "x" * 4_000}).encode() + b"\n"
DEEP = b"[" * 200_000

TRANSPORT = [
    _case("a good service", ARRIVES, NAME, GOOD, before=1),
    _case("a byte now and then of the content, without end", "AgencyUnavailable", "not available",
          lambda _: Raw(_dripping(_raw(_page(ROW)[:-1], "Content-Length: 9999"))), patience=replace(ONCE, answer=0.3)),
    _case("a byte now and then of the headers, without end", "AgencyUnavailable", "did not answer in time",
          lambda _: Raw(_dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ")), patience=replace(ONCE, answer=0.3)),
    _case("the end of the content is missing", "AgencyUnavailable", "broke off the connection, 2 times",
          lambda _: Raw([_raw(_page(ROW)[:-5], f"Content-Length: {len(_page(ROW))}")])),
    _case("a length that is too short", "DeliveryBroken", "not JSON",
          lambda _: Raw([_raw(_page(ROW), f"Content-Length: {len(_page(ROW)) - 5}")])),
    _case("a length that is no number", ARRIVES, NAME, lambda _: Raw([_raw(_page(ROW), "Content-Length: many")]),
          before=1),
    _case("a chunk that does not come", "AgencyUnavailable", "broke off",
          lambda _: Raw([_raw(b"ff\r\n" + _page(ROW), "Transfer-Encoding: chunked")])),
    _case("chunks that are none", "AgencyUnavailable", "broke off",
          lambda _: Raw([_raw(b"many\r\n" + _page(ROW), "Transfer-Encoding: chunked")])),
    _case("headers without end", "AgencyUnavailable", "broke off",
          lambda _: Raw(itertools.chain([b"HTTP/1.1 200 OK\r\n"], itertools.repeat(b"X-More: 1\r\n")))),
    _case("a header without end", "AgencyUnavailable", "broke off",
          lambda _: Raw(itertools.chain([b"HTTP/1.1 200 OK\r\nX: "], itertools.repeat(b"x" * 4096))), mib=64),
    _case("no HTTP at all", "AgencyUnavailable", "broke off", lambda _: Raw([b"SSH-2.0-OpenSSH_9.2\r\n"])),
    _case("a certificate of an authority that we do not trust", "AccessDenied", "nobody we trust vouches", GOOD,
          trusted=lambda folder: own_word_for_it(folder).authority),
    _case("a certificate past its end", "AccessDenied", "has expired", GOOD,
          certificate=lambda folder: own_word_for_it(folder, ends=timedelta(hours=-1))),
    _case("a certificate before its time", "AccessDenied", "not valid yet", GOOD,
          certificate=lambda folder: own_word_for_it(folder, ends=timedelta(days=9))),
    _case("a certificate of another host", "AccessDenied", "is of another host", GOOD,
          certificate=lambda folder: own_word_for_it(folder, host="127.0.0.9")),
    _case("a redirection elsewhere", "DeliveryBroken", "answered 302",
          Answer(302, b"", {"Location": "https://127.0.0.9/"})),
    _case("a clock that is an hour ahead", "AccessDenied", "seconds ahead of ours",
          lambda _: Answer(401, b"", {"Date": _date(timedelta(hours=1))})),
    _case("busy for ever", "AgencyUnavailable", "answered 503, 2 times", Answer(503, b"")),
    _case("busy for years", "AgencyUnavailable", "asks us to wait", Answer(429, b"", {"Retry-After": "9" * 9})),
    _case("busy for nobody knows how long", "AgencyUnavailable", "answered 429, 2 times",
          Answer(429, b"", {"Retry-After": "soon"})),
]  # fmt: skip

CONTENT = [
    _case("HTML where JSON should be", "DeliveryBroken", "text/html that is not JSON",
          Answer(200, f"<html>{NAME}</html>".encode(), {"Content-Type": "text/html; charset=utf-8"})),
    _case("an error in a 200", "DeliveryBroken", "error code 50012", Answer(200, _page(ROW, code=50012))),
    _case("an error in a 200 where lines should be", "DeliveryBroken", "error code 50012",
          Answer(200, b'{"code": 50012, "message": "x"}'), **LINES),
    _case("half a JSON", "DeliveryBroken", "not JSON", Answer(200, _page(ROW)[:-9])),
    _case("more than a JSON", "DeliveryBroken", "not JSON", Answer(200, _page(ROW) * 2)),
    _case("nothing at all", "AgencyUnavailable", "an empty answer, 2 times", Answer(200, b"")),
    _case("bytes that are not UTF-8", "DeliveryBroken", "not JSON in UTF-8",
          Answer(200, _page(ROW).decode().encode("gb18030"))),
    _case("lines of bytes that are not UTF-8", "DeliveryBroken", "line 2 is no JSON object",
          Answer(200, b'{"id": "1", "name": ""}\n' + json.dumps(ROW, ensure_ascii=False).encode("gb18030")), **LINES),
    _case("UTF-16", "DeliveryBroken", "not JSON in UTF-8", Answer(200, _page(ROW).decode().encode("utf-16"))),
    _case("half a character", "DeliveryBroken", "half a character",
          Answer(200, b'{"data": [{"id": "1", "name": "\\ud800"}]}')),
    _case("NUL in a value", ARRIVES, "\\u0000", Answer(200, _page({"id": "1", "name": "a\0b"})), before=1),
    _case("NUL between values", "DeliveryBroken", "not JSON", Answer(200, b'{"data":\0 []}')),
    _case("lists within lists, very deep", "DeliveryBroken", "not JSON", Answer(200, DEEP), mib=64),
    _case("a line of lists within lists, very deep", "DeliveryBroken", "line 1 is no JSON object", Answer(200, DEEP),
          mib=64, **LINES),
    _case("a value of 10 MB", "DeliveryBroken", "longer than any field",
          Answer(200, _page({"id": "1", "name": "x" * 10 * MIB})), mib=256),
    _case("a line of 10 MB", "DeliveryBroken", "line is longer than any record",
          Answer(200, _page({"id": "1", "name": "x" * 10 * MIB})), mib=64, **LINES),
    _case("a list where a value should be", "DeliveryBroken", "a list or an object",
          Answer(200, _page({"id": "1", "name": [NAME]}))),
    _case("columns without end", "DeliveryBroken", "more columns than any table",
          Answer(200, _page({**ROW, **{f"c{n}": 1 for n in range(5_000)}}))),
    _case("a page without records", "DeliveryBroken", "no list of records", Answer(200, b'{"rows": []}')),
    _case("records that are none", "DeliveryBroken", "no list of records", Answer(200, _page(NAME))),
    _case("a column that is missing", "SchemaDrift", "lacks the column", Answer(200, _page({"id": "1"}))),
    _case("content without end", "DeliveryBroken", "larger than 128 MiB",
          lambda _: Raw(_endless(b"[" * MIB)), mib=512),
    _case("a line without end", "DeliveryBroken", "line is longer than any record",
          lambda _: Raw(_endless(b"[" * MIB)), mib=64, **LINES),
    _case("lines that do not say their length", "DeliveryBroken", "does not say its length",
          lambda _: Raw([_raw(b'{"id": "1", "name": ""}\n')]), **LINES),
    _case("lines that end in the middle of one", "AgencyUnavailable", "broke off",
          lambda _: Raw([_raw(b'{"id": "1", "name": ""}\n{"id', "Content-Length: 1000")]), **LINES),
    _case("lines that break off after many", "AgencyUnavailable", "in the middle of an answer",
          lambda _: Raw([_raw(LONG_LINE * 3_000, "Content-Length: 100000000")]), before=None, **LINES),
    _case("a packed answer that unpacks a thousandfold", "DeliveryBroken", "larger than any delivery",
          Answer(200, _bomb(b'{"data": ["', b"x", 400)), mib=256),
    _case("packed lines that unpack a thousandfold", "DeliveryBroken", "larger than any delivery",
          Answer(200, _bomb(b"", b" " * 4_095 + b"\n", 400)), mib=64, **LINES),
    _case("a packed answer that is cut", "DeliveryBroken", "packed content is cut",
          Answer(200, gzip.compress(_page(ROW))[:-9])),
    _case("a packed answer that is damaged", "DeliveryBroken", "packed content is damaged",
          Answer(200, gzip.compress(_page(ROW))[:-8] + bytes(8))),
    _case("a packing that we did not ask for", "DeliveryBroken", "packed as br",
          Answer(200, b"\x0b\x02\x80", {"Content-Encoding": "br"})),
]  # fmt: skip

PAGES = [
    _case("new pages without end", "DeliveryBroken", "more pages than any delivery", _new_pages, before=50,
          paging=BY_CURSOR, page_size=1, most=50),
    _case("one page under ever new cursors", "DeliveryBroken", "same page twice", _same_page, before=1,
          paging=BY_CURSOR),
    _case("the same cursor again", "DeliveryBroken", "names a page twice", Answer(200, _page(next="1")),
          paging=BY_CURSOR),
    _case("cursors in a circle", "DeliveryBroken", "names a page twice", _circle, before=3, paging=BY_CURSOR),
    _case("a full page of the same whatever its number", "DeliveryBroken", "same page twice",
          Answer(200, _page(ROW, {**ROW, "id": "2"})), before=2, paging=BY_NUMBER),
    _case("a link to another host", "DeliveryBroken", "on another host",
          Answer(200, _page(ROW, next="https://127.0.0.9/rows")), paging={"by": "link", "next": "next"}),
    _case("a cursor that is a list", "DeliveryBroken", "a list or an object", Answer(200, _page(ROW, next=[1])),
          paging=BY_CURSOR),
    _case("a page that fails after a good one", "AgencyUnavailable", "answered 500, 2 times", _gone_in_the_middle,
          before=1, paging=BY_CURSOR),
    _case("a page of another form after a good one", "SchemaDrift", "lacks the column", _other_form_in_the_middle,
          before=1, paging=BY_CURSOR),
]  # fmt: skip


def _never_answering(folder: Path, sent: bytes, says: str) -> None:
    left = threading.Event()
    try:
        with serving(kept_certificate(folder), lambda _: Raw(_silent(sent, left))) as credentials:
            patience = replace(ONCE, between=0.2)
            _ends("AgencyUnavailable", says, lambda: _read(credentials, patience=patience), 0, None)
    finally:
        left.set()


def _cut_everywhere(folder: Path, end_by_reset: bool, **source: Any) -> None:
    """The content of the TLS connection ends after each number of bytes; the whole arrives, and nothing less."""
    body = json.dumps(ROW).encode() + b"\n" if source else _page(ROW)
    whole = _raw(body, f"Content-Length: {len(body)}", "Content-Type: application/json")
    at = 0
    with serving(kept_certificate(folder), lambda _: Raw([whole[:at]], reset=end_by_reset)) as credentials:
        for at in range(len(whole)):  # noqa: B007 - the server reads it
            _ends("AgencyUnavailable", "", lambda: _read(credentials, patience=ONCE, **source), 0, None)
    with serving(kept_certificate(folder), lambda _: Raw([whole])) as credentials:
        assert len(_read(credentials, patience=ONCE, **source)) == 1


def _cut_below_tls(folder: Path) -> None:
    """The TCP stream itself is reset after each 37th byte, in the handshake and behind it."""
    with serving(kept_certificate(folder), lambda _: GOOD) as credentials:
        for at in itertools.count(0, 37):
            with _cutting(credentials.port or 0, at) as port:
                cut = credentials.model_copy(update={"port": port})
                try:
                    rows = _read(cut, patience=ONCE)
                except _Ended as ended:
                    assert type(ended.error).__name__ == "AgencyUnavailable"
                    assert not ended.rows
                else:
                    assert len(rows) == 1
                    return


@contextmanager
def _cutting(port: int, at: int) -> Iterator[int]:
    """A way to a server on which everything is passed on, until `at` bytes came back."""

    class Passing(StreamRequestHandler):
        def handle(self) -> None:
            with closing(socket.create_connection(("127.0.0.1", port))) as server:
                there = threading.Thread(target=_pass, args=(self.connection, server))
                there.start()
                left = at
                with suppress(OSError):
                    while left and (piece := server.recv(left)):
                        self.connection.sendall(piece)
                        left -= len(piece)
                # A socket on which another thread still waits would not be reset.
                self.connection.shutdown(socket.SHUT_RD)
                there.join()
                reset(self.connection)

    with listening(Passing) as on:
        yield on


def _pass(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)


def _played(title: str, says: str, run: Callable[[Path], None]) -> Case:
    return Case("rest", title, "AgencyUnavailable", says, run)


ENDS: Iterable[Case] = [
    _played("silence instead of an answer", "did not answer in time",
            lambda folder: _never_answering(folder, b"", "did not answer in time")),
    _played("silence in the middle of an answer", "broke off the connection",
            lambda folder: _never_answering(folder, _raw(b"{", "Content-Length: 99"), "broke off the connection")),
    _played("a reset after every byte of a page", "", lambda folder: _cut_everywhere(folder, True)),
    _played("an end after every byte of a page", "", lambda folder: _cut_everywhere(folder, False)),
    _played("a reset after every byte of lines", "", lambda folder: _cut_everywhere(folder, True, **LINES)),
    _played("an end after every byte of lines", "", lambda folder: _cut_everywhere(folder, False, **LINES)),
    _played("a reset below TLS, in the handshake and behind it", "", _cut_below_tls),
]  # fmt: skip

CASES: list[Case] = [*TRANSPORT, *CONTENT, *PAGES, *ENDS]
