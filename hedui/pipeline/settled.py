"""What was answered is not asked again, unless the record is delivered wrong once more and says something else."""

from collections.abc import Collection, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from hedui.ledger.tables import Batch, HeldRow
from hedui.model.answers import Answer
from hedui.model.contract import Dataset
from hedui.pipeline.batch_log import recalled
from hedui.pipeline.raw_rows import held_file, only, text_of
from hedui.pipeline.stores import Stores

_PROMISED: Final[Answer] = "mended"  # the record comes once more; wrong again, it is asked for again


def settled(stores: Stores, session: Session, batch: Batch, dataset: Dataset) -> list[int]:
    """Rows of which the agency answered for an earlier delivery: the same faults, and the same content."""
    old, new = aliased(HeldRow), aliased(HeldRow)
    answered = (
        sa.select(new.row, new.findings, old.batch_id, old.row, old.findings)
        .join(old, sa.and_(old.dataset == new.dataset, old.record_mark == new.record_mark))
        .where(new.batch_id == batch.id, new.state == "held", new.answer.is_(None))
        .where(old.batch_id != batch.id, old.answer.is_not(None), old.answer != _PROMISED)
    )
    pairs = session.execute(answered).all()
    if not pairs:
        return []
    now, faults_now = _content(stores, batch, dataset, {pair[0] for pair in pairs}), _faults(batch)
    found = []
    for name in {pair[2] for pair in pairs}:
        earlier, contract = recalled(stores.ledger, name)
        theirs = [pair for pair in pairs if pair[2] == name]
        before, faults_before = _content(stores, earlier, contract, {pair[3] for pair in theirs}), _faults(earlier)
        for row, findings, _, old_row, old_findings in theirs:
            known = _named(old_findings, faults_before)
            if _named(findings, faults_now) <= known and now.get(row) == before.get(old_row, ()):
                found.append(row)
    return found


def _faults(batch: Batch) -> dict[int, tuple[str, str]]:
    return {f.ordinal: (f.expectation, f.field) for f in batch.findings}


def _named(ordinals: Collection[int], faults: Mapping[int, tuple[str, str]]) -> set[tuple[str, str]]:
    """What a restored ledger knew of a row may have been found of no row any more."""
    return {faults[ordinal] for ordinal in ordinals if ordinal in faults}


def _content(stores: Stores, batch: Batch, dataset: Dataset, rows: Collection[int]) -> dict[int, tuple[Any, ...]]:
    """What each row says, but when the agency last wrote it."""
    said = [field.source for name, field in dataset.fields.items() if name != dataset.cursor]
    found: dict[int, tuple[Any, ...]] = {}
    for piece in only(held_file(stores, batch, dataset), rows):
        columns = [text_of(piece, source).to_pylist() for source in said]
        found |= dict(zip(piece["_row"].to_pylist(), zip(*columns, strict=True), strict=True))
    return found
