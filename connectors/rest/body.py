"""The content of an answer, unpacked as it comes, with a bound to what it may become."""

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from connectors.text_rows import UnreadableError

_GZIP: Final = b"\x1f\x8b"  # no JSON begins so
_PIECE: Final = 1024 * 1024
# Records that repeat each other pack 30 : 1, zeros 1000 : 1.
_LARGEST_RATIO, _FREE = 200, 64 * 1024 * 1024
_LARGEST: Final = 64 * 1024**3


def unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The content, which is gzip if it begins like it, whatever the headers say. Raises UnreadableError."""
    stream = iter(chunks)
    start = b""
    for chunk in stream:
        start += chunk
        if len(start) >= len(_GZIP):
            break
    whole = chain([start] if start else [], stream)
    return _gunzipped(whole) if start.startswith(_GZIP) else _bounded(whole)


def together(chunks: Iterable[bytes], most: int) -> bytes:
    """All of it. Raises UnreadableError where it is more than `most` bytes."""
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > most:
            raise UnreadableError(f"an answer is larger than {most >> 20} MiB")
    return bytes(content)


def _bounded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    length = 0
    for chunk in chunks:
        length += len(chunk)
        if length > _LARGEST:
            raise UnreadableError("an answer has no end")
        yield chunk


def _gunzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    packed = length = 0
    member = None
    for chunk in chunks:
        packed += len(chunk)
        while chunk:
            member = member or zlib.decompressobj(wbits=31)
            piece = _piece(member, chunk)
            length += len(piece)
            if length > min(_LARGEST, max(_FREE, packed * _LARGEST_RATIO)):
                raise UnreadableError("packed content becomes larger than any delivery")
            yield piece
            chunk = member.unused_data if member.eof else member.unconsumed_tail
            member = None if member.eof else member
    if member:
        raise UnreadableError("packed content is cut")


def _piece(member: "zlib._Decompress", chunk: bytes) -> bytes:
    try:
        return member.decompress(chunk, _PIECE)
    except zlib.error:
        raise UnreadableError("packed content is damaged") from None
