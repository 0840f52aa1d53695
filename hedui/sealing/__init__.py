r"""Sealed packages: for these readers only, from one writer for certain.

    hedui-sealed/2\n | length of header, 4 bytes big-endian | header, JSON | segments | Ed25519 signature

A package has a key of its own, which the header holds once for each reader, wrapped by the reader's public key (X25519
or RSA-OAEP). The content is cut into segments of 1 MiB, each under AES-256-GCM or SM4-GCM with its number as nonce and
the header as associated data; the header says how long the content is. The signature covers everything before it.

Who carries a package learns its header and its size, and can lose it or keep it back. A changed byte, a cut, another
header, segments in another order or of another package do not pass. A reader knows the package's key and could
therefore make another content for it, but cannot sign it. Lost, repeated or exchanged packages are not noticed here:
the reader compares the header's numbers.

This room runs at agencies too, as `python -m hedui.sealing`: it imports the standard library, `cryptography` and
`hedui.model.errors`, and pyarrow for Parquet alone. It writes nothing in clear to a disk but what an office unpacks
with `open`.
"""

from hedui.sealing.keys import key_id, private_keys, public_keys, sender_keys
from hedui.sealing.package import HEADER_ROOM, MAGIC, Header, read_header
from hedui.sealing.reading import Payload, Sealed, open_sealed, verified
from hedui.sealing.writing import seal

__all__ = [
    "HEADER_ROOM",
    "MAGIC",
    "Header",
    "Payload",
    "Sealed",
    "key_id",
    "open_sealed",
    "private_keys",
    "public_keys",
    "read_header",
    "seal",
    "sender_keys",
    "verified",
]
