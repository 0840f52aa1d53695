"""What stands sealed in the ledger: who can read its database cannot read evidence, nor where a reading stands."""

import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


@dataclass(frozen=True)
class Sealer:
    """AES-256-GCM, bound to whose it is (a lead's key, say), so that contents cannot change places."""

    key: bytes

    def seal(self, content: bytes, whose: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.key).encrypt(nonce, content, whose)

    def open(self, sealed: bytes, whose: bytes) -> bytes:
        """Raises InvalidTag where it is another's, or was changed."""
        return AESGCM(self.key).decrypt(sealed[:_NONCE], sealed[_NONCE:], whose)
