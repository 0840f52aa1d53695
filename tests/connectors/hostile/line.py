"""A line to a server that fails at a byte of our choice, or speaks TLS in place of a server that cannot."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, Literal

from simulator.agencies.certificates import Certificate

Failure = Literal["cut", "stall"]
_ASKS_FOR_TLS: Final = bytes.fromhex("0000000804d2162f")  # how a client of PostgreSQL begins


class Line:
    """Passes on what goes to and fro; after so many bytes of the server's it is cut, or nothing more comes."""

    def __init__(self, to: int, after: int | None, failure: Failure, tls: ssl.SSLContext | None) -> None:
        self.passed = 0
        self._to, self._after, self._failure, self._tls = to, after, failure, tls
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        _shut(self._listening)
        for end in self._open:
            _shut(end)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                self._open.append(client)
                if self._tls:
                    client.recv(len(_ASKS_FOR_TLS), socket.MSG_WAITALL)
                    client.sendall(b"S")
                    client = self._tls.wrap_socket(client, server_side=True)
                    self._open.append(client)
                server = socket.create_connection(("127.0.0.1", self._to))
                self._open.append(server)
                for work in ((self._up, client, server), (self._down, server, client)):
                    thread = threading.Thread(target=work[0], args=work[1:])
                    self._threads.append(thread)
                    thread.start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while said := client.recv(65536):
                server.sendall(said)
        _shut(server)

    def _down(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while said := server.recv(65536):
                left = len(said) if self._after is None else self._after - self.passed
                client.sendall(said[:left])
                self.passed += len(said[:left])
                if left < len(said):
                    break
            if self._after is not None and self.passed >= self._after and self._failure == "stall":
                return  # the client's end stays open, and hears nothing
        _shut(client)


@contextmanager
def failing_line(to: int, after: int | None = None, failure: Failure = "cut") -> Iterator[Line]:
    """A line to the port `to` that fails once `after` bytes came from there."""
    yield from _held(Line(to, after, failure, None))


@contextmanager
def line_in_tls(to: int, certificate: Certificate) -> Iterator[Line]:
    """A line that speaks TLS as PostgreSQL would, where the one at hand is built without."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    yield from _held(Line(to, None, "cut", context))


def _held(line: Line) -> Iterator[Line]:
    try:
        yield line
    finally:
        line.close()


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
