r"""Sealed packages: for one reader only, from one writer for certain.

    hedui-sealed/1\n | length of header, 4 bytes big-endian | header, JSON | AES-256-GCM ciphertext | Ed25519 signature

The key is HKDF-SHA-256 of an X25519 secret between the recipient and an ephemeral key that the header carries. The
header is bound into the key and is associated data of the cipher, and the signature covers everything before it: no
byte can change unnoticed. A key seals one package only, therefore a constant nonce is safe.

A package lost, repeated or put in another's place is not noticed here: the reader compares the header's numbers.
"""

import base64
import json
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hedui.model.errors import AccessDenied, DeliveryBroken

Header = dict[str, str | int]

MAGIC: Final = b"hedui-sealed/1\n"
_EPHEMERAL, _LENGTH, _SIGNATURE, _LONGEST_HEADER = "ephemeral_key", 4, 64, 16_384
_NONCE = bytes(12)
HEADER_ROOM: Final = len(MAGIC) + _LENGTH + _LONGEST_HEADER  # so many first bytes hold the header for certain
_ASK = "Ask the sender to send it again"


def seal(payload: bytes, header: Header, recipient: X25519PublicKey, sender: Ed25519PrivateKey) -> bytes:
    """`payload` as a package that only `recipient` opens. `header` is readable by everyone on the way."""
    ephemeral = X25519PrivateKey.generate()
    stated = json.dumps(
        {**header, _EPHEMERAL: _text(ephemeral.public_key().public_bytes_raw())}, sort_keys=True
    ).encode()
    if len(stated) > _LONGEST_HEADER:
        raise ValueError("the header is too long")
    preamble = MAGIC + len(stated).to_bytes(_LENGTH, "big") + stated
    ciphertext = AESGCM(_key(ephemeral.exchange(recipient), preamble)).encrypt(_NONCE, payload, preamble)
    return preamble + ciphertext + sender.sign(preamble + ciphertext)


def open_sealed(package: bytes, recipient: X25519PrivateKey, sender: Ed25519PublicKey) -> tuple[Header, bytes]:
    """Header and payload, both as the sender wrote them.

    Raises DeliveryBroken for a package that was changed, cut or signed by somebody else, AccessDenied where `recipient`
    is not the key it was sealed for. The caller puts the name of the package into the error's `where`.
    """
    header, end = _header(package)
    _verify(package, sender)
    preamble, ciphertext = package[:end], package[end:-_SIGNATURE]
    try:
        ephemeral = X25519PublicKey.from_public_bytes(base64.b64decode(str(header[_EPHEMERAL]), validate=True))
        secret = recipient.exchange(ephemeral)
    except (KeyError, ValueError):
        raise _broken("carries no usable key", "Ask the sender to repair the program that seals") from None
    try:
        payload = AESGCM(_key(secret, preamble)).decrypt(_NONCE, ciphertext, preamble)
    except InvalidTag:
        raise AccessDenied(
            "package",
            "it was sealed for another key",
            "Give the sender our public key, or set the right `recipient_key`",
        ) from None
    return {name: value for name, value in header.items() if name != _EPHEMERAL}, payload


def read_header(package: bytes) -> Header:
    """What a package, or its beginning, states about itself. Not verified: good for sorting, not for believing."""
    header, _ = _header(package)
    return {name: value for name, value in header.items() if name != _EPHEMERAL}


def _verify(package: bytes, sender: Ed25519PublicKey) -> None:
    try:
        sender.verify(package[-_SIGNATURE:], package[:-_SIGNATURE])
    except InvalidSignature:
        raise _broken("its signature does not fit: it was changed, cut or signed by somebody else", _ASK) from None


def _header(package: bytes) -> tuple[dict[str, Any], int]:
    """The header and where it ends."""
    start = len(MAGIC) + _LENGTH
    end = start + int.from_bytes(package[len(MAGIC) : start], "big")
    if not package.startswith(MAGIC) or len(package) < end or end - start > _LONGEST_HEADER:
        raise _broken("it is not a sealed package, or it was cut", _ASK)
    try:
        header = json.loads(package[start:end])
    except ValueError:
        raise _broken("its header cannot be read", _ASK) from None
    if not isinstance(header, dict):
        raise _broken("its header cannot be read", _ASK)
    return header, end


def _key(secret: bytes, preamble: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=preamble).derive(secret)


def _broken(what: str, remedy: str) -> DeliveryBroken:
    return DeliveryBroken("package", what, remedy)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
