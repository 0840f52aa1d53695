"""What a service seems to have, judged by the records of its first pages."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import pyarrow as pa

from connectors.text_rows import Record, columns_of, values_of


class _Integer(str): ...


class _Float(str): ...


_read: Final = partial(json.loads, parse_int=_Integer, parse_float=_Float, parse_constant=_Float)
_TYPES: Final[Mapping[frozenset[type], pa.DataType]] = {
    frozenset({bool}): pa.bool_(),
    frozenset({_Integer}): pa.int64(),
    frozenset({_Float}): pa.float64(),
    frozenset({_Integer, _Float}): pa.float64(),
}


def read_native(text: str | bytes) -> Any:
    """JSON as `read_json` reads it, whose numbers still know that they are numbers."""
    return _read(text.decode("utf-8-sig") if isinstance(text, bytes) else text)


def schema_of(records: Sequence[Record], wanted: Sequence[str] = ()) -> pa.Schema:
    """The columns of records that were read by `read_native`, each of the narrowest type that holds its values.

    What lists hold is nobody's column unless it is wanted: `suppliers.0.id`.
    """
    names = columns_of(records)
    within = [name for name in wanted if name not in names and values_of(records, name) is not None]
    return pa.schema([(name, _type(values_of(records, name) or [])) for name in [*names, *within]])


def _type(values: Sequence[Any]) -> pa.DataType:
    return _TYPES.get(frozenset(type(value) for value in values if value is not None), pa.string())
