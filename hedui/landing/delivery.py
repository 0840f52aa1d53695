"""Number the rows of a delivery, cut it into even pieces and these into segments, and take its digest, in one pass."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import numpy as np
import pyarrow as pa

from hedui.landing.digest import ContentDigest
from hedui.model.errors import DeliveryBroken, TransientError

ROW = "_row"
_PLACE = ("_source", "_position")
_PIECE_ROWS = 65_536


class Page(Protocol):
    """Rows, and where reading can go on after them; None: not just here."""

    @property
    def rows(self) -> pa.RecordBatch: ...

    @property
    def position(self) -> str | None: ...


@dataclass(frozen=True)
class Enough:
    """What is worth a segment of its own: losing more than this to a crash would hurt."""

    rows: int = 8 * _PIECE_ROWS
    seconds: float = 60.0


class Delivery:
    """Pages on their way into the landing zone, segment after segment.

    `schema` is that of all pieces, `rows` how many there are so far. After a segment `position` says where reading can
    go on; it is None after the last one. `broke_off` is why pages ended before their end, where they did.
    """

    def __init__(self, where: str, schema: pa.Schema, pages: Iterable[Page], digest_key: bytes) -> None:
        self.schema = schema.append(pa.field(ROW, pa.int64()))
        self.rows = 0
        self.position: str | None = None
        self.broke_off: TransientError | None = None
        self._where, self._content = where, schema
        self._pages = self._unbroken(pages)
        self._names = [name for name in schema.names if name not in _PLACE]
        self._digest = ContentDigest(digest_key, self._names)

    @property
    def digest(self) -> bytes:
        """Of the content and not of the places, so that a delivery sent again in other parts is known again.

        Rows that are to be held back for their form are other rows than the same ones in the right form.
        """
        return self._digest.digest()

    def segment(self, enough: Enough) -> Iterator[pa.RecordBatch]:
        """The pieces of the next segment: to the end, or to a page behind which one can go on once there is enough."""
        even, until = _Even(), time.monotonic() + enough.seconds
        self.position = None
        for page in self._pages:
            yield from map(self._numbered, even.pieces(self._cast(page.rows)))
            self.position = page.position
            if page.position is not None and (even.rows >= enough.rows or (even.rows and time.monotonic() > until)):
                break
        else:
            self.position = self.position if self.broke_off else None
        yield from map(self._numbered, even.rest())

    def take_back(self, landed: Iterable[pa.RecordBatch]) -> None:
        """Go on behind pieces that an attempt before has landed. They count for number and digest alone."""
        for piece in landed:
            self._count(piece)

    def _unbroken(self, pages: Iterable[Page]) -> Iterator[Page]:
        """Pages until the agency fails us, where reading can go on just there: what was read is not lost then."""
        try:
            yield from pages
        except TransientError as error:
            if self.position is None:
                raise
            self.broke_off = error

    def _numbered(self, piece: pa.RecordBatch) -> pa.RecordBatch:
        rows = pa.array(np.arange(self.rows, self.rows + piece.num_rows))
        self._count(piece)
        return pa.RecordBatch.from_arrays([*piece.columns, rows], schema=self.schema)

    def _count(self, piece: pa.RecordBatch) -> None:
        self._digest.add([piece[name] for name in self._names])
        self.rows += piece.num_rows

    def _cast(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        try:
            return batch if batch.schema.equals(self._content) else batch.cast(self._content)
        except (pa.ArrowInvalid, ValueError):
            raise DeliveryBroken(
                self._where, "the type of a column changes within the delivery", "Ask the agency to send it again"
            ) from None


def deliver(where: str, pages: Iterable[Page], empty: pa.Schema, digest_key: bytes) -> Delivery:
    """The delivery that `pages` of the dataset `where` make; `empty` is its schema where there are none."""
    stream = iter(pages)
    first = next(stream, None)
    schema = _without_null_types(first.rows.schema if first is not None else empty)
    return Delivery(where, schema, chain([] if first is None else [first], stream), digest_key)


def deliver_on(
    where: str, pages: Iterable[Page], schema: pa.Schema, landed: Iterable[pa.RecordBatch], digest_key: bytes
) -> Delivery:
    """The rest of a delivery of which the pieces `landed`, with this `schema`, are there already."""
    delivery = Delivery(where, schema.remove(schema.get_field_index(ROW)), pages, digest_key)
    delivery.take_back(landed)
    return delivery


class _Even:
    """The same rows in pieces of one size, however they come. `rows`: so many were put in."""

    def __init__(self) -> None:
        self.rows = 0
        self._waiting: list[pa.RecordBatch] = []
        self._held = 0

    def pieces(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """Put a batch in; what comes out is full."""
        self._waiting.append(batch)
        self._held += batch.num_rows
        self.rows += batch.num_rows
        while self._held >= _PIECE_ROWS:
            together = pa.Table.from_batches(self._waiting)
            yield _one(together.slice(0, _PIECE_ROWS))
            self._waiting = together.slice(_PIECE_ROWS).to_batches()
            self._held -= _PIECE_ROWS

    def rest(self) -> Iterator[pa.RecordBatch]:
        if self._held:
            yield _one(pa.Table.from_batches(self._waiting))


def _one(table: pa.Table) -> pa.RecordBatch:
    return table.combine_chunks().to_batches()[0]


def _without_null_types(schema: pa.Schema) -> pa.Schema:
    return pa.schema([f.with_type(pa.string()) if pa.types.is_null(f.type) else f for f in schema])
