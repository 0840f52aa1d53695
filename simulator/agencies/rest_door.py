"""The gateway before a service: who is let in, by what the contract says they carry, and when it has had enough."""

import base64
import secrets
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from cryptography.hazmat.primitives import hashes, hmac
from fastapi import Request
from fastapi.responses import JSONResponse

from hedui.model.sources import RestSource

KEY: Final = "hedui"
TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - where tokens are given, and no token
STALE: Final = 300  # seconds
LIFE: Final = 600  # seconds of a token that was asked for
_HASHES: Final = {"hmac_sha256": hashes.SHA256, "hmac_sm3": hashes.SM3}


@dataclass
class Door:
    """`token` is given once and for all, `secret` signs requests or is exchanged for a token."""

    source: RestSource
    token: str
    secret: str
    _seen: dict[str, float] = field(default_factory=dict)
    _granted: dict[str, float] = field(default_factory=dict)
    _requests: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def key(self) -> dict[str, str]:
        """What a visitor needs beside key and secret."""
        given = {"token": {"token": self.token}, "client_credentials": {"token_path": TOKEN_PATH}}
        return given.get(self.source.authentication, {})

    def refusal(self, request: Request) -> str | None:
        """Why a request is not let in."""
        if not self._admitted(request):
            return "unknown token or key"
        return None if self.source.signing == "none" else self._unsigned(request)

    def grant(self, request: Request) -> JSONResponse:
        """A token for who shows key and secret (RFC 6749, 4.4)."""
        shown = base64.b64encode(f"{KEY}:{self.secret}".encode()).decode()
        if not secrets.compare_digest(request.headers.get("Authorization", ""), f"Basic {shown}"):
            return JSONResponse({"error": "invalid_client"}, 401)
        token = secrets.token_urlsafe(24)
        self._granted[token] = time.monotonic() + LIFE
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": LIFE})

    def busy(self) -> JSONResponse | None:
        """The gateway's bad moments, at set requests, so that every run meets the same."""
        number = next(self._requests)
        if number % 23 == 4:
            return JSONResponse({"code": 42900, "message": "too many requests"}, 429, {"Retry-After": "1"})
        if number % 17 == 6:
            return JSONResponse({"code": 50300, "message": "upstream not ready"}, 503)
        return None

    def _admitted(self, request: Request) -> bool:
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.source.authentication == "client_credentials":
            return self._granted.get(shown, 0) > time.monotonic()
        return self.source.authentication == "none" or secrets.compare_digest(shown, self.token)

    def _unsigned(self, request: Request) -> str | None:
        given = request.headers.get
        timestamp, nonce = given("X-Timestamp", ""), given("X-Nonce", "")
        if given("X-App-Key") != KEY:
            return "unknown token or key"
        if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > STALE:
            return "stale timestamp"
        query = request.scope["query_string"].decode()
        path = request.scope["raw_path"].decode() + (f"?{query}" if query else "")
        signed = "\n".join([request.method, path, timestamp, nonce]).encode()
        if not secrets.compare_digest(given("X-Signature", ""), self._signature(signed)):
            return "wrong signature"
        return None if self._fresh(nonce) else "nonce used before"

    def _signature(self, signed: bytes) -> str:
        digest = hmac.HMAC(self.secret.encode(), _HASHES[self.source.signing]())
        digest.update(signed)
        return digest.finalize().hex()

    def _fresh(self, nonce: str) -> bool:
        now = time.time()
        for old in [n for n, at in self._seen.items() if now - at > 2 * STALE]:
            del self._seen[old]
        fresh = len(nonce) == 32 and nonce not in self._seen
        self._seen[nonce] = now
        return fresh
