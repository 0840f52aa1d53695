"""The table that is judged holds what the suite compares, and of everything else only whether it is there."""

from contextlib import contextmanager

import pyarrow as pa

from hedui import shelves
from hedui.validation.beside import beside
from hedui.validation.duckdb_engine import judging_database
from hedui.validation.known import Known
from hedui.validation.loading import load
from hedui.validation.suite import read_suite
from tests.validation.conftest import person


@contextmanager
def _loaded(name, batches, folder):
    dataset = shelves.dataset(name)
    suite = read_suite(dataset)
    with judging_database(folder) as connection:
        yield connection, load(connection, dataset, suite, batches, beside(suite, Known(), {}))


def test_no_identity_number_and_no_name_is_loaded_where_nothing_compares_them(landed, tmp_path):
    batch = landed("police.dui_cases", 20, [{"person": ""}, {"name": " "}])
    with _loaded("police.dui_cases", [batch], tmp_path) as (connection, _):
        table = connection.execute("FROM batch ORDER BY _row").to_arrow_table()
    text = str(table.to_pylist())
    assert person(3) not in text and "张伟" not in text and "醉酒" in text
    assert table["person"].to_pylist() == [None, *[True] * 19]
    assert table["name"].to_pylist() == [True, None, *[True] * 18]


def test_numbers_that_are_compared_are_loaded(landed, tmp_path):
    with _loaded("police.id_changes", [landed("police.id_changes", 3)], tmp_path) as (connection, _):
        assert person(2) in str(connection.execute("SELECT person FROM batch").fetchall())


def test_rows_and_what_is_filled_are_counted_on_the_way(landed, tmp_path):
    batch = landed("police.dui_cases", 5_000, [{"person": ""}, {"name": " "}, {"caught_on": "2026-02-30"}])
    pieces = [batch.slice(first, 700) for first in range(0, 5_000, 700)]
    with _loaded("police.dui_cases", pieces, tmp_path) as (connection, tally):
        rows = connection.execute("SELECT _row FROM batch ORDER BY _row").to_arrow_table()["_row"]
    assert rows.combine_chunks() == pa.array(range(5_000), pa.int64()) and tally.pulled == 5_000
    assert (tally.filled["person"], tally.filled["name"], tally.filled["caught_on"]) == (4_999, 4_999, 4_999)
    assert (tally.filled["offence"], tally.filled["retest_mg"]) == (5_000, 0)
