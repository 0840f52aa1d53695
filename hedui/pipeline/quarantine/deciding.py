"""What a person decides about held rows, with name and reason: a doubtful value is right, or a row is thrown away."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hedui import shelves
from hedui.ledger.ledger import audit
from hedui.ledger.tables import Confirmation, Finding, HeldRow
from hedui.model.contract import Dataset
from hedui.model.errors import TerminalError
from hedui.model.facts import Replayed, Said
from hedui.pipeline.batch_log import at_work
from hedui.pipeline.quarantine.files import held_rows
from hedui.pipeline.quarantine.moving import move, rows_in, tell
from hedui.pipeline.quarantine.records import only, value_marks
from hedui.pipeline.quarantine.replaying import finish, replay_batch
from hedui.pipeline.stores import Stores
from hedui.validation.preparation import prepare
from hedui.validation.suite import read_suite

_WHICH = ("dataset", "record_mark", "field", "expectation")
# Of a row: its number, its record, and of each doubtful field the finding.
_Doubts = Sequence[tuple[int, bytes, Finding]]


def confirm(stores: Stores, chosen: Mapping[str, Sequence[int]], said: Said) -> list[Replayed]:
    """Write down that doubtful values of these rows are right, then replay the rows.

    Raises TerminalError for a row of which nothing can be confirmed.
    """
    for name, rows in chosen.items():
        with at_work(stores.ledger, name) as (_, dataset), stores.ledger.session() as session:
            doubts = _doubts(session, dataset, name, rows)
            _note(session, stores, dataset, name, doubts, said)
            audit(session, "confirmed", batch=name, rows=len(rows), by=said.by, reason=said.reason)
    return [replay_batch(stores, name, pa.array(rows, pa.int64())) for name, rows in chosen.items()]


def discard(stores: Stores, chosen: Mapping[str, Sequence[int]], said: Said) -> int:
    """Throw these rows away: none of them is ever replayed. Returns how many went."""
    discarded = 0
    for name, rows in chosen.items():
        with at_work(stores.ledger, name):
            finish(stores, name)
            with stores.ledger.session() as session:
                moved = move(session, "discarded", HeldRow.batch_id == name, rows_in(rows))
                count = moved.get(name, 0)
                audit(session, "discarded", batch=name, rows=count, by=said.by, reason=said.reason)
            tell(stores, moved)
        discarded += count
    return discarded


def _doubts(session: Session, dataset: Dataset, name: str, rows: Sequence[int]) -> _Doubts:
    confirmable = {
        (e.type, e.field) for e in read_suite(shelves.dataset(dataset.full_name)).expectations if e.meta.confirmable
    }
    findings = session.scalars(sa.select(Finding).where(Finding.batch_id == name)).all()
    doubtful = {f.ordinal: f for f in findings if (f.expectation, f.field) in confirmable}
    held = session.scalars(sa.select(HeldRow).where(HeldRow.batch_id == name, rows_in(rows)).order_by(HeldRow.row))
    doubts: list[tuple[int, bytes, Finding]] = []
    for row in held:
        found = [doubtful[ordinal] for ordinal in row.findings if ordinal in doubtful]
        if not found or row.record_mark is None:
            why = "its key makes no sense" if found else "nothing that holds it back is a mere doubt"
            raise TerminalError(name, f"row {row.row} cannot be confirmed: {why}", "Have it corrected, or discard it")
        doubts += [(row.row, row.record_mark, finding) for finding in found]
    return doubts


def _note(session: Session, stores: Stores, dataset: Dataset, name: str, doubts: _Doubts, said: Said) -> None:
    values = _values(stores, dataset, name, doubts)
    for row, record, finding in doubts:
        value: dict[str, Any] = {
            "value_mark": values[finding.field, row],
            "by": said.by,
            "reason": said.reason,
            "at": datetime.now(UTC),
        }
        of_record = {"dataset": dataset.full_name, "record_mark": record, "field": finding.field}
        noted = insert(Confirmation).values(**of_record, expectation=finding.expectation, **value)
        session.execute(noted.on_conflict_do_update(index_elements=_WHICH, set_=value))


def _values(stores: Stores, dataset: Dataset, name: str, doubts: _Doubts) -> dict[tuple[str, int], bytes]:
    """Which value each doubtful row has in each doubtful field."""
    fields, marked = {finding.field for _, _, finding in doubts}, dict[tuple[str, int], bytes]()
    for piece in held_rows(stores.quarantine(dataset), name, pa.array([row for row, _, _ in doubts], pa.int64())):
        rows = prepare(piece, only(dataset, fields)).rows
        for field in fields:
            of_rows = value_marks(dataset, stores.vault, rows[field]).to_pylist()
            marked |= {(field, row): mark for row, mark in zip(rows["_row"].to_pylist(), of_rows, strict=True)}
    return marked
