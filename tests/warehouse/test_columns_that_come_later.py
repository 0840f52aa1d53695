"""A field that joins a contract joins its table: old rows have none of it, until they are delivered again."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st

from hedui.model.contract import Dataset
from hedui.pipeline.stores import Stores
from hedui.retention import Retention
from hedui.warehouse.housekeeping import Compaction, compact
from hedui.warehouse.schema import stored_schema, table_schema
from tests.histories import START, Delivery, Row, dataset, histories

EVERYTHING = Compaction(Retention().compaction_target_mb << 20, min_files=2)


def wider(table: Dataset) -> Dataset:
    """The next version of the contract, with a field in the middle."""
    sex = table.fields["value"].model_copy(update={"source": "sex", "type": "text"})
    names = ["record_no", "sex", "person", "value", "updated_at"]
    return table.model_copy(update={"version": 2, "fields": {n: {**table.fields, "sex": sex}[n] for n in names}})


def stage(stores: Stores, table: Dataset, number: int, delivery: Delivery) -> str:
    batch, rows = f"{table.full_name}-{number:04d}", delivery.rows
    columns = {
        "record_no": [r.key.encode() for r in rows],
        "person": [r.person.encode() for r in rows],
        "value": [r.value for r in rows],
        "sex": [f"sex {r.value}" for r in rows],
        "updated_at": [START + timedelta(days=r.changed) for r in rows],
        "batch_id": [batch] * len(rows),
        "batch_row": list(range(len(rows))),
        "interval_end": [START + timedelta(days=delivery.day)] * len(rows),
        "delivery_sequence": [number] * len(rows),
        "known_from": [START + timedelta(days=100 + number)] * len(rows),
        "deleted": [r.deleted for r in rows],
    }
    schema = table_schema(table)
    arrays = [pa.array(columns[f.name], f.type) for f in schema]
    stores.warehouse.stage(table, batch, [pa.RecordBatch.from_arrays(arrays, schema=schema)])
    return batch


def load(stores: Stores, table: Dataset, number: int, delivery: Delivery) -> tuple[int, int, int]:
    batch = stage(stores, table, number, delivery)
    loaded = stores.warehouse.commit(table, batch, len(delivery.rows))
    return loaded.current, loaded.superseded, loaded.duplicate


def current(stores: Stores, table: Dataset) -> list[dict[str, object]]:
    with stores.engine() as engine:
        engine.show_current([table], {table.full_name: stores.warehouse.snapshot(table)})
        names = ", ".join(table.fields)
        return engine.query(f"SELECT {names} FROM {table.full_name} ORDER BY record_no").to_pylist()


def sexes(stores: Stores, table: Dataset) -> dict[object, object]:
    return {row["record_no"]: row["sex"] for row in current(stores, table)}


def test_old_rows_have_none_of_a_new_field_until_they_come_again(stores: Stores) -> None:
    old, new = dataset(), wider(dataset())
    a, b = Row("a", "P", 1, changed=1), Row("b", "Q", 2, changed=2)
    load(stores, old, 1, Delivery(1, (a,)))
    assert sexes(stores, new) == {b"a": None}  # nobody has to wait for the first delivery
    assert load(stores, new, 2, Delivery(2, (b,))) == (1, 0, 0)
    assert sexes(stores, new) == {b"a": None, b"b": "sex 2"}
    assert load(stores, new, 3, Delivery(3, (a, b))) == (1, 0, 1)  # what says something new is no duplicate
    assert sexes(stores, new) == {b"a": "sex 1", b"b": "sex 2"}


def test_a_batch_of_the_older_version_loads_and_takes_nothing_away(stores: Stores) -> None:
    old, new = dataset(), wider(dataset())
    a, late = Row("a", "P", 1, changed=1), Row("b", "Q", 2, changed=2)
    waiting = stage(stores, old, 1, Delivery(1, (a, late)))
    load(stores, new, 2, Delivery(2, (a,)))
    loaded = stores.warehouse.commit(old, waiting, 2)
    assert (loaded.current, loaded.superseded, loaded.duplicate) == (1, 1, 0)
    assert sexes(stores, new) == {b"a": "sex 1", b"b": None}
    assert [row["value"] for row in current(stores, old)] == [1, 2]


def test_a_merge_keeps_a_column_that_the_contract_no_longer_has(stores: Stores) -> None:
    old, new = dataset(), wider(dataset())
    load(stores, old, 1, Delivery(1, (Row("a", "P", 1, changed=1),)))
    load(stores, new, 2, Delivery(2, (Row("b", "Q", 2, changed=2),)))
    for number, contract in ((3, new), (4, old)):
        load(stores, new, number, Delivery(number, (Row("c", "Q", number, changed=number),)))
        assert compact(stores.warehouse, contract, EVERYTHING, leave=(), spill=stores.settings.spill)
        assert sexes(stores, new) == {b"a": None, b"b": "sex 2", b"c": f"sex {number}"}
    assert "sex" in stored_schema(stores.warehouse.table(old)).names


def test_the_rows_since_a_snapshot_have_the_new_column_wherever_the_file_has_not(stores: Stores) -> None:
    old, new = dataset(), wider(dataset())
    load(stores, old, 1, Delivery(1, (Row("a", "P", 1, changed=1),)))
    with stores.engine() as engine:
        added = engine.query(engine.added_since(new, stores.warehouse.snapshot(new), None))
    assert added["sex"].to_pylist() == [None]
    assert added["known_from"].to_pylist() == [datetime(2026, 4, 12, tzinfo=UTC)]


@trials(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories(), st.data())
def test_once_old_rows_came_again_it_is_as_if_the_field_had_always_been_there(
    stores: Stores, deliveries: Sequence[Delivery], data: st.DataObject
) -> None:
    changed_before = data.draw(st.integers(0, len(deliveries)), "number of the first delivery under the new version")
    merged_before = data.draw(
        st.sets(st.integers(0, len(deliveries))), "numbers of deliveries before which files are merged"
    )
    again = Delivery(9, tuple(row for delivery in deliveries[:changed_before] for row in delivery.rows))
    states = []
    for first in (0, changed_before):
        old = dataset(f"t{uuid.uuid4().hex[:12]}")
        for number, delivery in enumerate([*deliveries, again]):
            table = wider(old) if number >= first else old
            assert sum(load(stores, table, number, delivery)) == len(delivery.rows)
            if number in merged_before:
                compact(stores.warehouse, table, EVERYTHING, leave=(), spill=stores.settings.spill)
        states.append(current(stores, wider(old)))
    assert states[0] == states[1]
