"""A real HTTPS service that answers just as a test says, byte for byte if need be."""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import responses
from itertools import chain, repeat
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from hedui.model.credentials import Credentials
from simulator.agencies.certificates import Certificate, kept_certificate


class Asked(NamedTuple):
    """A request as it arrived; the names of headers are lower-case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str] = MappingProxyType({})

    def pieces(self) -> Iterator[bytes]:
        stated = {"Content-Length": str(len(self.body)), **self.headers}
        lines = [f"HTTP/1.1 {self.status} {responses[self.status]}", *(f"{name}: {v}" for name, v in stated.items())]
        yield "\r\n".join([*lines, "", ""]).encode() + self.body


class Raw(NamedTuple):
    """Bytes as they go out, and then the end: an honest one or a reset."""

    sent: Iterable[bytes]
    reset: bool = False

    def pieces(self) -> Iterator[bytes]:
        return iter(self.sent)


Respond = Callable[[Asked], Answer | Raw]


def page(items: object, cursor: str | None = None, code: int = 0) -> Answer:
    content = {"code": code, "data": {"items": items, "nextCursor": cursor}}
    return Answer(200, json.dumps(content).encode(), {"Content-Type": "application/json"})


@contextmanager
def answering(folder: Path, *answers: Answer | Raw) -> Iterator[Credentials]:
    """A service that gives these answers one after the other, and the last of them ever after."""
    to_come = chain(answers, repeat(answers[-1]))
    with serving(kept_certificate(folder), lambda _: next(to_come)) as credentials:
        yield credentials


@contextmanager
def serving(certificate: Certificate, respond: Respond, ask_for: Path | None = None) -> Iterator[Credentials]:
    """A service that answers each request by `respond`; `ask_for` is the authority of the certificates it wants."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    if ask_for:
        context.load_verify_locations(ask_for)
        context.verify_mode = ssl.CERT_REQUIRED

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            # A client that leaves in the middle is what many of these tests are about.
            with suppress(OSError, ValueError), context.wrap_socket(self.request, server_side=True) as secure:
                talk(secure, respond)

    with listening(Handler) as port:
        extra = {"ca_file": str(certificate.authority), "token": "t"}
        yield Credentials.model_validate(
            {"conn_type": "https", "host": "127.0.0.1", "port": port, "login": "k", "extra": extra}
        )


@contextmanager
def listening(handler: type[StreamRequestHandler]) -> Iterator[int]:
    """The port of a server on the loopback, a thread for each connection."""

    class Server(ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False  # a connection that was left open must not hold the test

    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def talk(connection: ssl.SSLSocket, respond: Respond) -> None:
    stream = connection.makefile("rb")
    while asked := _asked(stream):
        answer = respond(asked)
        for piece in answer.pieces():
            connection.sendall(piece)
        if isinstance(answer, Raw):
            if answer.reset:
                reset(connection)
            return


def reset(connection: socket.socket) -> None:
    """Break off without a word: the other side gets a reset, not an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _asked(stream) -> Asked | None:
    method, _, rest = stream.readline().decode("latin-1").partition(" ")
    if not method:
        return None
    headers = {}
    while line := stream.readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Asked(method, rest.rpartition(" ")[0], headers, stream.read(int(headers.get("content-length", 0))))
