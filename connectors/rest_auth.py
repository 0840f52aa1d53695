"""How a request shows who sends it."""

import hmac
import secrets
import time
from hashlib import sha256

from requests import PreparedRequest
from requests.auth import AuthBase


class BearerToken(AuthBase):
    """`Authorization: Bearer …`, where the agency gave us a token."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if self.token:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class HmacSignature(AuthBase):
    """Key, time, nonce and HMAC-SHA-256 of the request, as provincial exchange platforms ask for; and the token."""

    def __init__(self, key: str, secret: str, token: BearerToken) -> None:
        self.key, self.secret, self.token = key, secret, token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        request.headers["X-App-Key"] = self.key
        request.headers["X-Timestamp"] = timestamp
        request.headers["X-Nonce"] = nonce
        request.headers["X-Signature"] = sign(self.secret, str(request.method), request.path_url, timestamp, nonce)
        return self.token(request)


def sign(secret: str, method: str, path_with_query: str, timestamp: str, nonce: str) -> str:
    """Hexadecimal signature of one request."""
    signed = "\n".join([method, path_with_query, timestamp, nonce])
    return hmac.new(secret.encode(), signed.encode(), sha256).hexdigest()
