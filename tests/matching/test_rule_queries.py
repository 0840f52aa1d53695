"""A rule's query reads its inputs and nothing else: no clock, no chance, no files, no second statement."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import duckdb
import pytest

from hedui import shelves
from hedui.matching import checked_query, fields_read
from hedui.matching.matcher import result
from hedui.model.errors import DeclarationInvalid
from hedui.model.rule import Query, Rule
from hedui.warehouse.schema import content_schema

RULE = shelves.rules()["dui_public_staff"]


@pytest.mark.parametrize("name", sorted(shelves.rules()))
def test_the_rules_on_the_shelf_may_run(name: str) -> None:
    checked_query(shelves.rule(name), shelves.query(shelves.rule(name)))


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT * FROM health.settlements", "it reads `health.settlements`, which is no input"),
        ("SELECT * FROM read_parquet('/tmp/x')", "which is no input"),
        ("SELECT * FROM '/etc/passwd'", "which is no input"),
        ("SELECT CURRENT_DATE AS d FROM police.dui_cases", "it calls CURRENT_DATE"),
        ("SELECT now() AS d FROM police.dui_cases", "it calls"),
        ("SELECT random() AS d FROM police.dui_cases", "it calls"),
        ("SELECT getenv('HOME') AS d FROM police.dui_cases", "it calls GETENV"),
        ("SELECT 1 FROM police.dui_cases; DROP TABLE police.dui_cases", "this is not one SELECT"),
        ("DELETE FROM police.dui_cases", "this is not one SELECT"),
        ("SELECT FROM WHERE", "line 1"),
        ("SELECT 'one FROM police.dui_cases", "a quote or a comment is opened and never closed"),
        ("SELECT 1 FROM police.dui_cases /* why", "a quote or a comment is opened and never closed"),
        ("WITH a AS (SELECT * FROM secret.table) SELECT * FROM a", "it reads `secret.table`"),
    ],
)
def test_a_query_that_reaches_further_is_refused(sql: str, says: str) -> None:
    with pytest.raises(DeclarationInvalid) as refused:
        checked_query(RULE, Query(sql, {}, {}))
    assert says in str(refused.value)
    assert str(refused.value).startswith("dui_public_staff/rule.sql: ")


@pytest.mark.parametrize("end", ["", ";", "  ;\n", " -- the end", "\n-- the end\n"])
def test_a_query_may_end_like_any_other(end: str) -> None:
    query = Query(shelves.query(RULE).sql.rstrip() + end, {}, {})
    checked_query(RULE, query)
    with duckdb.connect() as engine:
        for name in RULE.inputs:
            dataset = shelves.dataset(name)
            engine.execute(f"CREATE SCHEMA {dataset.agency}")
            engine.register("none", content_schema(dataset).empty_table())
            engine.execute(f"CREATE TABLE {name} AS SELECT * FROM none")
        assert result(engine, RULE, query).num_rows == 0


@pytest.mark.parametrize(("text", "says"), [("", "Empty CSV file"), ("pair,a\nx\n", "Expected 2 columns, got 1")])
def test_a_broken_reference_table_is_named(text: str, says: str) -> None:
    rule = shelves.rule("exclusive_benefits")
    query = replace(shelves.query(rule), reference={"pairs": text})
    for read in (lambda: read_fields(rule, query), lambda: result(duckdb.connect(), rule, query)):
        with pytest.raises(DeclarationInvalid, match=says) as refused:
            read()
        assert str(refused.value).startswith("exclusive_benefits/pairs.csv: ")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"inputs": {"hr.public_employees": {"touches": "persn"}}}, "hr.public_employees has no column `persn`"),
        ({"inputs": {"hr.public_employees": {"touches": "person"}}}, "`hr.public_employees.person` holds a person"),
        ({"inputs": {"civil_affairs.dibao": {"touches": "mode"}}}, "`civil_affairs.dibao.mode` holds a plain value"),
        (
            {"inputs": {"civil_affairs.dibao": {"touches": [["household", "member_of"]]}}},
            "`civil_affairs.dibao.household` holds a record, where a person is needed",
        ),
        (
            {"links": {"member_of": {"dataset": "civil_affairs.dibao", "from": "person", "to": "home"}}},
            "civil_affairs.dibao has no column `home`",
        ),
    ],
)
def test_a_path_that_leads_to_no_subject_is_refused(wrong: Mapping[str, Mapping[str, Any]], says: str) -> None:
    """A full run would not notice; the incremental ones after it would fail, or miss leads in silence."""
    right = shelves.rule("public_staff_relief")
    given = right.model_dump(by_alias=True)
    rule = Rule.model_validate(given | {part: given[part] | words for part, words in wrong.items()})
    with pytest.raises(DeclarationInvalid) as refused:
        read_fields(rule, shelves.query(right))
    assert says in str(refused.value)
    assert str(refused.value).startswith("public_staff_relief/rule.yaml: ")


def read_fields(rule: Rule, query: Query) -> Mapping[str, set[str]]:
    return fields_read(rule, query, {name: shelves.dataset(name) for name in rule.inputs})
