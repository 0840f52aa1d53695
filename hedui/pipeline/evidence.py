"""Frozen evidence is sealed in the ledger: who can read its database cannot read what a lead rests on."""

import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


@dataclass(frozen=True)
class EvidenceSealer:
    """AES-256-GCM, bound to the lead's key so that evidence cannot change places."""

    key: bytes

    def seal(self, evidence: bytes, lead_key: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.key).encrypt(nonce, evidence, lead_key)

    def open(self, sealed: bytes, lead_key: bytes) -> bytes:
        return AESGCM(self.key).decrypt(sealed[:_NONCE], sealed[_NONCE:], lead_key)
