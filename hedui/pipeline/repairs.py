"""What was put right in a batch on its arrival: how often, and where. Never what stood there, before or after."""

from collections.abc import Iterator

import pyarrow as pa

from hedui.ledger.tables import Batch
from hedui.model.contract import Dataset
from hedui.model.facts import RepairedFacts, RepairFacts
from hedui.pipeline.batch_log import recalled
from hedui.pipeline.stores import Stores
from hedui.reports.lists import LISTED_REPAIRS, REPAIRED
from hedui.reports.words import REPAIRS


def repairs(stores: Stores, name: str) -> list[RepairFacts]:
    """Of each field each repair with its rows, in the order of the fields. Raises TerminalError for no such batch."""
    batch, dataset = recalled(stores.ledger, name)
    made = ((field, repair, rows) for field, counts in batch.repairs.items() for repair, rows in counts.items())
    order = list(dataset.fields)
    return [
        RepairFacts(field, dataset.fields[field].title, REPAIRS[repair], rows)
        for field, repair, rows in sorted(made, key=lambda one: (order.index(one[0]), -one[2], one[1]))
    ]


def repaired(stores: Stores, name: str) -> list[RepairedFacts]:
    """Where the first repairs were made, in the order of the delivery; nothing once they are deleted."""
    batch, dataset = recalled(stores.ledger, name)
    return [
        RepairedFacts(one["source"], one["position"], one["field"], REPAIRS[one["repair"]])
        for one in places_repaired(stores, batch, dataset).to_pylist()
    ]


def places_repaired(stores: Stores, batch: Batch, dataset: Dataset) -> pa.Table:
    """The same as a table of `REPAIRED`."""
    files, name = stores.quarantine(dataset), f"{batch.id}.repairs"
    if not batch.repairs or not files.size(name):  # deleted, or from before they were listed
        return REPAIRED.empty_table()
    pieces = [piece.select(REPAIRED.names) for piece in _first(files.read(name))]
    return pa.Table.from_batches(pieces, REPAIRED).slice(0, LISTED_REPAIRS)


def _first(pieces: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    rows = 0
    for piece in pieces:
        yield piece
        rows += piece.num_rows
        if rows >= LISTED_REPAIRS:
            return
