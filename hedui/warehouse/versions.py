"""Versions of records: which rows say nothing new, and which are current."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hedui.model.contract import Dataset
from hedui.warehouse.schema import content_schema, newest_first, oldest_first, table_schema

# The `batch_row` of a version that no row of the delivery made: its record was missing in a snapshot.
NO_ROW = -1


def versions_sql(dataset: Dataset, files: Sequence[str]) -> str:
    """Every version of every record, under the contract's columns."""
    return rows_sql(table_schema(dataset), files)


def rows_sql(schema: pa.Schema, files: Sequence[str]) -> str:
    """The rows of the files with exactly the columns of `schema`; a column that a file has not is null there."""
    columns = ", ".join(f'NULL::{_duckdb_type(f.type)} AS "{f.name}"' for f in schema)
    none = f"SELECT {columns} WHERE false"
    if not files:
        return none
    named = ", ".join(f'"{name}"' for name in schema.names)
    listed = ", ".join(f"'{file.replace(chr(39), chr(39) * 2)}'" for file in files)
    some = f"SELECT * FROM read_parquet([{listed}], union_by_name = true)"
    return f"SELECT {named} FROM ({none} UNION ALL BY NAME {some})"


def current_sql(dataset: Dataset, versions: str) -> str:
    """The newest version of each record of the relation `versions`, but for deleted ones."""
    return f"""
        SELECT * FROM (
            SELECT * FROM {versions}
            QUALIFY row_number() OVER (PARTITION BY {key_sql(dataset)} ORDER BY {newest_first(dataset)}) = 1
        ) WHERE NOT deleted"""


def key_sql(dataset: Dataset) -> str:
    return ", ".join(f'"{name}"' for name in dataset.key)


def record_sql(dataset: Dataset) -> str:
    """One value that names a record: its key where that is one token, else a digest of its parts.

    Null where a part is missing. A key without any identifier is no secret here: it stands in the rows as it is.
    """
    kinds = content_schema(dataset)
    if [kinds.field(name).type for name in dataset.key] == [pa.binary()]:
        return key_sql(dataset)
    parts = " || chr(31) || ".join(_as_text(name, kinds.field(name).type) for name in dataset.key)
    return f"unhex(sha256({parts}))"


def without_duplicates(engine: duckdb.DuckDBPyConnection, dataset: Dataset, staged: Path, known: Sequence[str]) -> int:
    """Take out of `staged` the rows that equal one already there; return how many rows stay."""
    duplicates = repeating(engine, dataset, staged, known)
    if len(duplicates):
        rewrite(staged, staged, duplicates)
    return int(pq.read_metadata(staged).num_rows)


def repeating(engine: duckdb.DuckDBPyConnection, dataset: Dataset, staged: Path, known: Sequence[str]) -> pa.Array:
    """The `batch_row` of those rows of `staged` that equal the version just before them."""
    return engine.sql(_duplicates_sql(dataset, staged, known)).to_arrow_table()["batch_row"].combine_chunks()


def rewrite(source: Path, target: Path, without: pa.Array, more: Iterable[pa.RecordBatch] = ()) -> None:
    """Write the rows of `source` but for those `without`, and `more`, to `target`, which appears whole."""
    draft = target.with_suffix(".partial")
    rows = pq.ParquetFile(source)
    with pq.ParquetWriter(draft, rows.schema_arrow, compression="zstd", compression_level=1) as writer:
        for piece in rows.iter_batches():
            writer.write_batch(piece.filter(pc.invert(pc.is_in(piece["batch_row"], without))))
        for piece in more:
            writer.write_batch(piece)
    draft.replace(target)


def count_current(engine: duckdb.DuckDBPyConnection, dataset: Dataset, batch: Path, files: Sequence[str]) -> int:
    """How many delivered rows of a batch are the newest version of their record, deletions included."""
    count = engine.sql(f"""
        WITH batch AS ({versions_sql(dataset, [str(batch)])}),
             versions AS ({versions_sql(dataset, files)}),
             newest AS (
                SELECT batch_id, batch_row FROM versions SEMI JOIN batch USING ({key_sql(dataset)})
                QUALIFY row_number() OVER (PARTITION BY {key_sql(dataset)} ORDER BY {newest_first(dataset)}) = 1)
        SELECT count(*) FROM newest SEMI JOIN batch USING (batch_id, batch_row)
        WHERE batch_row <> {NO_ROW}""").fetchone()
    return int(count[0]) if count else 0


def rows_of(
    engine: duckdb.DuckDBPyConnection, dataset: Dataset, batch: str, rows: pa.Array, files: Sequence[str]
) -> tuple[pa.Array, int]:
    """Which of these rows of a batch are there, and how many of them are the newest version of their record."""
    engine.register("asked", pa.table({"batch_row": rows}))
    engine.execute(
        f"CREATE TEMP TABLE there AS SELECT {key_sql(dataset)}, batch_row "
        f"FROM ({versions_sql(dataset, files)}) SEMI JOIN asked USING (batch_row) WHERE batch_id = ?",
        [batch],
    )
    there = engine.sql("SELECT DISTINCT batch_row FROM there ORDER BY batch_row").to_arrow_table()
    if not there.num_rows:
        return pa.array([], pa.int64()), 0
    newest = engine.execute(
        f"""
        WITH newest AS (
            SELECT batch_id, batch_row FROM ({versions_sql(dataset, files)}) SEMI JOIN there USING ({key_sql(dataset)})
            QUALIFY row_number() OVER (PARTITION BY {key_sql(dataset)} ORDER BY {newest_first(dataset)}) = 1)
        SELECT count(*) FROM newest SEMI JOIN there USING (batch_row) WHERE batch_id = ?""",
        [batch],
    ).fetchone()
    return there["batch_row"].combine_chunks(), int(newest[0]) if newest else 0


def _duplicates_sql(dataset: Dataset, staged: Path, known: Sequence[str]) -> str:
    """Rows of the batch that repeat the version just before them. Only keys that have several versions are compared."""
    content = [f'"{f.name}"' for f in content_schema(dataset)] + ["deleted"]
    before = " AND ".join(f"{c} IS NOT DISTINCT FROM lag({c}) OVER history" for c in content)
    key = key_sql(dataset)
    return f"""
        WITH staged AS ({versions_sql(dataset, [str(staged)])}),
             versions AS (SELECT *, true AS new FROM staged UNION ALL
                          SELECT *, false FROM ({versions_sql(dataset, known)})),
             several AS (SELECT {key} FROM versions GROUP BY {key} HAVING count(*) > 1 AND bool_or(new)),
             compared AS (
                SELECT batch_row, new, row_number() OVER history > 1 AND {before} AS repeats
                FROM versions SEMI JOIN several USING ({key})
                WINDOW history AS (PARTITION BY {key} ORDER BY {oldest_first(dataset)}))
        SELECT batch_row FROM compared WHERE new AND repeats"""


def _as_text(name: str, type_: pa.DataType) -> str:
    if pa.types.is_binary(type_):
        return f'hex("{name}")'
    if pa.types.is_timestamp(type_):  # its text would depend on the session's time zone
        return f'epoch_us("{name}")::VARCHAR'
    return f'"{name}"::VARCHAR'


def _duckdb_type(type_: pa.DataType) -> str:
    names = {"string": "VARCHAR", "binary": "BLOB", "date32[day]": "DATE", "int64": "BIGINT", "bool": "BOOLEAN"}
    if pa.types.is_timestamp(type_):
        return "TIMESTAMPTZ"
    return names.get(str(type_)) or f"DECIMAL({type_.precision},{type_.scale})"
