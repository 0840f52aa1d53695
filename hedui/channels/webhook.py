"""A signed HTTPS request to a system of the agency's, which answers with a receipt."""

import hashlib
import secrets
import time
from contextlib import closing
from typing import Final

from requests import PreparedRequest
from requests.auth import AuthBase

from connectors.rest.auth import keyed_digest
from connectors.rest.body import together
from connectors.rest.client import Answer, Client, Patience
from connectors.rest.session import Session
from connectors.text_rows import UnreadableError, read_json
from hedui.channels.base import Channel, Receipt, Sending, receipt
from hedui.model.channels import WebhookChannel
from hedui.model.credentials import Credentials

_LARGEST: Final = 64 * 1024  # bytes of an answer
_PATIENCE: Final = Patience(attempts=3)


class WebhookReports(Channel):
    """A form with the files: `reference`, `language`, `subject`, `text`, `documents`. The answer is {"receipt": "…"}.

    Connection: `host`, `port`; key and secret of the signature in `login` and `password`; extra `ca_file`, `proxy` and
    client certificate as REST services have them. The signature covers the content, and each attempt has a new nonce;
    the reference stays, so that a system that has the report already can say so.
    """

    def __init__(
        self, agency: str, declared: WebhookChannel, credentials: Credentials, patience: Patience = _PATIENCE
    ) -> None:
        self._agency, self._credentials, self._patience = agency, credentials, patience
        port = f":{credentials.port}" if credentials.port else ""
        self._address = f"https://{credentials.host}{port}{declared.path}"

    def send(self, sending: Sending) -> Receipt:
        form = {name: getattr(sending, name) for name in ("reference", "language", "subject", "text")}
        files = [("documents", (d.name, d.content, d.media_type)) for d in sending.files]
        signature = _Signature(self._credentials.login, self._credentials.password.get_secret_value())
        with closing(Client(Session(self._credentials), self._agency, self._patience)) as client:
            return client.hand_over(self._address, form, files, signature, _receipt_in)


class _Signature(AuthBase):
    """Key, time, nonce and HMAC of the request, as for fetching, and of its content besides."""

    def __init__(self, key: str, secret: str) -> None:
        self._key, self._secret = key, secret.encode()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        digest = hashlib.sha256(bytes(request.body or b"")).hexdigest()  # type: ignore[arg-type]
        signed = "\n".join([str(request.method), request.path_url, timestamp, nonce, digest]).encode()
        request.headers.update(
            {
                "X-App-Key": self._key,
                "X-Timestamp": timestamp,
                "X-Nonce": nonce,
                "X-Content-SHA256": digest,
                "X-Signature": keyed_digest("hmac_sha256", self._secret, signed).hex(),
            }
        )
        return request


def _receipt_in(answer: Answer) -> Receipt:
    said = read_json(together(answer.content, _LARGEST))
    given = said.get("receipt") if isinstance(said, dict) else None
    if not isinstance(given, str) or not (said_so := receipt(given)):
        raise UnreadableError("the service took a report and answered without a receipt")
    return said_so
