"""A suite from all rows of a landed batch: what every row meets, and never whose rows they are."""

import json

import pyarrow as pa
import pytest

from hedui import shelves
from hedui.proposing.landed import Gathered
from hedui.proposing.suite import suite
from hedui.validation.judging import judge
from hedui.validation.preparation import prepare
from hedui.validation.suite import read_suite
from tests.validation.conftest import sample

TIMES = 6


def several(name):
    """The rows of a dataset's sample, each delivered six times: values of codes stand in enough rows to be told."""
    rows = pa.Table.from_batches([sample(name)] * TIMES).combine_chunks().to_batches()[0]
    return rows.set_column(rows.schema.get_field_index("_row"), "_row", pa.array(range(len(rows)), pa.int64()))


def told(name, *pieces):
    gathered = Gathered(shelves.dataset(name))
    for piece in pieces:
        gathered.add(prepare(piece, shelves.dataset(name)).rows)
    return gathered.told()


def with_values(name, field, values):
    """The rows, with other values in one field of the first of them."""
    rows, source = several(name), shelves.dataset(name).fields[field].source
    column = [*values, *rows[source].to_pylist()[len(values) :]]
    return rows.set_column(rows.schema.get_field_index(source), source, pa.array(column, pa.string()))


@pytest.mark.parametrize("name", shelves.datasets())
def test_what_is_proposed_is_a_suite_of_the_contract_without_a_value_of_anybody(name, tmp_path):
    dataset, rows = shelves.dataset(name), several(name)
    text = json.dumps(suite(dataset, told(name, rows)), ensure_ascii=False)
    (tmp_path / "suite.json").write_text(text, encoding="utf-8")
    read_suite(dataset, tmp_path / "suite.json")
    for field in dataset.fields.values():
        if field.identifier:
            assert not any(f'"{value}"' in text for value in rows[field.source].to_pylist() if value)


@pytest.mark.parametrize("name", ["health.settlements", "hr.public_employees", "trading.contracts"])
def test_it_finds_nothing_in_the_rows_it_comes_from(name, tmp_path):
    rows = several(name)
    (tmp_path / "suite.json").write_text(json.dumps(suite(shelves.dataset(name), told(name, rows))), encoding="utf-8")
    verdict = judge(shelves.dataset(name), [rows], tmp_path, tmp_path / "suite.json")
    assert verdict.pulled == 10 * TIMES and verdict.findings == ()


def proposed(name, rows):
    """Each expectation by its kind and field."""
    expectations = suite(shelves.dataset(name), told(name, rows))["expectations"]
    return {(one["type"], one["kwargs"].get("column")): one for one in expectations}


def test_it_asks_for_codes_divisions_bounds_and_credit_codes_that_every_row_has():
    found = proposed("civil_affairs.dibao", several("civil_affairs.dibao"))
    codes = found["expect_column_values_to_be_in_set", "class"]["kwargs"]["value_set"]
    assert {"一类", "二类", "三类", "四类"} >= set(codes) != set()
    assert found["expect_column_values_to_be_valid_division_code", "county"]["kwargs"]["digits"] == [6]
    assert ("expect_column_values_to_be_between", "amount_yuan") in found
    trade = proposed("trading.suppliers", several("trading.suppliers"))
    assert any(kind == "expect_column_values_to_be_valid_credit_code" for kind, _ in trade)


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("class", "另类", "in_set"),  # in one row: it could point at somebody, and perhaps more follow
        ("county", "城关区", "valid_division_code"),
        ("month", "1989-12", "between"),
        ("amount_yuan", "-3.00", "between"),
    ],
)
def test_what_one_row_does_not_meet_is_not_asked_for(field, value, kind):
    rows = with_values("civil_affairs.dibao", field, [value])
    assert (f"expect_column_values_to_be_{kind}", field) not in proposed("civil_affairs.dibao", rows)
    assert value not in json.dumps(suite(shelves.dataset("civil_affairs.dibao"), told("civil_affairs.dibao", rows)))


def test_names_and_telephones_of_a_few_people_are_no_codes():
    name = "civil_affairs.dibao"
    for people in (["张伟", "王秀英", "李建国"], ["13919001234", "13919005678"]):
        rows = with_values(name, "class", [people[n % len(people)] for n in range(10 * TIMES)])
        assert not told(name, rows)["class"].codes


def test_how_a_batch_is_cut_makes_no_difference():
    for name in ("civil_affairs.dibao", "health.settlements", "trading.contracts"):
        rows = several(name)
        pieces = [rows[start : start + 7] for start in range(0, len(rows), 7)]
        assert told(name, *pieces) == told(name, rows)


def test_nothing_is_told_of_no_row():
    assert not any(one.filled or one.codes for one in told("civil_affairs.dibao").values())
