"""A mail server in this process, with whatever habits a test gives it."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

from hedui.model.credentials import Credentials
from simulator.agencies.certificates import Certificate, kept_certificate


class Mailbox:
    """Takes everything; `answers` are given one after the other to the end of a message, and the last ever after."""

    def __init__(self, *answers: str, refused: str = "", drops: bool = False) -> None:
        self.kept: list[bytes] = []
        self._answers, self._refused, self._drops = list(answers or ["250 2.0.0 queued"]), refused, drops

    async def handle_RCPT(  # noqa: N802 - the server calls it so
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address == self._refused:
            return f"550 5.1.1 <{address}> said by the server"
        envelope.rcpt_tos.append(address)
        return "250 Ok"

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self._drops:
            server.transport.abort()
            return "421 gone"
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer.startswith("250"):
            self.kept.append(envelope.original_content)
        return answer


@contextmanager
def mail_server(
    folder: Path, mailbox: Mailbox, how: str = "starttls", certificate: Certificate | None = None, **habits: Any
) -> Iterator[Credentials]:
    """`how`: starttls, implicit, or clear. Whoever signs in is `u` with `S3cret`."""
    certificate = certificate or kept_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    habits |= {"authenticator": _admitted, "auth_require_tls": how == "starttls"}
    habits |= {"tls_context": context, "require_starttls": True} if how == "starttls" else {}
    loop = asyncio.new_event_loop()
    listening = loop.create_server(
        lambda: SMTP(mailbox, hostname="mail.example", loop=loop, **habits),
        "127.0.0.1",
        0,
        ssl=context if how == "implicit" else None,
    )
    server = loop.run_until_complete(listening)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    extra = {"ca_file": str(certificate.authority), "sender": "hedui@office.example"}
    extra |= {"tls": "implicit"} if how == "implicit" else {}
    password = "S3cret"  # pragma: allowlist secret
    who = {"conn_type": "smtp", "host": "127.0.0.1", "login": "u", "password": password, "extra": extra}
    try:
        yield Credentials.model_validate({**who, "port": server.sockets[0].getsockname()[1]})
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _admitted(_server: SMTP, _session: Any, _envelope: Any, _how: str, shown: Any) -> AuthResult:
    return AuthResult(success=(shown.login, shown.password) == (b"u", b"S3cret"), handled=False)
