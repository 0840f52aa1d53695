"""The way to the agency: TLS that is verified, our own certificate, a proxy, and an end to every answer."""

import math
import socket
import ssl
import time
from datetime import UTC, datetime
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import ProxyManager

from hedui.model.credentials import Credentials

_SLOWEST: Final = 10_000  # bytes a second, on the whole


class BoundedSocket(ssl.SSLSocket):
    """Knows when the whole answer is due, so that a server that sends byte after byte cannot hold us for ever."""

    context: "BoundedContext"

    def send(self, data: Any, flags: int = 0) -> int:
        try:
            return super().send(data, flags)
        except OSError:
            # Who wants another certificate of ours says so and hangs up while we still send: hear it first.
            super().recv(1)
            raise

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        left = self.context.due - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self.settimeout(min(left, self.context.between))
        received = super().recv_into(buffer, nbytes, flags)
        self.context.due += received / _SLOWEST
        return received


class BoundedContext(ssl.SSLContext):
    """A client's TLS; `within` is said before each question."""

    sslsocket_class = BoundedSocket
    due = between = math.inf

    def within(self, seconds: float, between: float) -> None:
        """Let the next answer take so long, and a second more for each 10 kB; and so long between two bytes."""
        self.due, self.between = time.monotonic() + seconds, between


class Session(requests.Session):
    """One agency's connections.

    Extra `ca_file`, where its certificate comes from an authority of its own; `client_cert_file` and `client_key_file`,
    where it wants ours; `proxy`, where the way leads through one.
    """

    def __init__(self, credentials: Credentials) -> None:
        super().__init__()
        # The environment could name another CA bundle or a proxy, and requests prefers it to what we say.
        self.trust_env = False
        self.verify = credentials.secret("ca_file") or True
        if certificate := credentials.secret("client_cert_file"):
            self.cert = (certificate, credentials.secret("client_key_file") or certificate)
        if proxy := credentials.secret("proxy"):
            self.proxies = {"https": proxy}
        self.headers.update({"Accept-Encoding": "gzip", "User-Agent": "hedui"})
        self.context = BoundedContext(ssl.PROTOCOL_TLS_CLIENT)
        self.mount("https://", _Adapter(self.context))

    def certificate_until(self, host: str, port: int, seconds: float) -> datetime:
        """The end of the validity of the agency's certificate, once it is verified. Raises OSError."""
        self.context.within(seconds, seconds)
        self.context.load_verify_locations(self.verify if isinstance(self.verify, str) else DEFAULT_CA_BUNDLE_PATH)
        if self.cert:
            self.context.load_cert_chain(*self.cert)
        with (
            socket.create_connection((host, port), seconds) as raw,
            self.context.wrap_socket(raw, server_hostname=host) as secure,
        ):
            stated = secure.getpeercert() or {}
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(stated["notAfter"])), UTC)


class _Adapter(HTTPAdapter):
    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> ProxyManager:
        return super().proxy_manager_for(*args, ssl_context=self._context, **kwargs)  # type: ignore[no-any-return]
