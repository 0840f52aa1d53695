"""The Arrow type of each kind of field: one for rows on their way and in the warehouse."""

from typing import Final

import pyarrow as pa

from hedui.model.contract import FieldType

COLUMN_TYPES: Final[dict[FieldType, pa.DataType]] = {
    "text": pa.string(),
    "date": pa.date32(),
    "month": pa.date32(),  # its first day
    "timestamp": pa.timestamp("us", tz="UTC"),
    "integer": pa.int64(),
    "decimal": pa.decimal128(18, 2),
}
