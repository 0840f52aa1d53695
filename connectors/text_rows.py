"""JSON records as Arrow: every value stays the text the agency sent."""

import json
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Final

import pyarrow as pa

from connectors.base import SOURCE_NAME, SOURCE_ROW

Record = dict[str, Any]

# A number read as a float would lose digits that the agency sent; a bare NaN is no JSON.
_read: Final = partial(json.loads, parse_int=str, parse_float=str, parse_constant=str)


def read_json(text: str | bytes) -> Any:
    """JSON with its numbers left as text. Raises ValueError."""
    return _read(text)


def text_batch(records: Sequence[Record], columns: Iterable[str], source: str, first_row: int) -> pa.RecordBatch:
    """The named columns of `records` as text; a column that no record has is left out, for the caller to miss.

    Raises TypeError where a value is a list or an object.
    """
    names = [name for name in columns if not records or any(name in record for record in records)]
    arrays = [pa.array([_text(record.get(name)) for record in records], pa.string()) for name in names]
    place = [
        pa.repeat(pa.scalar(source, pa.string()), len(records)),
        pa.array(range(first_row, first_row + len(records))),
    ]
    return pa.record_batch([*arrays, *place], names=[*names, SOURCE_NAME, SOURCE_ROW])


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    raise TypeError("a value is a list or an object")
