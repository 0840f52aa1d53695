"""Which held rows a person means: by the numbers of rows of a batch, or by the agency's own record keys."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from hedui import shelves
from hedui.ledger.tables import Batch, HeldRow
from hedui.model.errors import TerminalError
from hedui.model.facts import Chosen
from hedui.pipeline.quarantine.moving import rows_in
from hedui.pipeline.quarantine.records import mark_of
from hedui.pipeline.stores import Stores


def held_by_batch(stores: Stores, chosen: Chosen) -> dict[str, list[int]]:
    """The rows that are meant, by batch."""
    if chosen.records:
        return chosen_records(stores, chosen.where, chosen.records)
    return chosen_rows(stores, chosen.where, chosen.rows)


def chosen_rows(stores: Stores, batch: str, rows: Sequence[int]) -> dict[str, list[int]]:
    """These rows of a batch. Raises TerminalError unless each of them is held and the batch is loaded."""
    if not rows:
        raise TerminalError(batch, "no row of it was named", "Name rows by their numbers")
    found = _held(stores, HeldRow.batch_id == batch, rows_in(rows)).get(batch, [])
    if missing := sorted({*rows} - {*found}):
        listed = ", ".join(map(str, missing[:5])) + (", …" if len(missing) > 5 else "")
        what = f"of its rows these are not held, or it is not loaded yet: {listed}"
        raise TerminalError(batch, what, "Look at `hedui quarantine list --rows` for those that are")
    return {batch: found}


def chosen_records(stores: Stores, dataset: str, records: Iterable[str]) -> dict[str, list[int]]:
    """The held rows of these records, by batch. Raises TerminalError for a record of which no row is held."""
    declared, chosen = shelves.dataset(dataset), dict[str, list[int]]()
    for number, record in enumerate(records, start=1):
        mark = mark_of(declared, stores.vault, record)
        found = _held(stores, HeldRow.dataset == dataset, HeldRow.record_mark == mark)
        if not found:
            what = f"no row of a loaded batch is held of the record that was named as number {number}"
            raise TerminalError(dataset, what, "Look at `hedui quarantine list` for what is held")
        for batch, rows in found.items():
            chosen[batch] = sorted({*chosen.get(batch, []), *rows})
    return chosen


def _held(stores: Stores, *which: sa.ColumnElement[bool]) -> dict[str, list[int]]:
    query = sa.select(HeldRow.batch_id, HeldRow.row).join(Batch, Batch.id == HeldRow.batch_id)
    found: dict[str, list[int]] = {}
    with stores.ledger.session() as session:
        held = session.execute(query.where(HeldRow.state == "held", Batch.state == "loaded", *which))
        for batch, row in held:
            found.setdefault(batch, []).append(row)
    return found
