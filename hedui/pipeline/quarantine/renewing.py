"""What is written down of a replay: rows that came in, and of the others what is wrong with them now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hedui.ledger.tables import Batch, HeldRow
from hedui.ledger.tables import Finding as Noted
from hedui.pipeline.quarantine.moving import rows_in
from hedui.validation.verdict import BAD_ROWS, Finding
from hedui.warehouse import Loaded

_RENEWED = sa.text("""
    UPDATE held_row SET findings = now.findings::jsonb FROM unnest(:row, :findings) AS now(row, findings)
    WHERE held_row.batch_id = :batch AND held_row.row = now.row AND held_row.state = 'held'""")


@dataclass(frozen=True)
class Booking:
    """`coming` rows came in, `judged` were judged again; `bad_rows` says which of the `findings` each has now."""

    loaded: Loaded
    coming: pa.Array
    judged: pa.Array
    findings: Sequence[Finding]
    bad_rows: pa.Table


def renew(batch: Batch, faults: pa.Table, booking: Booking) -> pa.Table:
    """What is wrong with the batch's rows now, in place of `faults`; its findings are changed to fit.

    What was found of the table is left out: of some rows alone it says nothing.
    """
    known = {_what(finding): finding for finding in batch.findings}
    for found in booking.findings:
        if found.count and _what(found) not in known:
            known[_what(found)] = _noted(found, max((f.ordinal for f in known.values()), default=-1) + 1)
    numbers = [known[_what(found)].ordinal if found.count else -1 for found in booking.findings]
    kept = faults.filter(pc.invert(pc.is_in(faults["row"], booking.judged)))
    new = booking.bad_rows.filter(pc.is_in(booking.bad_rows["row"], booking.judged))
    ordinals = pa.array(numbers, pa.int32()).take(new["finding"].combine_chunks())
    together = pa.concat_tables([kept, new.set_column(2, BAD_ROWS.field("finding"), ordinals)])
    together = together.sort_by([("row", "ascending"), ("finding", "ascending")]).combine_chunks()
    _count(batch, list(known.values()), together)
    return together


def book(session: Session, batch: Batch, booking: Booking, faults: pa.Table) -> None:
    """Rows that came in are held no longer, and their batch has one more replay."""
    _leave(session, batch, booking)
    loaded = booking.loaded
    batch.loaded, batch.superseded = batch.loaded + loaded.current, batch.superseded + loaded.superseded
    batch.duplicate += loaded.duplicate
    batch.replays, batch.replaying = batch.replays + 1, False
    session.flush()
    _renew_rows(session, batch, booking, faults)


def _leave(session: Session, batch: Batch, booking: Booking) -> None:
    """A row may have found another end since it was committed, where the ledger did not know of it: this one counts."""
    of_batch = HeldRow.batch_id == batch.id, rows_in(booking.coming.to_pylist())
    states = session.execute(sa.select(HeldRow.state, sa.func.count()).where(*of_batch).group_by(HeldRow.state)).all()
    for state, count in states:
        column = "quarantined" if state == "held" else state
        setattr(batch, column, getattr(batch, column) - count)
    came_in = sa.update(HeldRow).where(*of_batch).values(state="replayed", findings=[], changed_at=datetime.now(UTC))
    session.execute(came_in, execution_options={"synchronize_session": False})


def _renew_rows(session: Session, batch: Batch, booking: Booking, faults: pa.Table) -> None:
    holding = [f.ordinal for f in batch.findings if f.on_failure != "warn"]
    staying = pc.and_(
        pc.is_in(faults["finding"], pa.array(holding, pa.int32())), pc.is_in(faults["row"], booking.judged)
    )
    with duckdb.connect(config={"temp_directory": ""}) as engine:
        engine.register("faults", faults.filter(staying))
        found = engine.sql(
            "SELECT row, '[' || string_agg(finding, ',' ORDER BY finding) || ']' AS findings FROM faults GROUP BY row"
        ).to_arrow_table()
    if found.num_rows:
        session.execute(_RENEWED, {"batch": batch.id, **found.to_pydict()})


def _count(batch: Batch, findings: Sequence[Noted], faults: pa.Table) -> None:
    """Findings on the table stay as they are; of those on rows the ones go of which nothing is left.

    Rows that came in after all had no fault, nor does the agency's score count one.
    """
    counts = {one["values"]: one["counts"] for one in pc.value_counts(faults["finding"]).to_pylist()}
    own = [finding.ordinal for finding in findings if finding.on_failure != "warn" and finding.scored]
    batch.own_faulty = len(faults.filter(pc.is_in(faults["finding"], pa.array(own, pa.int32())))["row"].unique())
    on_rows = [finding for finding in findings if finding.count]
    for finding in on_rows:
        finding.count = counts.get(finding.ordinal, 0)
    batch.findings = [finding for finding in findings if finding.count or finding not in on_rows]


def _what(finding: Finding | Noted) -> tuple[str, str, str, str]:
    title = finding.title if isinstance(finding.title, dict) else finding.title.model_dump()
    return finding.expectation, finding.field, finding.on_failure, title["en"]


def _noted(finding: Finding, ordinal: int) -> Noted:
    return Noted(
        ordinal=ordinal,
        expectation=finding.expectation,
        field=finding.field,
        severity=finding.severity,
        on_failure=finding.on_failure,
        title=finding.title.model_dump(),
        advice=finding.advice.model_dump(),
        count=finding.count,
        scored=finding.scored,
    )
