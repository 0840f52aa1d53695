"""Snapshots: a delivery that holds all records. What it lacks was deleted, and becomes a version that says so.

A record of which a row was held back is not missing. A snapshot that is older than one already loaded says nothing: the
newer one has said already what there is and what is gone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from hedui.model.contract import Dataset
from hedui.warehouse.schema import table_schema
from hedui.warehouse.versions import NO_ROW, current_sql, key_sql, repeating, rewrite, versions_sql

# A few missing records are never too many, unless they are all there are.
_A_FEW = 20


@dataclass(frozen=True)
class WholeDelivery:
    """A staged snapshot of `rows` good rows. `held` are the keys, as tokens, of the rows that were held back.

    `held` is None where one of them has no key that can be trusted: it may be any record, so none is missing.
    """

    batch: str
    rows: int
    interval_end: datetime
    sequence: int
    known_from: datetime
    held: pa.Table | None

    @property
    def place(self) -> str:
        """Sorts among the snapshots of a dataset."""
        return f"{self.interval_end.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}/{self.sequence:06d}"


@dataclass(frozen=True)
class TooMuchMissing:
    """A snapshot that lacks so many of the known records that it was not believed."""

    known: int
    missing: int


def settle(
    engine: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    whole: WholeDelivery,
    staged: Path,
    target: Path,
    files: Sequence[str],
) -> TooMuchMissing | None:
    """Write what the snapshot says anew to `target`: rows that differ, and versions that delete what is missing."""
    current = current_sql(dataset, f"({versions_sql(dataset, files)})")
    engine.execute(f"CREATE TEMP TABLE missing AS {_missing_sql(engine, dataset, whole, staged, current)}")
    missing, known = _count(engine, "missing"), 0
    if missing:
        known = _count(engine, f"({current})")
    if missing > dataset.vanished_share * known and (missing >= _A_FEW or missing == known):
        return TooMuchMissing(known, missing)
    duplicates = repeating(engine, dataset, staged, files)
    rewrite(staged, target, duplicates, _deletions(engine, dataset, whole))
    return None


def _missing_sql(
    engine: duckdb.DuckDBPyConnection, dataset: Dataset, whole: WholeDelivery, staged: Path, current: str
) -> str:
    if whole.held is None:
        return f"{current} LIMIT 0"
    engine.register("held", whole.held)
    key = key_sql(dataset)
    same = " AND ".join(f'known."{name}" IS NOT DISTINCT FROM delivered."{name}"' for name in dataset.key)
    return f"""
        WITH delivered AS (
            SELECT {key} FROM ({versions_sql(dataset, [str(staged)])}) UNION ALL SELECT {key} FROM held)
        SELECT * FROM ({current}) AS known ANTI JOIN delivered ON {same}"""


def _deletions(engine: duckdb.DuckDBPyConnection, dataset: Dataset, whole: WholeDelivery) -> Iterator[pa.RecordBatch]:
    """The missing records' last versions once more, as deleted by this delivery."""
    schema = table_schema(dataset)
    said = {
        "batch_id": whole.batch,
        "batch_row": NO_ROW,
        "interval_end": whole.interval_end,
        "delivery_sequence": whole.sequence,
        "known_from": whole.known_from,
        "deleted": True,
    }
    for piece in engine.sql("SELECT * FROM missing").to_arrow_reader(65_536):
        columns = [
            pa.repeat(pa.scalar(said[f.name], f.type), len(piece)) if f.name in said else piece[f.name].cast(f.type)
            for f in schema
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _count(engine: duckdb.DuckDBPyConnection, relation: str) -> int:
    found = engine.sql(f"SELECT count(*) FROM {relation}").fetchone()
    return int(found[0]) if found else 0
