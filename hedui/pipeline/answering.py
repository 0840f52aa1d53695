"""What agencies answered about records that they were asked to mend, written to the rows that are held back.

Answers come as a dataset of their own. They change no row: a person confirms, discards or passes on what they ask for.
"""

import logging
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from hedui.ledger.ledger import audit
from hedui.ledger.tables import Batch, HeldRow
from hedui.model.answers import Answer, answer_in
from hedui.model.contract import Answers, Dataset
from hedui.pipeline.batch_log import recalled
from hedui.pipeline.raw_rows import held_file
from hedui.pipeline.stores import Stores
from hedui.validation.preparation import prepare

_REFERENCE: Final = re.compile(r"(\S+)#([0-9]{1,18})")
_SAID: Final = """unnest(CAST(:batches AS text[]), CAST(:rows AS bigint[]), CAST(:answers AS text[]))
    AS said (batch_id, row, answer)"""
_KNOWN: Final = sa.text(f"SELECT count(*) FROM held_row JOIN {_SAID} USING (batch_id, row)")
# An answer that came later stays, in whichever order the deliveries are loaded.
_TAKE: Final = sa.text(f"""
    UPDATE held_row SET answer = said.answer, answered_at = :at FROM {_SAID}
    WHERE held_row.batch_id = said.batch_id AND held_row.row = said.row
      AND (answered_at IS NULL OR answered_at < :at)
    RETURNING held_row.row""")
_log = logging.getLogger(__name__)

Held = tuple[str, int]


def take_answers(stores: Stores, name: str) -> None:
    """Those of a batch that was loaded; of a dataset that brings none there is nothing to do. Done again it is as done.

    A reference that no list gave, or whose row is long gone, is counted in the log and passed over.
    """
    batch, dataset = recalled(stores.ledger, name)
    if dataset.answers is None or batch.state != "loaded" or batch.landing_deleted_at:
        return
    said, contradicted = _agreed(_said(stores, batch, dataset, dataset.answers))
    if contradicted:
        _log.warning("%s: %d rows have two answers in this delivery, and so none", name, contradicted)
    known, taken = _written(stores, batch, said)
    if unknown := len(said) - known:
        _log.warning("%s: %d of %d answers speak of no row that was held back", name, unknown, len(said))
    if taken:
        with stores.ledger.session() as session:
            audit(session, "answers taken", batch=name, answers=len(said), taken=taken, unknown=unknown)


def _agreed(answers: Iterator[tuple[Held, Answer]]) -> tuple[dict[Held, Answer], int]:
    """One answer for each row, and how many rows have several. Lists come back in parts, each for all rows."""
    said: dict[Held, set[Answer]] = defaultdict(set)
    for held, answer in answers:
        said[held].add(answer)
    agreed = {held: next(iter(answers)) for held, answers in said.items() if len(answers) == 1}
    return agreed, len(said) - len(agreed)


def _said(stores: Stores, batch: Batch, dataset: Dataset, where: Answers) -> Iterator[tuple[Held, Answer]]:
    """The answers that were chosen, by the row they speak of; of rows without one there is nothing to say."""
    doubtful = _doubtful(stores, batch, dataset)
    for piece in stores.landing(dataset).read(batch.id):
        rows = prepare(piece.filter(pc.invert(pc.is_in(piece["_row"], doubtful))), dataset).rows
        for reference, result in zip(rows[where.reference].to_pylist(), rows[where.result].to_pylist(), strict=True):
            named, answer = _REFERENCE.fullmatch(reference or ""), answer_in(result or "")
            if named and answer:
                yield (named[1], int(named[2])), answer


def _doubtful(stores: Stores, batch: Batch, dataset: Dataset) -> pa.Int64Array:
    """Rows that were held back and have not come in since."""
    held = [piece["_row"] for piece in held_file(stores, batch, dataset)]
    with stores.ledger.session() as session:
        replayed = sa.select(HeldRow.row).where(HeldRow.batch_id == batch.id, HeldRow.state == "replayed")
        came_in = pa.array(session.scalars(replayed).all(), pa.int64())
    rows = pa.chunked_array(held, pa.int64()).combine_chunks()
    return rows.filter(pc.invert(pc.is_in(rows, came_in)))


def _written(stores: Stores, batch: Batch, said: Mapping[Held, Answer]) -> tuple[int, int]:
    """How many of the rows there are, and how many had no answer as new as this."""
    if not said:
        return 0, 0
    given = {
        "batches": [held[0] for held in said],
        "rows": [held[1] for held in said],
        "answers": list(said.values()),
    }
    with stores.ledger.session() as session:
        known = session.scalar(_KNOWN, given)
        taken = session.execute(_TAKE, {**given, "at": batch.received_at}).all()
    return known or 0, len(taken)
