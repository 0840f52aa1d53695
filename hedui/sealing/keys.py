"""Keys of readers and writers as people hand them over: PEM, or the raw 32 bytes in base64, one or several."""

import base64
import hashlib
import re
from collections.abc import Callable
from typing import Final, NoReturn

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

ReaderPrivate = X25519PrivateKey | RSAPrivateKey
ReaderPublic = X25519PublicKey | RSAPublicKey

_PEM: Final = re.compile(r"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)
_BETWEEN: Final = re.compile(r"[\s;,]+")
_LEAST_BITS: Final = 3072


def private_keys(text: str) -> list[ReaderPrivate]:
    """A reader's private keys. Raises ValueError, as all here, whose words quote nothing of the text."""
    found = _keys(text, _private_pem, X25519PrivateKey.from_private_bytes)
    return [key for key in found if isinstance(key, ReaderPrivate) and _strong(key)] or _none("reader's private key")


def public_keys(text: str) -> list[ReaderPublic]:
    """Public keys of readers."""
    found = _keys(text, load_pem_public_key, X25519PublicKey.from_public_bytes)
    return [key for key in found if isinstance(key, ReaderPublic) and _strong(key)] or _none("reader's public key")


def sender_keys(text: str) -> list[Ed25519PublicKey]:
    """A writer's public keys."""
    found = _keys(text, load_pem_public_key, Ed25519PublicKey.from_public_bytes)
    return [key for key in found if isinstance(key, Ed25519PublicKey)] or _none("writer's public key")


def signing_keys(text: str) -> list[Ed25519PrivateKey]:
    """A writer's private keys."""
    found = _keys(text, _private_pem, Ed25519PrivateKey.from_private_bytes)
    return [key for key in found if isinstance(key, Ed25519PrivateKey)] or _none("signing key")


def key_id(key: ReaderPublic | Ed25519PublicKey) -> str:
    """Sixteen digits that tell one public key from another."""
    written = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(written).hexdigest()[:16]


def _keys(text: str, of_pem: Callable[[bytes], object], of_bytes: Callable[[bytes], object]) -> list[object]:
    pems = [match[0].encode() for match in _PEM.finditer(text)]
    raws = [part for part in _BETWEEN.split(_PEM.sub(" ", text)) if part]
    try:
        return [of_pem(pem) for pem in pems] + [of_bytes(base64.b64decode(raw, validate=True)) for raw in raws]
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("a key cannot be read: PEM without a password is, and 32 bytes in base64") from None


def _private_pem(pem: bytes) -> object:
    return load_pem_private_key(pem, password=None)


def _strong(key: ReaderPrivate | ReaderPublic) -> bool:
    if isinstance(key, RSAPrivateKey | RSAPublicKey) and key.key_size < _LEAST_BITS:
        raise ValueError(f"an RSA key has only {key.key_size} bits of at least {_LEAST_BITS}")
    return True


def _none(what: str) -> NoReturn:
    raise ValueError(f"there is no {what}")
