"""What a package states about itself, and where its parts lie."""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from hedui.model.errors import DeliveryBroken, DeliveryIncomplete

Header = dict[str, str | int]

MAGIC: Final = b"hedui-sealed/2\n"
SEGMENT: Final = 1024 * 1024
TAG: Final = 16
SIGNATURE: Final = 64
ASK: Final = "Ask the sender to send it again"
_LENGTH, _LONGEST_HEADER = 4, 16_384
HEADER_ROOM: Final = len(MAGIC) + _LENGTH + _LONGEST_HEADER  # so many first bytes hold the header for certain
_SEALING: Final = "sealing"  # what is ours in the header
_KEY_ID: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Preamble:
    """`written` are the bytes that state all the others; `readers` holds the wrapped key once for each of them."""

    header: Header
    cipher: str
    length: int  # of the content
    signer: str
    readers: tuple[Mapping[str, str], ...]
    written: bytes

    @property
    def whole(self) -> int:
        """How many bytes the package has."""
        return self.place(self.segments - 1) + self.size(self.segments - 1) + TAG + SIGNATURE

    @property
    def segments(self) -> int:
        """How many there are: one at least."""
        return max(1, -(-self.length // SEGMENT))

    def place(self, segment: int) -> int:
        """Where a segment begins in the package."""
        return len(self.written) + segment * (SEGMENT + TAG)

    def size(self, segment: int) -> int:
        """How much content a segment has."""
        return min(SEGMENT, self.length - segment * SEGMENT)


def stated(header: Header, cipher: str, length: int, signer: str, readers: tuple[Mapping[str, str], ...]) -> Preamble:
    """Raises ValueError where the header is too long or says what is ours to say."""
    if _SEALING in header:
        raise ValueError(f"a header may not name `{_SEALING}`")
    ours = {"cipher": cipher, "length": length, "signer": signer, "readers": readers}
    text = json.dumps({**header, _SEALING: ours}, sort_keys=True).encode()
    if len(text) > _LONGEST_HEADER:
        raise ValueError("the header is too long")
    return Preamble(header, cipher, length, signer, readers, MAGIC + len(text).to_bytes(_LENGTH, "big") + text)


def read_preamble(stream: BinaryIO) -> Preamble:
    """Of a stream that stands at its beginning. Raises DeliveryIncomplete where it ends too early, DeliveryBroken."""
    start = stream.read(len(MAGIC) + _LENGTH)
    if not MAGIC.startswith(start[: len(MAGIC)]):
        raise broken("it is no sealed package of this kind", ASK)
    length = int.from_bytes(start[len(MAGIC) :], "big")
    if length > _LONGEST_HEADER and len(start) == len(MAGIC) + _LENGTH:
        raise broken("its header is longer than any", ASK)
    text = stream.read(length)
    if len(start) < len(MAGIC) + _LENGTH or len(text) < length:
        raise not_whole()
    return _parsed(text, start + text)


def read_header(beginning: bytes) -> Header:
    """What a package, or its beginning, states about itself. Not verified: good for sorting, not for believing."""
    return read_preamble(io.BytesIO(beginning)).header


def broken(what: str, remedy: str) -> DeliveryBroken:
    """The caller puts the name of the package into `where`."""
    return DeliveryBroken("package", what, remedy)


def not_whole() -> DeliveryIncomplete:
    """The same of a package whose end is not there."""
    return DeliveryIncomplete("package", "it is not whole", ASK)


def _parsed(text: bytes, written: bytes) -> Preamble:
    try:
        header = json.loads(text)
        ours = header.pop(_SEALING)
        readers = tuple(ours["readers"])
        preamble = Preamble(header, ours["cipher"], ours["length"], ours["signer"], readers, written)
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise broken("its header cannot be read", ASK) from None
    if not _sound(preamble):
        raise broken("its header cannot be read", ASK)
    return preamble


def _sound(preamble: Preamble) -> bool:
    """Whether everything is of the kind that it is taken for from here on."""
    return (
        all(type(value) in (str, int) for value in preamble.header.values())
        and isinstance(preamble.cipher, str)
        and type(preamble.length) is int
        and preamble.length >= 0
        and _is_key(preamble.signer)
        and all(_sound_reader(reader) for reader in preamble.readers)
    )


def _sound_reader(reader: Any) -> bool:
    if not isinstance(reader, dict) or not all(isinstance(value, str) for value in reader.values()):
        return False
    return {"key", "kind", "wrapped"} <= reader.keys() and _is_key(reader["key"])


def _is_key(text: Any) -> bool:
    return isinstance(text, str) and _KEY_ID.fullmatch(text) is not None
