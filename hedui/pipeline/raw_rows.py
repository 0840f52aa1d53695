"""Rows as they were delivered, for the agency that delivered them: which records they are, and what they say."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from hedui.identifiers.hiding import hidden_within
from hedui.ledger.tables import Batch
from hedui.model.contract import Dataset
from hedui.pipeline.stores import Stores
from hedui.validation.natives import written

_BETWEEN: Final = " / "
# Of a county, a township or a village. What else stands in the field is no office, and is never shown.
_DIVISION: Final = "^[1-8][0-9]{5}([0-9]{3}|[0-9]{6})?$"
_TOWNSHIP: Final = 9


def held_file(stores: Stores, batch: Batch, dataset: Dataset) -> Iterator[pa.RecordBatch]:
    """The rows that were held back; none once they are deleted."""
    return iter(()) if batch.quarantine_deleted_at else stores.quarantine(dataset).read(batch.id)


def only(pieces: Iterable[pa.RecordBatch], rows: pa.Array | Iterable[int]) -> Iterator[pa.RecordBatch]:
    """Those of these numbers."""
    wanted = rows if isinstance(rows, pa.Array) else pa.array(rows, pa.int64())
    for piece in pieces:
        kept = piece.filter(pc.is_in(piece["_row"], wanted))
        if kept.num_rows:
            yield kept


def record_keys(piece: pa.RecordBatch, dataset: Dataset) -> pa.StringArray:
    """The agency's own record keys as it wrote them; an identity number in one is hidden but for region and end."""
    parts = [pc.utf8_trim_whitespace(text_of(piece, dataset.fields[name].source)) for name in dataset.key]
    whole = pc.binary_join_element_wise(*parts, _BETWEEN, null_handling="skip") if len(parts) > 1 else parts[0]
    return hidden_within(pc.if_else(pc.equal(whole, ""), pa.scalar(None, pa.string()), whole))


def text_of(piece: pa.RecordBatch, source: str) -> pa.StringArray:
    """A column of the delivery; nulls where there is none, or none that can be written."""
    text = written(piece[source]) if source in piece.schema.names else None
    return pa.nulls(piece.num_rows, pa.string()) if text is None else text


def by_division(piece: pa.RecordBatch, dataset: Dataset) -> Counter[str]:
    """How many rows name each division, down to the township; the empty code is for none, or no such code."""
    if dataset.region is None:
        return Counter({"": piece.num_rows})
    codes = divisions(text_of(piece, dataset.fields[dataset.region].source)).fill_null("")
    return Counter({one["values"]: one["counts"] for one in pc.value_counts(codes).to_pylist()})


def divisions(codes: pa.StringArray) -> pa.StringArray:
    """Down to the township; null for what is no code of a division."""
    trimmed = pc.utf8_trim_whitespace(codes)
    known = pc.match_substring_regex(trimmed, _DIVISION)
    return pc.if_else(known, pc.utf8_slice_codeunits(trimmed, 0, _TOWNSHIP), pa.scalar(None, pa.string()))
