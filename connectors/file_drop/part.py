"""A part of a delivery as a stream that knows its digest, and what any reader may say of it."""

import hashlib
import io
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, Literal, Protocol

from cryptography.hazmat.primitives import hashes

from connectors.file_drop.places import Stream

MEBI: Final = 1024 * 1024
DELIVERED: Final = 256 * MEBI  # a part that cannot be streamed
_WINDOW: Final = 2 * MEBI

DigestKind = Literal["sha256", "md5", "sm3", "none"]


class NotAsAgreed(ValueError):
    """A part is not what the contract describes; the message continues "<part> …" and quotes nothing of it."""


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class _Sm3:
    def __init__(self) -> None:
        self._hash = hashes.Hash(hashes.SM3())

    def update(self, data: bytes, /) -> None:
        self._hash.update(data)

    def hexdigest(self) -> str:
        return self._hash.finalize().hex()


class _NoHash:
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str:
        return ""


class DeliveredPart(io.RawIOBase):
    """What comes is fetched one window ahead, while what came is read."""

    def __init__(self, file: Stream, digest: DigestKind, pool: ThreadPoolExecutor) -> None:
        super().__init__()
        self._file, self._pool = file, pool
        self._hash = _hash(digest)
        self._digest: str | None = None
        self._window = memoryview(b"")
        self._next: Future[bytes] | None = pool.submit(self._fetch)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._window and self._next:
            self._window = memoryview(self._next.result())
            self._next = self._pool.submit(self._fetch) if self._window else None
        given = bytes(self._window if size < 0 else self._window[:size])
        self._window = self._window[len(given) :]
        return given

    def digest(self) -> str:
        """Of the whole file in lower-case hexadecimal, also where only some of it was read; empty for `none`."""
        if self._digest is None:
            while self.read():
                pass
            self._digest = self._hash.hexdigest()
        return self._digest

    def _fetch(self) -> bytes:
        window = self._file.read(_WINDOW)
        self._hash.update(window)
        return window


@contextmanager
def delivered(file: Stream, digest: DigestKind) -> Iterator[DeliveredPart]:
    """A file that is open, as a part."""
    with ThreadPoolExecutor(1, thread_name_prefix="delivered-part") as pool:
        yield DeliveredPart(file, digest, pool)


def whole(stream: io.RawIOBase) -> bytes:
    """Everything of a part. Raises NotAsAgreed where that is more than `DELIVERED`."""
    content = io.BytesIO()
    while piece := stream.read(MEBI):
        content.write(piece)
        if content.tell() > DELIVERED:
            raise NotAsAgreed(f"is larger than {DELIVERED // MEBI} MiB: it has to come in more parts")
    return content.getvalue()


def _hash(kind: DigestKind) -> _Hash:
    if kind == "sm3":
        return _Sm3()
    if kind == "none":
        return _NoHash()
    return hashlib.new(kind, usedforsecurity=False)
