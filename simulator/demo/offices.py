"""The offices that leads are sealed for: each has a key pair, and the pipeline is given the public half."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hedui import shelves
from simulator.agencies.process import kept


def hand_over_public_keys(province: Path, keys: Path) -> None:
    """Put each office's public key among the pipeline's keys. The private one stays with the agency, in the province."""
    offices = keys / "offices"
    offices.mkdir(parents=True, exist_ok=True, mode=0o700)
    for agency in shelves.agencies():
        private = province / "agencies" / agency / "office.key"
        private.parent.mkdir(parents=True, exist_ok=True)
        key = X25519PrivateKey.from_private_bytes(
            kept(private, lambda: X25519PrivateKey.generate().private_bytes_raw())
        )
        (offices / f"{agency}.pub").write_bytes(key.public_key().public_bytes_raw())
