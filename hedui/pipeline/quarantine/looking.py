"""What is in the quarantine, counted, and single rows of it: where they stand, what is wrong, how to mend it."""

from collections import Counter
from collections.abc import Iterator, Mapping

import pyarrow as pa
import sqlalchemy as sa

from hedui.ledger.ledger import audit
from hedui.ledger.tables import Batch, Finding, HeldRow
from hedui.model.contract import Dataset
from hedui.model.declaration import Title
from hedui.model.errors import TerminalError
from hedui.model.facts import HeldFacts, HeldRowFacts, Said
from hedui.pipeline.batch_log import recalled
from hedui.pipeline.quarantine.files import held_rows
from hedui.pipeline.quarantine.stocktaking import unlisted
from hedui.pipeline.stores import Stores
from hedui.proposing.masking import masked
from hedui.validation.natives import written

Filter = Mapping[str, str | None]
_COLUMNS = {"dataset": HeldRow.dataset, "batch": HeldRow.batch_id, "state": HeldRow.state, "region": HeldRow.region}


def counts(stores: Stores, wanted: Filter, finding: str | None) -> list[HeldFacts]:
    """How many rows there are by batch, state, office and fault, the oldest batch first.

    `wanted` narrows them by dataset, batch, state and region, `finding` to one expectation.
    """
    place = HeldRow.dataset, HeldRow.batch_id, HeldRow.state, HeldRow.region
    group = *place, HeldRow.findings
    counted = sa.select(*group, sa.func.count()).join(Batch, Batch.id == HeldRow.batch_id).where(*_which(wanted))
    ordered = counted.group_by(*group, Batch.received_at).order_by(Batch.received_at, *place)
    with stores.ledger.session() as session:
        found = session.execute(ordered).all()
    known = _findings(stores, {one[1] for one in found})
    sums = Counter[tuple[str, str, str, str | None, int | None]]()
    for dataset, batch, state, region, ordinals, count in found:
        for ordinal in list[int | None](ordinals) or [None]:
            sums[dataset, batch, state, region, ordinal] += count
    rank = {place: number for number, place in enumerate(dict.fromkeys(where[:4] for where in sums))}
    in_order = sorted(sums.items(), key=lambda one: (rank[one[0][:4]], one[0][4] or 0))
    facts = (_counted(*where[:4], known.get((where[1], where[4])), count) for where, count in in_order)
    return [one for one in (*_unlisted(stores, wanted), *facts) if finding in (None, one.expectation)]


def _unlisted(stores: Stores, wanted: Filter) -> Iterator[HeldFacts]:
    """Of batches whose rows have no lines yet all that is known; they are older than all others."""
    if wanted.get("state") in (None, "held") and wanted.get("region") is None:
        which = {"dataset": Batch.dataset, "batch": Batch.id}
        for batch in unlisted(stores, *(column == wanted[name] for name, column in which.items() if wanted.get(name))):
            yield _counted(batch.dataset, batch.id, "held", None, None, batch.quarantined)


def rows(stores: Stores, wanted: Filter, finding: str | None) -> Iterator[HeldRowFacts]:
    """The rows themselves, without any value, as they stand in their batches."""
    query = sa.select(HeldRow).join(Batch, Batch.id == HeldRow.batch_id).where(*_which(wanted))
    with stores.ledger.session() as session:
        listed = session.scalars(query.order_by(Batch.received_at, HeldRow.batch_id, HeldRow.row)).all()
    known = _findings(stores, {row.batch_id for row in listed})
    for row in listed:
        wrong = _wrong(row, known)
        if finding is None or any(one.expectation == finding for one in wrong):
            yield _facts(row, wrong, {})


def row(stores: Stores, batch: str, number: int, in_clear: Said | None) -> HeldRowFacts:
    """One row with its values, masked; `in_clear` for a reason that the audit log keeps. Names are never shown.

    Raises TerminalError for a row that was not held back.
    """
    _, dataset = recalled(stores.ledger, batch)
    with stores.ledger.session() as session:
        held = session.get(HeldRow, (batch, number))
        if held is None:
            raise TerminalError(batch, f"its row {number} was not held back", "Look at `hedui quarantine list --rows`")
        if in_clear:
            audit(session, "held row shown", batch=batch, row=number, by=in_clear.by, reason=in_clear.reason)
        known = _findings(stores, {batch})
    return _facts(held, _wrong(held, known), _values(stores, dataset, held, in_clear is not None))


def _values(stores: Stores, dataset: Dataset, held: HeldRow, clear: bool) -> dict[str, str | None]:
    """By the agency's names; nothing once they are deleted."""
    files = stores.quarantine(dataset)
    if not files.size(held.batch_id):
        return {}
    named = {field.source for field in dataset.fields.values() if field.identifier == "name"}
    landed = pa.Table.from_batches(held_rows(files, held.batch_id, pa.array([held.row], pa.int64())))
    landed = landed.select(
        [s for s in dict.fromkeys(f.source for f in dataset.fields.values()) if s in landed.schema.names]
    )
    shown: dict[str, str | None] = masked(landed, dataset).to_pylist()[0]
    if clear:
        shown |= {name: _clear(landed[name]) for name in landed.column_names if name not in named}
    return shown


def _clear(column: pa.ChunkedArray) -> str | None:
    text = written(column.combine_chunks())
    return "…" if text is None else text[0].as_py()


def _which(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    return [_COLUMNS[name] == value for name, value in wanted.items() if value is not None]


def _findings(stores: Stores, batches: set[str]) -> Mapping[tuple[str, int | None], Finding]:
    with stores.ledger.session() as session:
        found = session.scalars(sa.select(Finding).where(Finding.batch_id.in_(batches))).all()
    return {(finding.batch_id, finding.ordinal): finding for finding in found}


def _wrong(row: HeldRow, known: Mapping[tuple[str, int | None], Finding]) -> list[Finding]:
    """What a restored ledger knew of a row may have been found of no row any more."""
    return [known[row.batch_id, ordinal] for ordinal in row.findings if (row.batch_id, ordinal) in known]


def _counted(dataset: str, batch: str, state: str, region: str | None, finding: Finding | None, rows: int) -> HeldFacts:
    if finding is None:
        return HeldFacts(dataset, batch, state, region, None, None, None, rows)
    title = Title(**finding.title)
    return HeldFacts(dataset, batch, state, region, finding.expectation, finding.field, title, rows)


def _facts(row: HeldRow, wrong: list[Finding], values: Mapping[str, str | None]) -> HeldRowFacts:
    return HeldRowFacts(
        dataset=row.dataset,
        batch=row.batch_id,
        row=row.row,
        state=row.state,
        source=row.source,
        position=row.position,
        region=row.region,
        reminded=row.reminded,
        answer=row.answer,
        wrong=[(finding.field, Title(**finding.title), Title(**finding.advice)) for finding in wrong],
        values=values,
    )
