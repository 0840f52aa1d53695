"""How a request shows who sends it: what admits us, and a signature of it or none, are apart from each other."""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from cryptography.hazmat.primitives import hashes, hmac
from requests import PreparedRequest
from requests.auth import AuthBase

_HASHES: Final[Mapping[str, type[hashes.HashAlgorithm]]] = {"hmac_sha256": hashes.SHA256, "hmac_sm3": hashes.SM3}
_EARLY: Final = 30.0  # seconds before its end a token is renewed
_USUAL_LIFE: Final = 300.0  # seconds, where the agency does not say


class Authentication(Protocol):
    def headers(self) -> Mapping[str, str]:
        """What admits the next request."""

    def renewed(self) -> bool:
        """Hear that what we sent was refused: whether it is worth asking again with something new."""


class FixedHeaders:
    """What the agency gave us once and for all: a token, a key, or nothing."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def headers(self) -> Mapping[str, str]:
        return self._headers

    def renewed(self) -> bool:
        return False


class ClientCredentials:
    """A token that is fetched for our name and secret, and again before it ends (RFC 6749, 4.4).

    `fetch` gets a token and for how many seconds it is good, None where that is not said.
    """

    def __init__(self, fetch: Callable[[], tuple[str, float | None]]) -> None:
        self._fetch = fetch
        self._token, self._ends, self._served = "", 0.0, 0

    def headers(self) -> Mapping[str, str]:
        if not self._token or time.monotonic() >= self._ends:
            self._token, life = self._fetch()
            life = _USUAL_LIFE if life is None else life
            self._ends = time.monotonic() + max(life - _EARLY, life / 2)
            self._served = 0
        self._served += 1
        return bearer(self._token)

    def renewed(self) -> bool:
        """Once for each token: a new one that is refused at once is no accident."""
        served, self._served, self._token = self._served, 0, ""
        return served > 1


class Signature:
    """Key, time, nonce and HMAC of the request, as provincial exchange platforms ask for."""

    def __init__(self, how: str, key: str, secret: str) -> None:
        self.how, self.key, self.secret = how, key, secret

    def headers(self, method: str, path_with_query: str) -> Mapping[str, str]:
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        return {
            "X-App-Key": self.key,
            "X-Timestamp": timestamp,
            "X-Nonce": nonce,
            "X-Signature": sign(self.how, self.secret, method, path_with_query, timestamp, nonce),
        }


class Admission(AuthBase):
    """Everything a request carries to be let in."""

    def __init__(self, authentication: Authentication, signature: Signature | None) -> None:
        self._authentication, self._signature = authentication, signature

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers.update(self._authentication.headers())
        if self._signature:
            request.headers.update(self._signature.headers(str(request.method), request.path_url))
        return request

    def renewed(self) -> bool:
        return self._authentication.renewed()


def bearer(token: str) -> Mapping[str, str]:
    """The header of a token; none for none."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def sign(how: str, secret: str, method: str, path_with_query: str, timestamp: str, nonce: str) -> str:
    """Hexadecimal signature of one request by `hmac_sha256` or `hmac_sm3`."""
    return keyed_digest(how, secret.encode(), "\n".join([method, path_with_query, timestamp, nonce]).encode()).hex()


def keyed_digest(how: str, secret: bytes, content: bytes) -> bytes:
    """HMAC by `hmac_sha256` or `hmac_sm3`."""
    digest = hmac.HMAC(secret, _HASHES[how]())
    digest.update(content)
    return digest.finalize()
