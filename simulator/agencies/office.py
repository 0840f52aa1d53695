"""An office's own key pair: sealed sheets and reports are for it alone."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from simulator.agencies.process import kept


def office_key(own: Path) -> X25519PrivateKey:
    """The private half, which stays in the agency's folder; made once."""
    own.mkdir(parents=True, exist_ok=True)
    raw = kept(own / "office.key", lambda: X25519PrivateKey.generate().private_bytes_raw())
    return X25519PrivateKey.from_private_bytes(raw)
