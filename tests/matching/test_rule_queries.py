"""A rule's query reads its inputs and nothing else: no clock, no chance, no files, no second statement."""

import pytest

from hedui import shelves
from hedui.matching import checked_query
from hedui.model.errors import DeclarationInvalid
from hedui.model.rule import Query

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
        ("WITH a AS (SELECT * FROM secret.table) SELECT * FROM a", "it reads `secret.table`"),
    ],
)
def test_a_query_that_reaches_further_is_refused(sql: str, says: str) -> None:
    with pytest.raises(DeclarationInvalid) as refused:
        checked_query(RULE, Query(sql, {}, {}))
    assert says in str(refused.value)
    assert str(refused.value).startswith("dui_public_staff/rule.sql: ")
