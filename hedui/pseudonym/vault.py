"""Tokens: one AES-256 block per identifier, under a key of its programme and kind.

One block, distinct inputs: a keyed permutation. Equal identifiers get equal tokens, different ones never the same, and
only the key leads back. ECB is sound for exactly this, a single block whose equality is meant to show, and for nothing
longer. See docs/pseudonyms.md for what the tokens do and do not hide.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NewType

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from hedui.keys import Keyring
from hedui.model.contract import IdentifierKind
from hedui.pseudonym.packing import BLOCK, Blocks, hash_block, hash_blocks, pack, unpack

RawId = NewType("RawId", str)
Pseudonym = NewType("Pseudonym", bytes)

KEY_VERSION = 1


@dataclass(frozen=True)
class Vault:
    """Enciphers columns of one site. Its keys never leave it."""

    keyring: Keyring

    def persons(self, programme: str, canonical: pa.StringArray) -> pa.BinaryArray:
        """Tokens of canonical person identifiers; null stays null."""
        return self._column(
            canonical, lambda present: self._enciphered(programme, "person", _packed_or_hashed(present))
        )

    def names(self, programme: str, canonical: pa.StringArray, form: pa.StringArray) -> pa.BinaryArray:
        """Tokens of `person, form of the name`: comparable between records of one person, and only there."""
        joined = pc.binary_join_element_wise(canonical, form, "\x1f")
        return self._column(joined, lambda present: self._enciphered(programme, "name", hash_blocks(_sha256(present))))

    def records(self, programme: str, keys: pa.StringArray) -> pa.BinaryArray:
        """Tokens of an agency's record keys; what does not pack is enciphered by AES-SIV, longer than a block."""
        return self._column(keys, lambda present: self._records(programme, present))

    def person(self, programme: str, canonical: RawId) -> Pseudonym:
        """One person's token, for an approved look-up."""
        return Pseudonym(self.persons(programme, pa.array([canonical], pa.string()))[0].as_py())

    def record_key(self, programme: str, token: Pseudonym) -> str:
        """The agency's record key behind a token, for an approved release."""
        if len(token) == BLOCK:
            key = unpack(self._cipher(programme, "record").decryptor().update(token))
        else:
            key = self._siv(programme).decrypt(token, None).decode()
        if key is None:
            raise ValueError("this token is no record key")
        return key

    def rekeyed(self, programme: str, kind: IdentifierKind, tokens: pa.BinaryArray) -> pa.BinaryArray:
        """Tokens of `tokens` for another programme, such as the SQL door: the raw values are not needed for that."""

        def again(present: pa.BinaryArray) -> pa.BinaryArray:
            # record tokens differ in length, and a token must not depend on how long its neighbours are
            blocks = hash_blocks(_sha256(present)) if kind == "record" else _blocks(present)
            return self._enciphered(programme, kind, blocks)

        return self._column(tokens, again)

    def _column(self, values: pa.Array, encipher: Callable[[pa.Array], pa.BinaryArray]) -> pa.BinaryArray:
        present = values.drop_null()
        tokens = encipher(present) if len(present) else pa.array([], pa.binary())
        if len(present) == len(values):
            return tokens
        places = pc.cumulative_sum(pc.cast(pc.is_valid(values), pa.int64()))
        return tokens.take(pc.if_else(pc.is_valid(values), pc.subtract(places, 1), None))

    def _enciphered(self, programme: str, kind: IdentifierKind, blocks: Blocks) -> pa.BinaryArray:
        plain = np.ascontiguousarray(blocks)
        out = bytearray(plain.size + BLOCK - 1)
        self._cipher(programme, kind).encryptor().update_into(plain.data, out)
        offsets = np.arange(len(blocks) + 1, dtype=np.int32) * BLOCK
        return pa.Array.from_buffers(pa.binary(), len(blocks), [None, pa.py_buffer(offsets), pa.py_buffer(out)])

    def _records(self, programme: str, keys: pa.StringArray) -> pa.BinaryArray:
        blocks, packed = pack(keys)
        tokens = self._enciphered(programme, "record", blocks)
        if packed.all():
            return tokens
        siv, unpacked = self._siv(programme), ~packed
        long = pa.array(
            [siv.encrypt(k.encode(), None) for k in keys.filter(pa.array(unpacked)).to_pylist()], pa.binary()
        )
        return pc.replace_with_mask(tokens, pa.array(unpacked), long)

    def _cipher(self, programme: str, kind: IdentifierKind) -> Cipher[modes.ECB]:
        return Cipher(algorithms.AES256(_key(self.keyring, programme, kind, 32)), modes.ECB())  # noqa: S305 - see above

    def _siv(self, programme: str) -> AESSIV:
        return AESSIV(_key(self.keyring, programme, "record-siv", 64))


@cache
def _key(keyring: Keyring, programme: str, kind: str, length: int) -> bytes:
    return keyring.derived("pseudonym", f"token/{programme}/{kind}/{KEY_VERSION}", length)


def _packed_or_hashed(values: pa.StringArray) -> Blocks:
    blocks, packed = pack(values)
    for row in np.flatnonzero(~packed):  # documents of unusual form: few
        blocks[row] = hash_block(values[int(row)].as_py())
    return blocks


def _blocks(tokens: pa.BinaryArray, width: int = BLOCK) -> Blocks:
    """The bytes of values that all have the same length, shape (n, width), without a copy."""
    offsets = np.frombuffer(tokens.buffers()[1], dtype=np.int32)[tokens.offset : tokens.offset + len(tokens) + 1]
    return np.frombuffer(tokens.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]].reshape(-1, width)


def _sha256(values: pa.Array) -> Blocks:
    """Digests of a column, shape (n, 32)."""
    table = pa.table({"value": values.cast(pa.binary())})
    with duckdb.connect(config={"temp_directory": ""}) as engine:  # nothing of this may be spilled
        engine.register("present", table)
        digests = engine.sql("SELECT unhex(sha256(value)) AS digest FROM present").to_arrow_table()
    return _blocks(digests["digest"].combine_chunks(), 32)
