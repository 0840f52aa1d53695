"""Identifiers as 16-byte blocks and back: up to 24 characters of a 37-letter alphabet in base 37.

37 letters are `0-9A-Z` and a pad that no identifier contains. 24 of them need 125.03 bits: two halves of 12 letters
each fit into 63 bits, so the top bit of a packed block is always 0, and 1 marks a block that was hashed instead.
"""

import hashlib

import numpy as np
import pyarrow as pa

LETTERS = 24
BLOCK = 16
_PAD_AND_ALPHABET = b"\0" + b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_HASHED = 0x80
_NO_PAIR = np.uint16(0xFFFF)

Blocks = np.ndarray[tuple[int, int], np.dtype[np.uint8]]


def _pair_values() -> np.ndarray[tuple[int], np.dtype[np.uint16]]:
    """The value of every two bytes at once: half the look-ups of a table of single letters."""
    table = np.full(65536, _NO_PAIR, dtype=np.uint16)
    for high, first in enumerate(_PAD_AND_ALPHABET):
        for low, second in enumerate(_PAD_AND_ALPHABET):
            if first or not second:  # a pad is followed by pads only
                table[first << 8 | second] = high * 37 + low
    return table


_PAIRS = _pair_values()


def pack(values: pa.StringArray) -> tuple[Blocks, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Blocks of a column, shape (n, 16), and which of them are packed; the others' blocks mean nothing. No nulls."""
    letters, fits = _letters(values)
    pairs = _PAIRS[letters.view(">u2")]
    fits &= (pairs != _NO_PAIR).all(axis=1) & (letters != 0).any(axis=1)
    halves = np.empty((len(pairs), 2), dtype=">u8")
    for half in (0, 1):
        value = np.zeros(len(pairs), dtype=np.uint64)
        for column in range(6 * half, 6 * half + 6):
            value = value * np.uint64(37 * 37) + pairs[:, column]
        halves[:, half] = value
    return halves.view(np.uint8).reshape(-1, BLOCK), fits


def unpack(block: bytes) -> str | None:
    """The identifier in a block; None where it was hashed."""
    if block[0] & _HASHED:
        return None
    text = bytearray()
    for half in (block[:8], block[8:]):
        value, letters = int.from_bytes(half), []
        for _ in range(LETTERS // 2):
            value, letter = divmod(value, 37)
            letters.append(_PAD_AND_ALPHABET[letter])
        text += bytes(reversed(letters))
    return text.rstrip(b"\0").decode("ascii")


def hash_blocks(digests: Blocks) -> Blocks:
    """Blocks of digests, shape (n, 32): their first 16 bytes, marked as hashed."""
    blocks = digests[:, :BLOCK].copy()
    blocks[:, 0] |= _HASHED
    return blocks


def hash_block(text: str) -> Blocks:
    """The block of one text that does not pack, shape (1, 16)."""
    return hash_blocks(np.frombuffer(hashlib.sha256(text.encode()).digest(), dtype=np.uint8).reshape(1, -1))


def _letters(values: pa.StringArray) -> tuple[Blocks, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """The bytes of each value padded to 24, shape (n, 24), and which values fit."""
    offsets = np.frombuffer(values.buffers()[1], dtype=np.int32)[values.offset : values.offset + len(values) + 1]
    data = np.frombuffer(values.buffers()[2] or b"", dtype=np.uint8)
    lengths = np.diff(offsets)
    letters = np.zeros((len(values), LETTERS), dtype=np.uint8)
    for length in np.unique(lengths[(lengths > 0) & (lengths <= LETTERS)]):
        rows = np.flatnonzero(lengths == length)
        if len(rows) == len(lengths):  # as a rule all have one length: then the bytes are a matrix already
            letters[:, :length] = data[offsets[0] : offsets[-1]].reshape(-1, length)
        else:
            letters[rows, :length] = data[offsets[rows][:, None] + np.arange(length)]
    # a NUL inside a value would look like the pad
    return letters, (lengths <= LETTERS) & ((letters != 0).sum(axis=1) == lengths)
