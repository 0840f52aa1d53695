"""Columns that a database delivers in types of its own: taken whole, or written out as text for the readers."""

from collections.abc import Callable
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from hedui.columns import COLUMN_TYPES
from hedui.model.contract import FieldType
from hedui.model.interval import PROVINCE_TIME
from hedui.validation.readers import as_text, in_calendar, province_moments

# Beyond, floating point no longer tells one whole number from the next.
_WHOLE = 2.0**53
_REFUSED = (pa.ArrowInvalid, pa.ArrowNotImplementedError)


def taken(column: pa.Array, kind: FieldType) -> pa.Array | None:
    """The column in the contract's type. None where its own type does not fit, or one value: then text must be read.

    Which way a row goes never changes its value, so a part of a batch gives the same as the whole.
    """
    take = _TAKERS.get(kind)
    try:
        return take(column) if take else None
    except _REFUSED:
        return None


def written(column: pa.Array) -> pa.StringArray | None:
    """The column as text; None where there is no such text, as for a list.

    Numbers are written without exponent, but not those of which floating point has lost the last digits.
    """
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        text = as_text(column)
    except _REFUSED:
        return None
    if pa.types.is_floating(column.type):
        return _without_exponents(text, pc.less_equal(pc.abs(column), _WHOLE))
    return _without_exponents(text) if pa.types.is_decimal(column.type) else text


def _dates(column: pa.Array) -> pa.Array | None:
    kind = column.type
    if pa.types.is_timestamp(kind):
        if kind.tz:  # the day depends on where one stands
            column = pc.local_timestamp(column.cast(pa.timestamp(kind.unit, PROVINCE_TIME.key)))
        return in_calendar(column.cast(COLUMN_TYPES["date"]))
    return in_calendar(column.cast(COLUMN_TYPES["date"])) if pa.types.is_date(kind) else None


def _months(column: pa.Array) -> pa.Array | None:
    days = _dates(column)
    return None if days is None else pc.floor_temporal(days, unit="month")


def _moments(column: pa.Array) -> pa.Array | None:
    if pa.types.is_timestamp(column.type) and column.type.tz:
        return in_calendar(column.cast(COLUMN_TYPES["timestamp"]))
    local = pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)
    return in_calendar(province_moments(column)) if local else None


def _integers(column: pa.Array) -> pa.Array | None:
    return column.cast(COLUMN_TYPES["integer"]) if pa.types.is_integer(column.type) else None


def _decimals(column: pa.Array) -> pa.Array | None:
    # Not from floating point: that cast would round 1.2345 without a word.
    return column.cast(COLUMN_TYPES["decimal"]) if pa.types.is_decimal(column.type) else None


_TAKERS: dict[FieldType, Callable[[pa.Array], pa.Array | None]] = {
    "date": _dates,
    "month": _months,
    "timestamp": _moments,
    "integer": _integers,
    "decimal": _decimals,
}


def _without_exponents(text: pa.StringArray, certain: pa.BooleanArray | bool = True) -> pa.StringArray:
    """0E-10, which is how Arrow writes a nought with ten decimals, as 0.0000000000; where the digits are `certain`."""
    short = pc.fill_null(pc.and_(pc.match_substring(text, "e", ignore_case=True), certain), False)
    long = [f"{Decimal(number):f}" for number in text.filter(short).to_pylist()]
    return pc.replace_with_mask(text, short, pa.array(long, pa.string()))
