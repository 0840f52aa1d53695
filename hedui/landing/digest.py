"""The digest of a delivery's content, column by column, however it was cut into pages, pieces or files."""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_SIZE = 32


class ContentDigest:
    """Keyed BLAKE2b over the names of the columns and all rows in their order.

    Keyed, since the digest of a batch of one row could otherwise be guessed from the row. What lies in memory behind a
    null or beyond the last row has no say: the same rows read back from a file have the same digest.
    """

    def __init__(self, key: bytes, names: Sequence[str]) -> None:
        self._key, self._names = key, names
        self._columns: list[tuple[hashlib.blake2b, hashlib.blake2b]] = []

    def add(self, columns: list[pa.Array]) -> None:
        """Take the next rows, always in the same columns."""
        if not self._columns:
            self._columns = [(self._hash(), self._hash()) for _ in columns]
        for (shape, content), column in zip(self._columns, columns, strict=True):
            filled, values = _canonical(column)
            shape.update(filled)
            for value in values:
                content.update(value)

    def digest(self) -> bytes:
        whole = self._hash()
        whole.update(repr(list(self._names)).encode())
        for hashed in (one for both in self._columns for one in both):
            whole.update(hashed.digest())
        return whole.digest()

    def _hash(self) -> hashlib.blake2b:
        return hashlib.blake2b(key=self._key, digest_size=_SIZE)


def _canonical(column: pa.Array) -> tuple[memoryview, Iterator[memoryview | bytes]]:
    """Which values are there, with the lengths of texts; and the values."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    if _is_text(column.type):
        lengths = pc.fill_null(pc.binary_length(column), -1)
        return _fixed(lengths), _texts(column.drop_null())
    return _fixed(column.is_valid().cast(pa.uint8())), _values(column.drop_null())


def _is_text(kind: pa.DataType) -> bool:
    return any(is_(kind) for is_ in (pa.types.is_string, pa.types.is_binary)) or _is_large(kind)


def _is_large(kind: pa.DataType) -> bool:
    return bool(pa.types.is_large_string(kind) or pa.types.is_large_binary(kind))


def _texts(column: pa.Array) -> Iterator[memoryview]:
    _, offsets, content = column.buffers()
    if len(column) and content is not None:
        kind = np.dtype(np.int64 if _is_large(column.type) else np.int32)
        bounds = np.frombuffer(offsets, kind)[column.offset : column.offset + len(column) + 1]
        yield memoryview(content)[bounds[0] : bounds[-1]]


def _values(column: pa.Array) -> Iterator[memoryview | bytes]:
    if pa.types.is_primitive(column.type) or pa.types.is_decimal(column.type):
        yield _fixed(column)
    else:  # lists, structures and views come in no text file and from no table: they may be slow
        yield repr(column.to_pylist()).encode()


def _fixed(column: pa.Array) -> memoryview:
    """Exactly the bytes of a column of fixed width that has no nulls."""
    if not len(column):
        return memoryview(b"")
    width = column.type.bit_width // 8
    return memoryview(column.buffers()[1])[column.offset * width : (column.offset + len(column)) * width]
