"""Each rule on its own small cases: tables in, leads out, as its folder states them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import yaml

from hedui import shelves
from hedui.identifiers.names import folded
from hedui.model.contract import Dataset
from hedui.model.rule import Rule
from hedui.warehouse.schema import content_schema

Record = Mapping[str, Any]


def cases() -> Iterator[Any]:
    for name in sorted(shelves.rules()):
        text = (shelves.RULES / name / "cases.yaml").read_text(encoding="utf-8")
        for case in yaml.safe_load(text):
            yield pytest.param(shelves.rule(name), case, id=f"{name}: {case['case']['en']}")


@pytest.mark.parametrize(("rule", "case"), list(cases()))
def test_case(rule: Rule, case: Mapping[str, Any]) -> None:
    with duckdb.connect() as engine:
        for name in rule.inputs:
            _show(engine, shelves.dataset(name), case["given"].get(name, []))
        found = engine.sql(shelves.rule_sql(rule.rule)).to_arrow_table()
    assert {"subject", *rule.evidence} <= set(found.column_names)
    leads = sorted((_readable(lead) for lead in found.to_pylist()), key=str)
    wanted = sorted((_readable(lead) for lead in case["leads"]), key=str)
    stated = wanted[0].keys() if wanted else ()
    assert sorted(({k: lead[k] for k in stated} for lead in leads), key=str) == wanted
    assert len({tuple(str(lead[k]) for k in rule.lead_key) for lead in leads}) == len(leads)


@pytest.mark.parametrize("name", sorted(shelves.rules()))
def test_every_rule_has_a_page_and_cases_for_and_against(name: str) -> None:
    stated = yaml.safe_load((shelves.RULES / name / "cases.yaml").read_text(encoding="utf-8"))
    assert any(case["leads"] for case in stated)
    assert any(not case["leads"] for case in stated)
    page = (shelves.RULES / name / "README.md").read_text(encoding="utf-8")
    for part in ("What it finds", "Why it is a red flag", "looks guilty", "Only a visit excuses", "Assumptions"):
        assert part in page


def _show(engine: duckdb.DuckDBPyConnection, dataset: Dataset, records: Sequence[Record]) -> None:
    schema = content_schema(dataset)
    columns = {f.name: pa.array([_value(r, f) for r in records], f.type) for f in schema}
    engine.execute(f"CREATE SCHEMA IF NOT EXISTS {dataset.agency}")
    engine.register("given", pa.table(columns, schema=schema))
    engine.execute(f"CREATE TABLE {dataset.full_name} AS SELECT * FROM given")


def _value(record: Record, column: pa.Field) -> Any:
    if column.name.startswith("name_"):
        name = record["name"]
        return (folded(name) if column.name == "name_folded" else name).encode()
    value = record.get(column.name)
    if value is None:
        return None
    if pa.types.is_binary(column.type):
        return str(value).encode()
    return pa.scalar(str(value)).cast(column.type).as_py() if pa.types.is_decimal(column.type) else value


def _readable(lead: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in lead.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    return f"{value:.2f}" if isinstance(value, float) or hasattr(value, "quantize") else str(value)
