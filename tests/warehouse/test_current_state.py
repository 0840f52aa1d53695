"""Whatever comes late, twice, corrected or deleted, the right rows are current and each row is counted once."""

import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trials

from hedui.model.errors import DeclarationInvalid, TerminalError
from hedui.pipeline.stores import Stores
from hedui.settings import Settings
from tests.histories import Delivery, Row, current, dataset, expected, histories, load

OLD, NEW = Row("a", "P", 1, changed=1), Row("a", "P", 2, changed=2)


def loaded(stores: Stores, *deliveries: Delivery) -> list[tuple[int, int, int]]:
    table = dataset()
    return [load(stores, table, number, delivery) for number, delivery in enumerate(deliveries)]


def test_a_correction_takes_the_place_of_what_it_corrects(stores: Stores) -> None:
    assert loaded(stores, Delivery(1, (OLD,)), Delivery(2, (NEW,))) == [(1, 0, 0), (1, 0, 0)]
    assert current(stores, dataset()) == {("a", "P", 2, 2)}


def test_a_late_delivery_does_not_undo_what_is_newer(stores: Stores) -> None:
    assert loaded(stores, Delivery(2, (NEW,)), Delivery(1, (OLD,))) == [(1, 0, 0), (0, 1, 0)]
    assert current(stores, dataset()) == {("a", "P", 2, 2)}


def test_of_two_deliveries_of_one_interval_the_second_counts(stores: Stores) -> None:
    again = Row("a", "P", 7, changed=1)
    assert loaded(stores, Delivery(1, (OLD,)), Delivery(1, (again,))) == [(1, 0, 0), (1, 0, 0)]
    assert current(stores, dataset()) == {("a", "P", 7, 1)}


def test_a_row_that_says_nothing_new_is_a_duplicate(stores: Stores) -> None:
    assert loaded(stores, Delivery(1, (OLD, OLD)), Delivery(2, (OLD, NEW))) == [(1, 0, 1), (1, 0, 1)]
    assert current(stores, dataset()) == {("a", "P", 2, 2)}


def test_a_value_that_is_taken_back_counts_although_it_was_there_before(stores: Stores) -> None:
    other = Row("a", "P", 7, changed=1)
    loaded(stores, Delivery(1, (OLD,)), Delivery(2, (other,)), Delivery(3, (OLD,)))
    assert current(stores, dataset()) == {("a", "P", 1, 1)}


def test_a_catalog_that_forgot_a_table_loses_no_file(
    stores: Stores, settings: Settings, database: Callable[[str], str]
) -> None:
    load(stores, dataset(), 0, Delivery(1, (OLD,)))
    files = stores.warehouse.files(dataset())
    forgetful = Settings(settings.home, {**settings.database_urls, "catalog": database("empty")}, settings.connections)
    with Stores(forgetful) as others, pytest.raises(TerminalError, match="the catalog does not know the table"):
        others.warehouse.sweep(dataset(), staged=())
    assert all(Path(file).exists() for file in files)


def test_a_contract_with_another_type_than_its_table_is_refused(stores: Stores) -> None:
    load(stores, dataset(), 0, Delivery(1, (OLD,)))
    changed = dataset()
    fields = {**changed.fields, "value": changed.fields["value"].model_copy(update={"type": "text"})}
    with pytest.raises(DeclarationInvalid, match="gives value another type than its table"):
        stores.warehouse.snapshot(changed.model_copy(update={"fields": fields}))


def test_a_deleted_record_is_gone_and_may_come_back(stores: Stores) -> None:
    gone, back = Row("a", "P", -1, changed=2, deleted=True), Row("a", "P", 3, changed=3)
    loaded(stores, Delivery(1, (OLD,)), Delivery(2, (gone,)))
    assert current(stores, dataset()) == set()
    load(stores, dataset(), 2, Delivery(3, (back,)))
    assert current(stores, dataset()) == {("a", "P", 3, 3)}


def test_a_delivery_without_rows_changes_nothing(stores: Stores) -> None:
    assert loaded(stores, Delivery(1, ())) == [(0, 0, 0)]
    assert stores.warehouse.snapshot(dataset()) is None
    assert current(stores, dataset()) == set()


def test_committing_a_batch_again_changes_nothing(stores: Stores) -> None:
    table = dataset()
    first = load(stores, table, 0, Delivery(1, (OLD, OLD, NEW)))
    snapshot = stores.warehouse.snapshot(table)
    again = stores.warehouse.commit(table, f"{table.full_name}-0000", 3)
    assert (again.current, again.superseded, again.duplicate, again.snapshot) == (*first, snapshot)


def test_a_staged_batch_is_invisible_until_it_is_committed(stores: Stores) -> None:
    table = dataset()
    load(stores, table, 0, Delivery(1, (OLD,)))
    stores.warehouse.stage(table, "agency.things-0001", [])
    assert current(stores, table) == {("a", "P", 1, 1)}


def test_files_of_killed_writers_are_swept_and_committed_ones_stay(stores: Stores) -> None:
    table = dataset()
    load(stores, table, 0, Delivery(1, (OLD,)))
    for orphan in ("waiting", "forgotten"):
        stores.warehouse.stage(table, orphan, [])
    folder = stores.settings.warehouse / "trial" / table.table / "data"
    stores.warehouse.sweep(table, staged={"waiting"})
    assert {file.stem for file in folder.iterdir()} == {"agency.things-0000", "waiting"}
    assert current(stores, table) == {("a", "P", 1, 1)}


@trials(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories())
def test_on_any_history_the_newest_version_is_current(stores: Stores, deliveries: Sequence[Delivery]) -> None:
    table = dataset(f"t{uuid.uuid4().hex[:12]}")  # a table of its own for each history
    for number, delivery in enumerate(deliveries):
        assert sum(load(stores, table, number, delivery)) == len(delivery.rows)
    assert current(stores, table) == expected(deliveries)


def test_a_query_opens_no_file_outside_the_warehouse(stores: Stores, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with stores.engine() as engine:
        for query in (f"SELECT * FROM '{tmp_path}/secret.csv'", "SET enable_external_access = true"):
            with pytest.raises(duckdb.Error):
                engine.query(query)
