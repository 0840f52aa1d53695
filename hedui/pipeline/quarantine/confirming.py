"""Doubtful values that an agency says are right: as long as they stay the same, they are no fault."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from hedui.ledger.tables import Confirmation
from hedui.model.contract import Dataset
from hedui.pipeline.quarantine.records import marks, only, value_marks
from hedui.pipeline.stores import Stores
from hedui.validation.confirmed import Confirmed
from hedui.validation.preparation import prepare
from hedui.validation.verdict import BAD_ROWS, Finding

# By field and expectation: of which records which values were confirmed, the two joined.
_Known = Mapping[tuple[str, str], pa.BinaryArray]


def confirmed(stores: Stores, dataset: Dataset, rows: Callable[[], Iterator[pa.RecordBatch]]) -> Confirmed | None:
    """What was confirmed of the landed `rows`, read once more where one is in doubt; None where nothing ever was."""
    known = _known(stores, dataset)

    def of_doubtful(findings: Sequence[Finding], doubtful: pa.Table) -> pa.Table:
        wanted = doubtful["row"].combine_chunks()
        pieces = (piece.filter(pc.is_in(piece["_row"], wanted)) for piece in rows())
        right = [_right(stores, dataset, piece, known, findings) for piece in pieces if piece.num_rows]
        return pa.concat_tables([BAD_ROWS.empty_table(), *right])

    return of_doubtful if known else None


def _known(stores: Stores, dataset: Dataset) -> _Known:
    pairs = defaultdict[tuple[str, str], list[bytes]](list)
    with stores.ledger.session() as session:
        for one in session.scalars(sa.select(Confirmation).where(Confirmation.dataset == dataset.full_name)):
            if one.field in dataset.fields:
                pairs[one.field, one.expectation].append(one.record_mark + one.value_mark)
    return {what: pa.array(joined, pa.binary()) for what, joined in pairs.items()}


def _right(
    stores: Stores, dataset: Dataset, piece: pa.RecordBatch, known: _Known, findings: Sequence[Finding]
) -> pa.Table:
    """Of these rows what was confirmed, whether or not each finding is about them."""
    rows = prepare(piece, only(dataset, {*dataset.key, *(field for field, _ in known)})).rows
    records = marks(dataset, stores.vault, rows)
    parts = [BAD_ROWS.empty_table()]
    for number, finding in enumerate(findings):
        pairs = known.get((finding.field, finding.expectation))
        if finding.confirmable and pairs is not None:
            values = value_marks(dataset, stores.vault, rows[finding.field])
            said = pc.binary_join_element_wise(records, values, b"")
            right = rows["_row"].filter(pc.is_in(said, pairs))
            parts.append(pa.table([right, [finding.field] * len(right), [number] * len(right)], schema=BAD_ROWS))
    return pa.concat_tables(parts)
