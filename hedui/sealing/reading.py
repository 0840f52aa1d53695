"""From package to content: first everything is verified, then it is opened piece by piece.

Between the two a file could be exchanged. The header is therefore read once and kept, and every segment is under a key
that only the sender and the readers know.
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hedui.model.errors import AccessDenied
from hedui.sealing.ciphers import CIPHERS, Segments, unwrapped
from hedui.sealing.keys import ReaderPrivate, key_id
from hedui.sealing.package import ASK, SEGMENT, SIGNATURE, TAG, Header, Preamble, broken, not_whole, read_preamble

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_REPAIR: Final = "Ask the sender to repair the program that seals"


@dataclass(frozen=True)
class Sealed:
    """A package that is whole and genuine. `digest` tells it from every other."""

    preamble: Preamble
    digest: bytes
    stream: BinaryIO

    @property
    def header(self) -> Header:
        """As the sender wrote it."""
        return self.preamble.header

    def opened(self, keys: Sequence[ReaderPrivate]) -> "Payload":
        """Its content. Raises AccessDenied where none of `keys` is one it was sealed for, DeliveryBroken."""
        ours = {key_id(key.public_key()): key for key in keys}
        for entry in self.preamble.readers:
            if entry["key"] in ours:
                return Payload(self.stream, self.preamble, _segments(self.preamble, entry, ours[entry["key"]]))
        others = ", ".join(entry["key"] for entry in self.preamble.readers[:3]) or "nobody"
        raise AccessDenied(
            "package",
            f"it was sealed for another key: {others}",
            f"Give the sender our public key, or add the private one to `recipient_key` (there: {', '.join(ours)})",
        )


class Payload(io.RawIOBase):
    """The content of a package, of which one segment is held. Raises DeliveryBroken."""

    def __init__(self, stream: BinaryIO, preamble: Preamble, segments: Segments) -> None:
        self.length = preamble.length
        self._stream, self._preamble, self._segments = stream, preamble, segments
        self._at, self._held, self._content = 0, -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.length}[whence])
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        if self._at >= self.length:
            return 0
        segment, within = divmod(self._at, SEGMENT)
        room = memoryview(buffer).cast("B")
        piece = self._segment(segment)[within : within + len(room)]
        room[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _segment(self, number: int) -> bytes:
        if number != self._held:
            self._stream.seek(self._preamble.place(number))
            hidden = self._stream.read(self._preamble.size(number) + TAG)
            try:
                self._content = self._segments.opened(number, hidden)
            except (InvalidTag, ValueError):
                raise broken("it changed while it was read, or was sealed wrongly", ASK) from None
            self._held = number
        return self._content


def verified(stream: BinaryIO, senders: Sequence[Ed25519PublicKey]) -> Sealed:
    """The package in a seekable stream, if it is whole and one of `senders` signed it; nothing is opened yet.

    Raises DeliveryIncomplete where its end is not there, DeliveryBroken where it was changed or signed by somebody
    else. The caller puts the name of the package into the error's `where`.
    """
    stream.seek(0)
    preamble = read_preamble(stream)
    size = stream.seek(0, io.SEEK_END)
    if size < preamble.whole:
        raise not_whole()
    if size > preamble.whole:
        raise broken("it holds more than it should", ASK)
    stream.seek(len(preamble.written))
    digest, left = hashlib.sha256(preamble.written), preamble.whole - len(preamble.written) - SIGNATURE
    while left and (piece := stream.read(min(left, SEGMENT))):
        digest.update(piece)
        left -= len(piece)
    _check(preamble, digest.digest(), stream.read(SIGNATURE), senders)
    return Sealed(preamble, digest.digest(), stream)


def open_sealed(package: bytes, reader: ReaderPrivate, sender: Ed25519PublicKey) -> tuple[Header, bytes]:
    """Header and content of a small package, both as the sender wrote them. Raises as `verified` and `opened`."""
    found = verified(io.BytesIO(package), [sender])
    return found.header, found.opened([reader]).readall()


def to_sign(digest: bytes) -> bytes:
    """What a signature is of: a digest that cannot be taken for one of anything else."""
    return b"hedui-sealed/2 package " + digest


def _check(preamble: Preamble, digest: bytes, signature: bytes, senders: Sequence[Ed25519PublicKey]) -> None:
    signers = [sender for sender in senders if key_id(sender) == preamble.signer]
    if not signers:
        raise broken(
            f"its signature is of the key {preamble.signer}, which is not known as the sender's",
            "Ask the sender whether the key is theirs, then add its public part to `sender_public_key`",
        )
    try:
        signers[0].verify(signature, to_sign(digest))
    except InvalidSignature:
        raise broken("its signature does not fit: it was changed, or signed by somebody else", ASK) from None


def _segments(preamble: Preamble, entry: Mapping[str, str], key: ReaderPrivate) -> Segments:
    if preamble.cipher not in CIPHERS:
        raise broken("its cipher is not known", _REPAIR)
    try:
        return Segments(preamble.cipher, unwrapped(entry, key), preamble.written)
    except (ValueError, UnsupportedAlgorithm):
        raise broken("carries no usable key", _REPAIR) from None
