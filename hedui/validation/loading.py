"""Prepared rows become the table that is judged: bounded in memory, and holding no more than the suite compares."""

from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from typing import Final

import duckdb
import pyarrow as pa

from hedui.ahead import mapped_ahead
from hedui.model.contract import Dataset
from hedui.model.errors import HeduiError
from hedui.validation.beside import CONTENT, Beside, find_contradictions, with_columns
from hedui.validation.preparation import Prepared, prepare, prepared_schema
from hedui.validation.suite import Suite

TABLE: Final = "batch"
# Where a row stands is looked up later, of the few that fail.
_NOT_JUDGED: Final = ("_source", "_position")

ListRepairs = Callable[[pa.RecordBatch], None]


class Tally:
    """What preparing the rows counted while they streamed by."""

    def __init__(self, dataset: Dataset, list_repairs: ListRepairs | None) -> None:
        self._list_repairs = list_repairs
        self.pulled = 0
        self.repaired = 0
        self.repairs: Counter[tuple[str, str]] = Counter()
        self.filled = dict.fromkeys(dataset.fields, 0)

    def add(self, prepared: Prepared) -> None:
        self.pulled += prepared.rows.num_rows
        self.repaired += prepared.repaired
        self.repairs.update(prepared.repairs)
        for name in self.filled:
            self.filled[name] += prepared.rows.num_rows - prepared.rows[name].null_count
        if self._list_repairs and prepared.repaired:
            self._list_repairs(prepared.listed)


def load(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    suite: Suite,
    batches: Iterable[pa.RecordBatch],
    columns: list[Beside],
    list_repairs: ListRepairs | None = None,
) -> Tally:
    """Prepare the landed `batches` and load them into `TABLE`, with `columns` beside them.

    Where the suite compares no values of a field, such as those of names and most identifiers, the table holds only
    whether it is filled. `_content` is a hash over all fields as they were. Raises what `batches` raises.
    """
    tally, broken_by = Tally(dataset, list_repairs), list[HeduiError]()
    schema = pa.schema([*prepared_schema(dataset), *(pa.field(column.name, column.kind) for column in columns)])
    with closing(_prepared(dataset, batches, columns, tally, broken_by)) as rows:
        connection.register("prepared", pa.RecordBatchReader.from_batches(schema, rows))
        try:
            connection.execute(f"CREATE TABLE {TABLE} AS SELECT {_selected(dataset, suite, columns)} FROM prepared")
        except duckdb.Error:
            if broken_by:  # the error of the landing, which DuckDB wraps in its own
                raise broken_by[0] from None
            raise
        connection.unregister("prepared")
    find_contradictions(connection, suite, TABLE)
    return tally


def _selected(dataset: Dataset, suite: Suite, columns: list[Beside]) -> str:
    kept = [name for name in prepared_schema(dataset).names if name not in _NOT_JUDGED]
    of_presence = dataset.fields.keys() - suite.compared
    known = [_whether_filled(name) if name in of_presence else f'"{name}"' for name in kept]
    beside = [f'"{column.name}"' for column in columns]
    content = ", ".join(f'"{name}"' for name in dataset.fields)
    return ", ".join([*known, *beside, f"hash({content}) AS {CONTENT}"])


def _whether_filled(field: str) -> str:
    return f'CASE WHEN "{field}" IS NOT NULL THEN true END AS "{field}"'


def _prepared(
    dataset: Dataset,
    batches: Iterable[pa.RecordBatch],
    columns: list[Beside],
    tally: Tally,
    broken_by: list[HeduiError],
) -> Generator[pa.RecordBatch]:
    def ready(batch: pa.RecordBatch) -> tuple[Prepared, pa.RecordBatch]:
        prepared = prepare(batch, dataset)
        return prepared, with_columns(prepared.rows, columns)

    try:
        with closing(mapped_ahead(ready, batches)) as pieces:
            for prepared, rows in pieces:
                tally.add(prepared)
                yield rows
    except HeduiError as error:
        broken_by.append(error)
        raise
