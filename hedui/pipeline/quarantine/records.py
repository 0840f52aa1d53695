"""Which record a held row speaks of, and which value it holds: keyed, and as the warehouse's tokens say it."""

from collections.abc import Iterable

import duckdb
import pyarrow as pa

from hedui.model.contract import Dataset
from hedui.model.errors import TerminalError
from hedui.pseudonym import Vault
from hedui.pseudonym.rows import pseudonymised
from hedui.validation.preparation import PLACE, prepare
from hedui.warehouse.schema import content_schema
from hedui.warehouse.versions import record_sql


def only(dataset: Dataset, fields: Iterable[str]) -> Dataset:
    """The contract as if it had these fields alone: the others need not be prepared."""
    wanted = set(fields)
    return dataset.model_copy(update={"fields": {n: field for n, field in dataset.fields.items() if n in wanted}})


def key_schema(dataset: Dataset) -> pa.Schema:
    """The columns of a dataset's key as they stand in the warehouse."""
    kept = content_schema(dataset)
    return pa.schema([kept.field(name) for name in dataset.key])


def key_tokens(dataset: Dataset, vault: Vault, prepared: pa.RecordBatch) -> pa.RecordBatch:
    """The keys of prepared rows as they stand in the warehouse."""
    schema = key_schema(dataset)
    return pseudonymised(prepared, only(dataset, dataset.key), vault).select(schema.names).cast(schema)


def marks(dataset: Dataset, vault: Vault, prepared: pa.RecordBatch) -> pa.BinaryArray:
    """Of each prepared row which record it speaks of; null where a part of its key is missing."""
    keys = pa.Table.from_batches([key_tokens(dataset, vault, prepared)])
    with duckdb.connect(config={"temp_directory": ""}) as engine:  # nothing of this may be spilled
        engine.register("keys", keys)
        found = engine.sql(f"SELECT {record_sql(dataset)} AS mark FROM keys").to_arrow_table()
    return found["mark"].combine_chunks().cast(pa.binary())


def mark_of(dataset: Dataset, vault: Vault, record: str) -> bytes:
    """The mark of a record by the agency's own key; its parts, where there are several, separated by commas.

    Raises TerminalError for what cannot be such a key.
    """
    parts = [part.strip() for part in record.split(",")] if len(dataset.key) > 1 else [record.strip()]
    if len(parts) == len(dataset.key):
        place = {"_row": [0], "_source": [""], "_position": [0]}
        typed = {dataset.fields[name].source: [part] for name, part in zip(dataset.key, parts, strict=True)}
        landed = pa.RecordBatch.from_pydict(typed | place).select([*typed, *PLACE])
        mark = marks(dataset, vault, prepare(landed, only(dataset, dataset.key)).rows)[0].as_py()
        if mark is not None:
            return bytes(mark)
    raise TerminalError(dataset.full_name, "this is no key of its records", f"Give {', '.join(dataset.key)}")


def value_marks(dataset: Dataset, vault: Vault, values: pa.Array) -> pa.BinaryArray:
    """Of each prepared value which it is."""
    return vault.records(dataset.programme, values.cast(pa.string()))
