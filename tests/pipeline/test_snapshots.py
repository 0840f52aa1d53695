"""Deliveries of all records: what one lacks is deleted, unless it was held back or too much is missing."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st

from hedui.model.contract import Dataset
from hedui.pipeline.stores import Stores
from hedui.warehouse import Loaded, TooMuchMissing, Warehouse, WholeDelivery
from hedui.warehouse.schema import table_schema
from tests import histories
from tests.histories import START, current

# Of a record: its value, and the day of the agency's own time of change.
Version = tuple[int, int]


@dataclass(frozen=True)
class Whole:
    """All records on `day`; of those in `held` no row was good."""

    day: int
    records: Mapping[str, Version]
    held: frozenset[str] = field(default=frozenset())

    @property
    def good(self) -> dict[str, Version]:
        return {key: version for key, version in self.records.items() if key not in self.held}


def things(name: str = "things", vanished_share: float = 1.0) -> Dataset:
    return histories.dataset(name).model_copy(update={"delivers": "snapshot", "vanished_share": vanished_share})


def staged(stores: Stores, table: Dataset, number: int, whole: Whole) -> WholeDelivery:
    batch, good = f"{table.full_name}-{number:04d}", whole.good
    columns = {
        "record_no": [key.encode() for key in good],
        "person": [b"P"] * len(good),
        "value": [value for value, _ in good.values()],
        "updated_at": [START + timedelta(days=changed) for _, changed in good.values()],
        "batch_id": [batch] * len(good),
        "batch_row": list(range(len(good))),
        "interval_end": [START + timedelta(days=whole.day)] * len(good),
        "delivery_sequence": [number] * len(good),
        "known_from": [START + timedelta(days=100 + number)] * len(good),
        "deleted": [False] * len(good),
    }
    schema = table_schema(table)
    arrays = [pa.array(columns[f.name], f.type) for f in schema]
    stores.warehouse.stage(table, batch, [pa.RecordBatch.from_arrays(arrays, schema=schema)])
    held = pa.table({"record_no": pa.array([key.encode() for key in whole.held], pa.binary())})
    known_from = START + timedelta(days=100 + number)
    return WholeDelivery(batch, len(good), START + timedelta(days=whole.day), number, known_from, held)


def load(stores: Stores, table: Dataset, number: int, whole: Whole) -> Loaded:
    loaded = stores.warehouse.commit_whole(table, staged(stores, table, number, whole))
    assert isinstance(loaded, Loaded)
    assert loaded.current + loaded.superseded + loaded.duplicate == len(whole.good)
    return loaded


def records(stores: Stores, table: Dataset) -> dict[str, Version]:
    return {key: (value, changed) for key, _, value, changed in current(stores, table)}


ONE, TWO = {"a": (1, 1), "b": (2, 1)}, {"a": (1, 1)}


def test_a_record_that_a_snapshot_lacks_is_deleted(stores: Stores) -> None:
    load(stores, things(), 1, Whole(1, ONE))
    loaded = load(stores, things(), 2, Whole(2, TWO))
    assert (loaded.vanished, loaded.duplicate) == (1, 1)
    assert records(stores, things()) == TWO


def test_a_record_that_comes_back_is_there_again_whatever_its_time_of_change(stores: Stores) -> None:
    for number, changed in enumerate((5, 5, 3, 7), start=1):
        load(stores, things(), 2 * number, Whole(2 * number, {"a": (1, 1), "b": (2, changed)}))
        assert records(stores, things()) == {"a": (1, 1), "b": (2, changed)}
        load(stores, things(), 2 * number + 1, Whole(2 * number + 1, TWO))
        assert records(stores, things()) == TWO


def test_a_row_that_was_held_back_is_no_deletion(stores: Stores) -> None:
    load(stores, things(), 1, Whole(1, ONE))
    assert load(stores, things(), 2, Whole(2, ONE, frozenset("b"))).vanished == 0
    assert records(stores, things()) == ONE


def test_where_a_held_row_has_no_key_it_may_be_any_record(stores: Stores) -> None:
    load(stores, things(), 1, Whole(1, ONE))
    unknown = staged(stores, things(), 2, Whole(2, TWO))
    loaded = stores.warehouse.commit_whole(things(), WholeDelivery(**{**vars(unknown), "held": None}))
    assert isinstance(loaded, Loaded)
    assert loaded.vanished == 0
    assert records(stores, things()) == ONE


def test_an_older_snapshot_that_arrives_late_changes_nothing(stores: Stores) -> None:
    load(stores, things(), 1, Whole(1, ONE))
    load(stores, things(), 3, Whole(3, ONE))  # says nothing new, and that all is still there
    late = load(stores, things(), 2, Whole(2, {"a": (9, 2), "c": (3, 2)}))
    assert (late.superseded, late.vanished) == (2, 0)
    assert records(stores, things()) == ONE


MANY = {f"k{number}": (number, 1) for number in range(100)}


@pytest.mark.parametrize(
    ("left", "refused"), [(0, True), (79, True), (80, True), (81, False), (90, False)], ids=lambda case: str(case)
)
def test_a_snapshot_that_lacks_too_much_is_refused_whole(stores: Stores, left: int, refused: bool) -> None:
    table = things(vanished_share=0.1)
    load(stores, table, 1, Whole(1, MANY))
    rest = dict(list(MANY.items())[:left]) | {"new": (1, 2)}
    answer = stores.warehouse.commit_whole(table, staged(stores, table, 2, Whole(2, rest)))
    assert answer == TooMuchMissing(100, 100 - left) if refused else isinstance(answer, Loaded)
    assert records(stores, table) == (MANY if refused else rest)


def test_an_empty_snapshot_does_not_delete_the_few_records_there_are(stores: Stores) -> None:
    table = things(vanished_share=0.9)
    load(stores, table, 1, Whole(1, ONE))
    assert stores.warehouse.commit_whole(table, staged(stores, table, 2, Whole(2, {}))) == TooMuchMissing(2, 2)
    assert records(stores, table) == ONE


def test_a_commit_that_was_killed_is_done_again_from_the_whole_delivery(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(stores, things(), 1, Whole(1, ONE | {"c": (3, 1)}))
    delivery = staged(stores, things(), 2, Whole(2, TWO | {"c": (4, 2)}))
    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(Warehouse, "_add", _dying)
        stores.warehouse.commit_whole(things(), delivery)
    for _ in range(2):  # and once more, as if the ledger had not heard of it
        loaded = stores.warehouse.commit_whole(things(), delivery)
        assert isinstance(loaded, Loaded)
        assert (loaded.current, loaded.superseded, loaded.duplicate, loaded.vanished) == (1, 0, 1, 1)
    assert records(stores, things()) == {"a": (1, 1), "c": (4, 2)}


def _dying(*_: object) -> None:
    raise KeyboardInterrupt


def wholes() -> st.SearchStrategy[list[Whole]]:
    """Few keys and days, so that snapshots come late, twice for one day, and records vanish and return."""
    versions = st.tuples(st.integers(0, 2), st.integers(0, 3))
    one = st.builds(
        Whole,
        st.integers(1, 4),
        st.dictionaries(st.sampled_from("abcd"), versions),
        st.frozensets(st.sampled_from("abcd"), max_size=2),
    )
    return st.lists(one, min_size=1, max_size=6)


def expected(history: Sequence[Whole]) -> dict[str, Version]:
    """The definition: the newest snapshot holds all there is; of what was held back, what was known before stays."""
    state: dict[str, Version] = {}
    newest = 0
    for whole in history:
        if whole.day >= newest:
            newest = whole.day
            state = whole.good | {key: state[key] for key in whole.held if key in state}
    return state


@trials(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wholes())
def test_on_any_history_there_is_what_the_newest_snapshot_holds(stores: Stores, history: Sequence[Whole]) -> None:
    table = things(f"t{uuid.uuid4().hex[:12]}")
    for number, whole in enumerate(history):
        load(stores, table, number, whole)
    assert records(stores, table) == expected(history)
