"""Each rule on its own small cases: tables in, leads out, as its folder states them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import yaml

from hedui import shelves
from hedui.identifiers.names import folded
from hedui.matching.matcher import result
from hedui.model.contract import Dataset
from hedui.model.rule import Rule
from hedui.warehouse.aliases import NEWEST_NUMBERS, newest_numbers_sql, under_newest_numbers_sql
from hedui.warehouse.schema import content_schema

Record = Mapping[str, Any]


def stated(name: str) -> Sequence[Mapping[str, Any]]:
    cases: Sequence[Mapping[str, Any]] = yaml.safe_load((shelves.rule_folder(name) / "cases.yaml").read_text("utf-8"))
    return cases


def cases() -> Iterator[Any]:
    for name in sorted(shelves.rules()):
        for case in stated(name):
            yield pytest.param(shelves.rule(name), case, id=f"{name}: {case['case']['en']}")


@pytest.mark.parametrize(("rule", "case"), list(cases()))
def test_case(rule: Rule, case: Mapping[str, Any]) -> None:
    assert set(case["given"]) <= set(shelves.read_by(rule))
    with duckdb.connect() as engine:
        _show(engine, rule, case["given"])
        found = result(engine, rule, shelves.query(rule))
    leads = sorted((_readable(lead) for lead in found.to_pylist()), key=str)
    wanted = sorted((_readable(lead) for lead in case["leads"]), key=str)
    named = wanted[0].keys() if wanted else ()
    assert sorted(({k: lead[k] for k in named} for lead in leads), key=str) == wanted
    assert len({tuple(str(lead[k]) for k in rule.lead_key) for lead in leads}) == len(leads)


@pytest.mark.parametrize("name", sorted(shelves.rules()))
def test_every_rule_has_a_page_and_cases_for_and_against(name: str) -> None:
    assert any(case["leads"] for case in stated(name))
    assert any(not case["leads"] for case in stated(name))
    page = (shelves.rule_folder(name) / "README.md").read_text(encoding="utf-8")
    for part in ("What it finds", "Why it is a red flag", "looks guilty", "Only a visit excuses", "Assumptions"):
        assert part in page


def _show(engine: duckdb.DuckDBPyConnection, rule: Rule, given: Mapping[str, Sequence[Record]]) -> None:
    """The given rows as the rule sees them: current, and people under their newest numbers."""
    engine.execute("CREATE SCHEMA given")
    register = shelves.register(rule.programme)
    for name, dataset in shelves.read_by(rule).items():
        engine.register("arriving", _rows(dataset, given.get(name, [])))
        engine.execute(f"CREATE TABLE given.{dataset.table} AS SELECT * FROM arriving")
    if register:
        current = f"SELECT * FROM given.{register.table}"
        engine.execute(f"CREATE TABLE {NEWEST_NUMBERS} AS {newest_numbers_sql(register, current)}")
    for dataset in map(shelves.dataset, rule.inputs):
        rows = f"SELECT * FROM given.{dataset.table}"
        shown = under_newest_numbers_sql(dataset, rows) if register else rows
        engine.execute(f"CREATE SCHEMA IF NOT EXISTS {dataset.agency}")
        engine.execute(f"CREATE VIEW {dataset.full_name} AS {shown}")


def _rows(dataset: Dataset, records: Sequence[Record]) -> pa.Table:
    schema, mark = content_schema(dataset), dataset.deleted_when
    left = [r for r in records if not mark or str(r.get(mark.field)) != mark.equals]
    return pa.table({f.name: pa.array([_value(dataset, r, f) for r in left], f.type) for f in schema}, schema=schema)


def _value(dataset: Dataset, record: Record, column: pa.Field) -> Any:
    if column.name not in dataset.fields:
        return _name_token(dataset, record, column.name)
    value = record.get(column.name)
    if value is None:
        return None
    if pa.types.is_binary(column.type):
        return str(value).encode()
    return pa.scalar(str(value)).cast(column.type).as_py() if pa.types.is_decimal(column.type) else value


def _name_token(dataset: Dataset, record: Record, column: str) -> bytes | None:
    """As in the warehouse, a token of person and name: those of two people are never equal."""
    field, _, form = column.rpartition("_")
    # Both names of a changed number are the one name that the register was told.
    name = record.get(field) or record.get("name")
    if name is None:
        return None
    return f"{record.get(str(dataset.fields[field].of))}|{folded(name) if form == 'folded' else name}".encode()


def _readable(lead: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in lead.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return f"{value:.2f}" if isinstance(value, float) or hasattr(value, "quantize") else str(value)
