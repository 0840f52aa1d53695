"""How a package's key hides its content, and how a reader's key hides the package's key."""

import base64
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hedui.sealing.keys import ReaderPrivate, ReaderPublic, key_id
from hedui.sealing.package import TAG

AES, SM4 = "aes-256-gcm", "sm4-gcm"
CIPHERS: Final = (AES, SM4)
_X25519, _RSA = "x25519", "rsa_oaep"
_NONCE: Final = 12
_OAEP: Final = OAEP(mgf=MGF1(SHA256()), algorithm=SHA256(), label=None)


class Segments:
    """Hides and opens the segments of one package: its key serves no other, so a number is nonce enough."""

    def __init__(self, cipher: str, secret: bytes, header: bytes) -> None:
        size = 32 if cipher == AES else 16
        key = _derived(secret, cipher.encode(), size)
        self._algorithm = algorithms.AES(key) if cipher == AES else algorithms.SM4(key)
        self._header = header

    def hidden(self, number: int, content: bytes) -> bytes:
        """The segment with its tag."""
        work = Cipher(self._algorithm, modes.GCM(number.to_bytes(_NONCE, "big"))).encryptor()
        work.authenticate_additional_data(self._header)
        return work.update(content) + work.finalize() + work.tag

    def opened(self, number: int, segment: bytes) -> bytes:
        """Raises InvalidTag, ValueError."""
        tag = segment[-TAG:]
        work = Cipher(self._algorithm, modes.GCM(number.to_bytes(_NONCE, "big"), tag)).decryptor()
        work.authenticate_additional_data(self._header)
        return work.update(segment[:-TAG]) + work.finalize()


def wrapped(secret: bytes, reader: ReaderPublic) -> Mapping[str, str]:
    """The package's secret as `reader` alone opens it."""
    if isinstance(reader, RSAPublicKey):
        return {"key": key_id(reader), "kind": _RSA, "wrapped": _text(reader.encrypt(secret, _OAEP))}
    ephemeral = X25519PrivateKey.generate()
    own = ephemeral.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    key = _exchanged(ephemeral.exchange(reader), own, reader)
    hidden = AESGCM(key).encrypt(bytes(_NONCE), secret, None)  # the key serves this once
    return {"key": key_id(reader), "kind": _X25519, "ephemeral": _text(own), "wrapped": _text(hidden)}


def unwrapped(entry: Mapping[str, str], reader: ReaderPrivate) -> bytes:
    """The secret of a package. Raises ValueError where the entry was not made for this key."""
    try:
        hidden = base64.b64decode(entry["wrapped"], validate=True)
        if isinstance(reader, RSAPrivateKey):
            return reader.decrypt(hidden, _OAEP)
        own = base64.b64decode(entry["ephemeral"], validate=True)
        secret = reader.exchange(X25519PublicKey.from_public_bytes(own))
        return AESGCM(_exchanged(secret, own, reader.public_key())).decrypt(bytes(_NONCE), hidden, None)
    except (InvalidTag, LookupError):
        raise ValueError("not made for this key") from None


def _exchanged(secret: bytes, ephemeral: bytes, reader: X25519PublicKey) -> bytes:
    """Bound to both public keys, for the bare secret of an exchange says nothing of them."""
    return _derived(secret, b"wrap" + ephemeral + reader.public_bytes(Encoding.Raw, PublicFormat.Raw), 32)


def _derived(secret: bytes, purpose: bytes, size: int) -> bytes:
    return HKDF(SHA256(), size, salt=None, info=b"hedui-sealed/2 " + purpose).derive(secret)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
