"""A real HTTPS service that answers wrongly in one chosen way."""

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, repeat
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from hedui.model.credentials import Credentials
from simulator.agencies.certificates import kept_certificate


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str] = MappingProxyType({})


def page(items: object, cursor: str | None = None, code: int = 0) -> Answer:
    content = {"code": code, "data": {"items": items, "nextCursor": cursor}}
    return Answer(200, json.dumps(content).encode(), {"Content-Type": "application/json"})


@contextmanager
def answering(folder: Path, *answers: Answer) -> Iterator[Credentials]:
    """A service that gives these answers one after the other, and the last of them ever after."""
    to_come = chain(answers, repeat(answers[-1]))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = next(to_come)
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None: ...

    certificate = kept_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            extra = {"ca_file": str(certificate.authority), "token": "t"}
            yield Credentials.model_validate(
                {"conn_type": "https", "host": "127.0.0.1", "port": server.server_port, "login": "k", "extra": extra}
            )
        finally:
            server.shutdown()
            thread.join()
