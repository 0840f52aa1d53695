"""What was repaired is counted, and listed: which row, where it stands, which field, which repair."""

from collections import Counter

import pyarrow as pa
import sqlalchemy as sa

from hedui.ledger.tables import Batch
from hedui.pipeline.batch_log import recalled
from hedui.pipeline.stores import Stores
from hedui.settings import Settings
from hedui.validation.preparation import REPAIRED


def test_every_repair_that_is_counted_is_listed_with_its_place(worked_site: Settings) -> None:
    with Stores(worked_site) as stores:
        with stores.ledger.session() as session:
            batches = session.scalars(sa.select(Batch)).all()
        for batch in batches:
            listed = _listed(stores, batch)
            counted = {(field, repair): n for field, made in batch.repairs.items() for repair, n in made.items()}
            assert Counter(zip(listed["field"].to_pylist(), listed["repair"].to_pylist(), strict=True)) == counted
            assert len(set(listed["row"].to_pylist())) == batch.repaired
            places = {row["_row"]: (row["_source"], row["_position"]) for row in _landed(stores, batch)}
            assert all((row["source"], row["position"]) == places[row["row"]] for row in listed.to_pylist())
    assert sum(batch.repaired for batch in batches) > 0


def _listed(stores: Stores, batch: Batch) -> pa.Table:
    _, dataset = recalled(stores.ledger, batch.id)
    return pa.Table.from_batches(stores.quarantine(dataset).read(f"{batch.id}.repairs"), REPAIRED)


def _landed(stores: Stores, batch: Batch) -> list[dict[str, object]]:
    _, dataset = recalled(stores.ledger, batch.id)
    pieces = stores.landing(dataset).read(batch.id)
    return [row for piece in pieces for row in piece.select(["_row", "_source", "_position"]).to_pylist()]
