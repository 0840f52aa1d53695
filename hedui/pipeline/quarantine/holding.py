"""Write down each row that a batch holds back: where it stands, whose it is, and what is wrong with it."""

import io
from datetime import UTC, datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hedui.ledger.tables import Batch, Finding, HeldRow
from hedui.model.contract import Dataset
from hedui.pipeline.quarantine.records import marks, only
from hedui.pipeline.raw_rows import divisions
from hedui.pipeline.stores import Stores
from hedui.validation.preparation import prepare

_AGREE = "expect_rows_of_one_version_to_agree"
_LISTED = "SELECT row, '[' || string_agg(finding, ',' ORDER BY finding) || ']' AS findings FROM faults GROUP BY row"
_LINES = f"""
    SELECT $batch AS batch_id, row, $dataset AS dataset, 'held' AS state,
           '\\x' || hex(mark) AS record_mark, source, position, region, coalesce(findings, '[]') AS findings,
           1 AS reminded, $now AS changed_at
    FROM held LEFT JOIN ({_LISTED}) USING (row)"""


def hold(stores: Stores, session: Session, dataset: Dataset, batch: Batch, faults: pa.Table) -> None:
    """A line of the ledger for each row in the batch's quarantine; `faults` are all there were, by row."""
    session.flush()
    session.execute(sa.delete(HeldRow).where(HeldRow.batch_id == batch.id))
    holding = of_findings(faults, [f for f in batch.findings if f.on_failure == "quarantine_rows"])
    doubtful = of_findings(faults, [f for f in batch.findings if doubts_key(dataset, f)])["row"]
    said = {"batch": batch.id, "dataset": batch.dataset, "now": datetime.now(UTC).isoformat()}
    for piece in stores.quarantine(dataset).read(batch.id):
        if piece.num_rows:
            held = _held(stores, dataset, piece, doubtful)
            with duckdb.connect(config={"temp_directory": ""}) as engine:  # nothing of this may be spilled
                engine.register("held", held)
                engine.register("faults", _of_rows(holding, held["row"]))
                _copy(session, engine.execute(_LINES, said).to_arrow_table())


def doubts_key(dataset: Dataset, finding: Finding) -> bool:
    """Whether the finding makes a row doubtful as to which record it speaks of."""
    # Rows of one key that contradict each other name their record all the same.
    holds_back = finding.on_failure == "quarantine_rows" and finding.expectation != _AGREE
    return holds_back and finding.field in dataset.key and finding.count > 0


def of_findings(faults: pa.Table, findings: list[Finding]) -> pa.Table:
    """Those of the faults that belong to these findings."""
    return faults.filter(pc.is_in(faults["finding"], pa.array([f.ordinal for f in findings], pa.int32())))


def _held(stores: Stores, dataset: Dataset, piece: pa.RecordBatch, doubtful: pa.ChunkedArray) -> pa.Table:
    region = dataset.region if dataset.region in dataset.fields else None  # a later contract may have dropped it
    rows = prepare(piece, only(dataset, [*dataset.key, *([region] if region else [])])).rows
    named = pc.if_else(pc.is_in(rows["_row"], doubtful), None, marks(dataset, stores.vault, rows))
    where = {"row": rows["_row"], "source": rows["_source"], "position": rows["_position"]}
    # What stands there and is no division code may be anything, a number of a person too: the ledger never holds it.
    office = divisions(rows[region].cast(pa.string())) if region else pa.nulls(len(rows), pa.string())
    return pa.table(where | {"region": office, "mark": named})


def _of_rows(faults: pa.Table, rows: pa.ChunkedArray) -> pa.Table:
    """The faults from the first of these rows to the last, cut out without looking at the others."""
    ends = pc.min_max(rows).as_py()
    numbers = faults["row"].to_numpy()
    first, last = np.searchsorted(numbers, ends["min"]), np.searchsorted(numbers, ends["max"], side="right")
    return faults.slice(first, last - first)


def _copy(session: Session, lines: pa.Table) -> None:
    text = io.BytesIO()
    pacsv.write_csv(lines, text, pacsv.WriteOptions(include_header=False))
    text.seek(0)
    listed = ", ".join(f'"{name}"' for name in lines.column_names)
    cursor = session.connection().connection.cursor()
    cursor.copy_expert(f"COPY held_row ({listed}) FROM STDIN (FORMAT csv)", text)
