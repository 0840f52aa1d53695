"""A message with attachments, by SMTP over TLS that is verified, or not at all."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime
from html import escape
from typing import Final, NoReturn

from connectors.rest.failures import not_reached
from hedui.channels.base import Channel, Receipt, Sending, receipt
from hedui.model.channels import MailChannel
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, AgencyUnavailable, HeduiError, ReportRefused

_IMPLICIT, _SUBMISSION = 465, 587
_TIMEOUT: Final = 60.0
# Every server takes seven bits.
_POLICY: Final = SMTP.clone(cte_type="7bit")
_PASSES: Final = range(400, 500)
_ASK: Final = "Ask those who run the mail server what this number means"
_WRONG_ADDRESS: Final = "Check `to` of the contract's `report_channel` with the agency, and `sender` of the connection"
_TOO_LARGE: Final = "It is larger than the server or the mailbox takes: ask for room, or agree on another channel"
_REMEDIES: Final = {550: _WRONG_ADDRESS, 552: _TOO_LARGE, 553: _WRONG_ADDRESS}


class MailReports(Channel):
    """One message to all addresses of the contract, taken by the server for all of them or not sent.

    Connection: `host` and `port` of the mail server; `login` and `password` where it asks for them; extra `sender`, the
    address that it comes from; extra `ca_file`, where its certificate comes from an authority of its own; extra `tls`,
    implicit or starttls, where the port does not say it (465 is implicit). Nothing is sent without TLS. The receipt is
    the message's id, which the reference makes, and the server's answer.
    """

    def __init__(self, agency: str, declared: MailChannel, credentials: Credentials) -> None:
        self._agency, self._to, self._credentials = agency, declared.to, credentials
        self._sender = credentials.secret("sender")

    def send(self, sending: Sending) -> Receipt:
        if "@" not in self._sender:
            raise AccessDenied(self._agency, "the connection names no `sender`", "Add the address to its extra")
        message = self._message(sending)
        with _in_our_words(self._agency), self._server() as server:
            answer = self._handed(server, message.as_bytes())
        return receipt(f"{message['Message-ID']} {answer}")

    def _message(self, sending: Sending) -> EmailMessage:
        message = EmailMessage(_POLICY)
        message["From"], message["To"] = self._sender, ", ".join(self._to)
        message["Subject"], message["Date"] = sending.subject, format_datetime(localtime())
        message["Message-ID"] = f"<{sending.reference}@{self._domain}>"
        message.set_content(sending.text)
        message.add_alternative(_as_html(sending), subtype="html")
        for document in sending.documents:
            main, _, sub = document.media_type.partition(";")[0].partition("/")
            written = {"charset": "utf-8"} if main == "text" else None
            message.add_attachment(document.content, main, sub, filename=document.name, params=written)
        return message

    @property
    def _domain(self) -> str:
        return self._sender.rpartition("@")[2]

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        given = self._credentials
        context = ssl.create_default_context(cafile=given.secret("ca_file") or None)
        port = given.port or (_IMPLICIT if given.secret("tls") == "implicit" else _SUBMISSION)
        if (given.secret("tls") or ("implicit" if port == _IMPLICIT else "")) == "implicit":
            server: smtplib.SMTP = smtplib.SMTP_SSL(given.host, port, self._domain, timeout=_TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(given.host, port, self._domain, timeout=_TIMEOUT)
        try:
            self._sign_in(server, context)
            yield server
            with suppress(OSError):  # it has the message, whatever becomes of the farewell
                server.quit()
        finally:
            server.close()

    def _sign_in(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        server.ehlo_or_helo_if_needed()
        if not isinstance(server, smtplib.SMTP_SSL):
            if not server.has_extn("starttls"):
                raise AccessDenied(
                    self._agency,
                    "the mail server offers no TLS, and a report is not sent in clear",
                    "Name another port or server in the connection",
                )
            server.starttls(context=context)
            server.ehlo()
        if self._credentials.login:
            server.login(self._credentials.login, self._credentials.password.get_secret_value())

    def _handed(self, server: smtplib.SMTP, message: bytes) -> str:
        size = [f"size={len(message)}"] if server.has_extn("size") else []
        self._taken(server.mail(self._sender, size), "our sender")
        for address in self._to:
            self._taken(server.rcpt(address), "an address of the contract")
        return self._taken(server.data(message), "the message")

    def _taken(self, answer: tuple[int, bytes], what: str) -> str:
        code, said = answer
        if code not in range(200, 300):
            _refused(self._agency, code, what)
        return f"{code} {said.decode('ascii', errors='replace')}"


def _as_html(sending: Sending) -> str:
    lines = "".join(f"<p>{escape(line)}</p>" for line in sending.text.splitlines() if line)
    return f'<!doctype html><html lang="{sending.language}"><body>{lines}</body></html>'


def _refused(agency: str, code: int, what: str) -> NoReturn:
    if code in _PASSES:
        raise _later(agency, f"the mail server does not take {what} at present ({code})")
    raise ReportRefused(agency, f"the mail server refuses {what} ({code})", _REMEDIES.get(code, _ASK))


@contextmanager
def _in_our_words(agency: str) -> Iterator[None]:
    """What servers and libraries say may quote addresses: only numbers and kinds go on."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code in _PASSES:
            raise _later(agency, f"the mail server lets nobody sign in at present ({error.smtp_code})") from None
        raise AccessDenied(
            agency, f"the mail server refused login or password ({error.smtp_code})", "Correct the connection"
        ) from None
    except UnicodeEncodeError:
        raise AccessDenied(
            agency, "login or password has signs that are not ASCII", "Choose others for the mail server"
        ) from None
    except smtplib.SMTPNotSupportedError:
        raise AccessDenied(
            agency, "the mail server offers no way to sign in that we know", "Correct port or login of the connection"
        ) from None
    except smtplib.SMTPResponseException as error:
        if error.smtp_code < 0:  # it spoke another language
            raise _later(agency, "what answers is no mail server") from None
        _refused(agency, error.smtp_code, "us")
    except smtplib.SMTPException:
        raise _later(agency, "the mail server broke off the connection") from None
    except OSError as error:
        raise _on_the_way(agency, error) from None


def _on_the_way(agency: str, error: OSError) -> HeduiError:
    if getattr(error, "reason", "") == "WRONG_VERSION_NUMBER":
        return AccessDenied(
            agency, "the mail server does not begin with TLS on this port", "Correct port or `tls` of the connection"
        )
    failure = not_reached(agency, error)
    return failure if isinstance(failure, AccessDenied) else _later(agency, "the mail server does not answer")


def _later(agency: str, what: str) -> AgencyUnavailable:
    return AgencyUnavailable(
        agency,
        f"nothing can be handed over at present: {what}",
        "It is tried again; if it lasts, call those who run the mail server",
    )
