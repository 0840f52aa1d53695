"""The offices that leads are sealed for: each has a key pair, and the pipeline is given the public half."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hedui import shelves
from simulator.agencies.process import kept


def hand_over_public_keys(province: Path, keys: Path) -> None:
    """Put each office's public key among the pipeline's keys. The private half stays with the agency."""
    offices = keys / "offices"
    offices.mkdir(parents=True, exist_ok=True, mode=0o700)
    for agency in shelves.agencies():
        public = _private_key(province / "agencies" / agency).public_key()
        (offices / f"{agency}.pub").write_bytes(public.public_bytes_raw())


def _private_key(own: Path) -> X25519PrivateKey:
    own.mkdir(parents=True, exist_ok=True)
    raw = kept(own / "office.key", lambda: X25519PrivateKey.generate().private_bytes_raw())
    return X25519PrivateKey.from_private_bytes(raw)
