"""The province's mail server: takes messages by SMTP over TLS, and lays them where the agencies' clerks read them."""

import asyncio
import secrets
import socket
import ssl
import sys
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from itertools import count
from pathlib import Path
from typing import Any, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from simulator.agencies.certificates import Certificate, kept_certificate
from simulator.agencies.inbox import lay
from simulator.agencies.process import announce, end_of_parent, kept_password, own_folder

DOMAIN: Final = "province.example"
LOGIN: Final = "hedui"
LARGEST: Final = 25 * 1024 * 1024  # bytes of a message, as is usual


def main(name: str, folder: Path) -> None:
    asyncio.run(_serve(own_folder(name, folder), folder / "agencies"))


async def _serve(own: Path, agencies: Path) -> None:
    certificate, password = kept_certificate(own), kept_password(own / "password")
    port = await started(Letterboxes(agencies), certificate, password)
    announce(
        conn_type="smtp",
        host="127.0.0.1",
        port=port,
        login=LOGIN,
        password=password,
        extra={"ca_file": str(certificate.authority), "sender": f"{LOGIN}@{DOMAIN}"},
    )
    await end_of_parent()


async def started(handler: object, certificate: Certificate, password: str) -> int:
    """The port of a server that begins TLS on request, and takes nothing without it and a sign-in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)

    def admitted(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, shown: Any) -> AuthResult:
        known = isinstance(shown, LoginPassword) and shown.login == LOGIN.encode()
        return AuthResult(success=known and secrets.compare_digest(shown.password, password.encode()), handled=False)

    def session() -> SMTP:
        return SMTP(
            handler,
            hostname=DOMAIN,
            data_size_limit=LARGEST,
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=admitted,
        )

    listening = socket.create_server(("127.0.0.1", 0))
    await asyncio.get_running_loop().create_server(session, sock=listening)
    return int(listening.getsockname()[1])


class Letterboxes:
    """An address `<agency>@province.example` is that agency's `inbox`."""

    def __init__(self, agencies: Path) -> None:
        self._agencies = agencies
        self._numbers = count(1)

    async def handle_RCPT(  # noqa: N802 - the server calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        agency, _, domain = address.partition("@")
        if domain != DOMAIN or not agency.isidentifier() or not (self._agencies / agency).is_dir():
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        message: EmailMessage = message_from_bytes(content, policy=default)
        reference = str(message["Message-ID"]).strip(" <>").partition("@")[0]
        files = {str(part.get_filename()): _content(part) for part in message.iter_attachments()}
        try:
            for address in envelope.rcpt_tos:
                lay(self._agencies / address.partition("@")[0], reference, {"message.eml": content, **files})
        except ValueError:
            return "554 5.6.0 its Message-ID is not one of ours"
        return f"250 2.0.0 Ok: queued as {next(self._numbers):06}"


def _content(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
