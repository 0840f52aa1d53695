"""Which columns a dataset has in the warehouse."""

from collections.abc import Iterator

import pyarrow as pa
from pyiceberg.table import Table

from hedui.columns import COLUMN_TYPES
from hedui.model.contract import ContractField, Dataset

# What the pipeline adds: which batch and row it was, when its delivery was made and became known, whether it deletes.
SYSTEM = pa.schema(
    [
        ("batch_id", pa.string()),
        ("batch_row", pa.int64()),
        ("interval_end", pa.timestamp("us", tz="UTC")),
        ("delivery_sequence", pa.int64()),
        ("known_from", pa.timestamp("us", tz="UTC")),
        ("deleted", pa.bool_()),
    ]
)

# What Iceberg calls the types of our columns.
_STORED = {
    "string": pa.string(),
    "binary": pa.binary(),
    "date": pa.date32(),
    "long": pa.int64(),
    "boolean": pa.bool_(),
    "timestamptz": pa.timestamp("us", tz="UTC"),
    "decimal(18, 2)": pa.decimal128(18, 2),
}
_DELIVERY = ("interval_end", "delivery_sequence")
# Within a delivery. A row that was held back becomes known later and stands where it was delivered all the same.
_ROW = ("batch_row", "known_from")


def content_schema(dataset: Dataset) -> pa.Schema:
    """The contract's kept fields as they stand in the warehouse: identifiers are binary tokens."""
    return pa.schema(
        [column for name, field in dataset.fields.items() if field.keep for column in _columns(name, field)]
    )


def table_schema(dataset: Dataset) -> pa.Schema:
    return pa.schema([*content_schema(dataset), *SYSTEM])


def stored_schema(table: Table) -> pa.Schema:
    """The columns that a table has by now: those of every version of its contract so far."""
    return pa.schema([(field.name, _STORED[str(field.field_type)]) for field in table.schema().fields])


def newest_first(dataset: Dataset) -> str:
    return ", ".join(f"{column} DESC" for column in _order(dataset))


def oldest_first(dataset: Dataset) -> str:
    return ", ".join(_order(dataset))


def _order(dataset: Dataset) -> tuple[str, ...]:
    """Of changes the agency's own time leads, so that a late or repeated delivery takes its right place.

    A snapshot says everything anew: the later one is right, whatever stands in its rows.
    """
    if dataset.delivers == "snapshot":
        return *_DELIVERY, dataset.cursor, *_ROW
    return dataset.cursor, *_DELIVERY, *_ROW


def _columns(name: str, field: ContractField) -> Iterator[pa.Field]:
    if field.identifier == "name":
        yield from (pa.field(f"{name}_{form}", pa.binary()) for form in field.name_forms)
    elif field.identifier:
        yield pa.field(name, pa.binary())
    else:
        yield pa.field(name, COLUMN_TYPES[field.type])
