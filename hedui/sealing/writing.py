"""From content to package."""

import hashlib
import io
import secrets
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hedui.sealing.ciphers import AES, Segments, wrapped
from hedui.sealing.keys import ReaderPublic, key_id
from hedui.sealing.package import Header, stated
from hedui.sealing.reading import to_sign


def seal(
    content: bytes, header: Header, readers: Sequence[ReaderPublic], writer: Ed25519PrivateKey, cipher: str = AES
) -> bytes:
    """`content` as a package that only `readers` open. `header` is readable by everyone on the way."""
    return b"".join(sealed(io.BytesIO(content), len(content), header, readers, writer, cipher))


def sealed(
    content: BinaryIO,
    length: int,
    header: Header,
    readers: Sequence[ReaderPublic],
    writer: Ed25519PrivateKey,
    cipher: str = AES,
) -> Iterator[bytes]:
    """The same piece by piece, of `length` bytes of a stream. Raises ValueError where the stream has fewer."""
    if not readers:
        raise ValueError("a package needs a reader")
    secret = secrets.token_bytes(32)
    entries = tuple(wrapped(secret, reader) for reader in readers)
    preamble = stated(header, cipher, length, key_id(writer.public_key()), entries)
    digest, segments = hashlib.sha256(preamble.written), Segments(cipher, secret, preamble.written)
    yield preamble.written
    for number in range(preamble.segments):
        piece = content.read(preamble.size(number))
        if len(piece) < preamble.size(number):
            raise ValueError("the content is shorter than it was said to be")
        hidden = segments.hidden(number, piece)
        digest.update(hidden)
        yield hidden
    yield writer.sign(to_sign(digest.digest()))
