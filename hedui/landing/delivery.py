"""Number the rows of a delivery, cut it into even pieces, and take its digest, in one pass."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from hedui.model.errors import DeliveryBroken

ROW = "_row"
ABOUT = ("_source", "_position", "_drift")  # what is said of a row, and is none of its content
_PIECE_ROWS = 65_536


@dataclass
class Delivery:
    """A stream of even pieces and, once it has run dry, what it was.

    `digest` is keyed, since the digest of a batch of one row could otherwise be guessed from the row. It covers the
    content and not the place, so that a delivery sent again in other parts is known again.
    """

    schema: pa.Schema
    pieces: Iterator[pa.RecordBatch] = field(repr=False)
    _hash: hashlib.blake2b = field(repr=False)

    @property
    def digest(self) -> bytes:
        return self._hash.digest()


def deliver(where: str, batches: Iterable[pa.RecordBatch], empty: pa.Schema, digest_key: bytes) -> Delivery:
    """The delivery that `batches` of the dataset `where` make; `empty` is its schema where there are none."""
    stream = iter(batches)
    first = next(stream, None)
    schema = _without_null_types(first.schema if first is not None else empty)
    numbered = schema.append(pa.field(ROW, pa.int64()))
    digest = hashlib.blake2b(key=digest_key, digest_size=32)
    cast = (_cast(where, batch, schema) for batch in _chain(first, stream))
    return Delivery(numbered, _pieces(cast, numbered, digest), digest)


def _pieces(
    batches: Iterable[pa.RecordBatch], numbered: pa.Schema, digest: hashlib.blake2b
) -> Iterator[pa.RecordBatch]:
    start, about = 0, [name for name in ABOUT if name in numbered.names]
    for piece in _even(batches):
        digest.update(memoryview(piece.drop_columns(about).serialize()))
        rows = pa.array(np.arange(start, start + piece.num_rows))
        yield pa.RecordBatch.from_arrays([*piece.columns, rows], schema=numbered)
        start += piece.num_rows


def _even(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in pieces of one size: how an agency cuts its pages must not change the digest."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        while sum(b.num_rows for b in waiting) >= _PIECE_ROWS:
            together = pa.Table.from_batches(waiting)
            yield _one(together.slice(0, _PIECE_ROWS))
            waiting = together.slice(_PIECE_ROWS).to_batches()
    if sum(b.num_rows for b in waiting):
        yield _one(pa.Table.from_batches(waiting))


def _one(table: pa.Table) -> pa.RecordBatch:
    return table.combine_chunks().to_batches()[0]


def _cast(where: str, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    try:
        return batch if batch.schema.equals(schema) else batch.cast(schema)
    except (pa.ArrowInvalid, ValueError):
        raise DeliveryBroken(
            where, "the type of a column changes within the delivery", "Ask the agency to send it again"
        ) from None


def _without_null_types(schema: pa.Schema) -> pa.Schema:
    return pa.schema([f.with_type(pa.string()) if pa.types.is_null(f.type) else f for f in schema])


def _chain(first: pa.RecordBatch | None, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    if first is not None:
        yield first
    yield from rest
