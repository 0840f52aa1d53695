"""What arrives packed, unpacked as a stream and with bounds: nothing in clear is written to disk, or held whole."""

import io
import zlib
from collections.abc import Iterator
from typing import Final

from stream_unzip import (
    IntegrityError,
    MissingPasswordError,
    NotStreamUnzippable,
    PasswordError,
    UnsupportedFeatureError,
    UnzipError,
    stream_unzip,
)

from connectors.file_drop.part import MEBI, NotAsAgreed

UNPACKED: Final = 16 * 1024 * MEBI
# What is packed tighter than any table is a bomb. Small files may be: they do no harm.
_TIGHTEST: Final = 250
_SMALL: Final = 64 * MEBI
_PIECE: Final = 256 * 1024
_GZIP: Final = 31  # with header and checksum


def unzipped(archive: io.RawIOBase, password: str) -> io.RawIOBase:
    """The one file in a ZIP archive, plain or encrypted in either way. Reading it raises NotAsAgreed."""
    packed = _Counted(archive)
    return Pieces(_only_member(packed, password), packed)


def ungzipped(archive: io.RawIOBase) -> io.RawIOBase:
    """What a gzip stream holds. Reading it raises NotAsAgreed."""
    packed = _Counted(archive)
    return Pieces(_inflated(packed), packed)


class _Counted:
    """A stream in pieces, and how much of it was taken."""

    def __init__(self, stream: io.RawIOBase) -> None:
        self._stream, self.taken = stream, 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in pieces(self._stream):
            self.taken += len(piece)
            yield piece


class Pieces(io.RawIOBase):
    """Pieces of bytes as a stream. Raises NotAsAgreed where they come to more than anybody should send."""

    def __init__(self, pieces: Iterator[bytes], packed: _Counted | None = None) -> None:
        super().__init__()
        self._pieces, self._packed = pieces, packed
        self._piece, self._given = memoryview(b""), 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._piece:
            if (piece := next(self._pieces, None)) is None:
                return b""
            self._piece = memoryview(piece)
        given = bytes(self._piece if size < 0 else self._piece[:size])
        self._piece = self._piece[len(given) :]
        self._given += len(given)
        if self._given > UNPACKED:
            raise NotAsAgreed(f"unpacks to more than {UNPACKED // MEBI} MiB: it has to come in more parts")
        if self._packed and self._given > max(_SMALL, _TIGHTEST * self._packed.taken):
            raise NotAsAgreed("unpacks to far more than any table of its size")
        return given


def pieces(stream: io.RawIOBase) -> Iterator[bytes]:
    """A stream as pieces of bytes."""
    while piece := stream.read(_PIECE):
        yield piece


def _only_member(archive: _Counted, password: str) -> Iterator[bytes]:
    members = 0
    try:
        for name, _, content in stream_unzip(archive, password.encode() or None, _PIECE):
            members += 1
            _check_name(name)
            if members > 1:
                raise NotAsAgreed("is an archive of several files and should hold exactly one")
            yield from content
    except UnzipError as error:
        raise NotAsAgreed(_fault(error, members)) from None
    if not members:
        raise NotAsAgreed("is an archive of no files and should hold exactly one")


def _check_name(name: bytes) -> None:
    """The name is never used. One that would lead elsewhere shows that the archive means no good."""
    if name.endswith(b"/") or not name:
        raise NotAsAgreed("is an archive that holds a folder and should hold exactly one file")
    if b"\0" in name or b"\\" in name or b"/" in name:
        raise NotAsAgreed("is an archive whose file is named with a path")


def _fault(error: UnzipError, members: int) -> str:
    if isinstance(error, MissingPasswordError):
        return "is an archive with a password, and the connection's `archive_password` is not set"
    if isinstance(error, PasswordError):
        return "is an archive with another password than the connection's `archive_password`"
    if isinstance(error, NotStreamUnzippable | UnsupportedFeatureError):
        return "is packed by another method than deflate, the usual one"
    if isinstance(error, IntegrityError) or members:
        return "is an archive whose content is damaged"
    return "is not a ZIP archive that can be read"


def _inflated(archive: _Counted) -> Iterator[bytes]:
    """One gzip stream, or several behind each other."""
    inflate, ended = zlib.decompressobj(wbits=_GZIP), False
    try:
        for piece in archive:
            rest = piece
            while rest:
                if inflate.eof:
                    inflate = zlib.decompressobj(wbits=_GZIP)
                yield inflate.decompress(rest, _PIECE)
                rest = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
        yield inflate.flush()
        ended = inflate.eof
    except zlib.error:
        pass
    if not ended:
        raise NotAsAgreed("is not gzip throughout, or was cut")
