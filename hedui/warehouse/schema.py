"""Which columns a dataset has in the warehouse."""

from collections.abc import Iterator

import pyarrow as pa

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

# After the agency's own time of change, which leads: a late or repeated delivery therefore takes its right place.
_ORDER = ("interval_end", "delivery_sequence", "known_from", "batch_row")


def content_schema(dataset: Dataset) -> pa.Schema:
    """The contract's kept fields as they stand in the warehouse: identifiers are binary tokens."""
    return pa.schema(
        [column for name, field in dataset.fields.items() if field.keep for column in _columns(name, field)]
    )


def table_schema(dataset: Dataset) -> pa.Schema:
    return pa.schema([*content_schema(dataset), *SYSTEM])


def newest_first(dataset: Dataset) -> str:
    return ", ".join(f"{column} DESC" for column in (dataset.cursor, *_ORDER))


def oldest_first(dataset: Dataset) -> str:
    return ", ".join((dataset.cursor, *_ORDER))


def _columns(name: str, field: ContractField) -> Iterator[pa.Field]:
    if field.identifier == "name":
        yield from (pa.field(f"{name}_{form}", pa.binary()) for form in field.name_forms)
    elif field.identifier:
        yield pa.field(name, pa.binary())
    else:
        yield pa.field(name, COLUMN_TYPES[field.type])
