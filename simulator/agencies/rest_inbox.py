"""Reports that come to a service by a signed request: who may hand them in, and where they are laid."""

import hashlib
import secrets
import time
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes, hmac
from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile

from simulator.agencies.inbox import lay
from simulator.agencies.rest_door import KEY, STALE

_NONCE: Final = 32  # hexadecimal digits


class Inbox:
    """Takes what is signed with the agency's secret: method, path, time, nonce and the digest of the content."""

    def __init__(self, own: Path, secret: str) -> None:
        self._own, self._secret = own, secret
        self._nonces: set[str] = set()

    async def take(self, request: Request) -> JSONResponse:
        """A receipt for what was laid into the inbox."""
        if reason := self._refusal(request, await request.body()):
            return JSONResponse({"message": reason}, 401)
        form = await request.form()
        reference = str(form.get("reference", ""))
        documents = [file for file in form.getlist("documents") if isinstance(file, UploadFile)]
        files = {str(file.filename): await file.read() for file in documents}
        try:
            folder = lay(self._own, reference, files)
        except ValueError as error:
            return JSONResponse({"message": str(error)}, 400)
        (folder / "message.txt").write_text(f"{form.get('subject')}\n\n{form.get('text')}\n", encoding="utf-8")
        return JSONResponse({"receipt": f"R-{hashlib.sha256(reference.encode()).hexdigest()[:10]}"})

    def _refusal(self, request: Request, body: bytes) -> str | None:
        given = request.headers.get
        timestamp, nonce, digest = given("X-Timestamp", ""), given("X-Nonce", ""), given("X-Content-SHA256", "")
        if given("X-App-Key") != KEY or not timestamp.isdigit() or abs(time.time() - int(timestamp)) > STALE:
            return "unknown key or stale timestamp"
        if digest != hashlib.sha256(body).hexdigest():
            return "the content is not what was signed"
        signed = hmac.HMAC(self._secret.encode(), hashes.SHA256())
        signed.update("\n".join([request.method, request.url.path, timestamp, nonce, digest]).encode())
        if not secrets.compare_digest(given("X-Signature", ""), signed.finalize().hex()):
            return "wrong signature"
        if len(nonce) != _NONCE or nonce in self._nonces:
            return "nonce used before"
        self._nonces.add(nonce)
        return None
