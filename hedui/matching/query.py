"""What a rule's query may be: one SELECT over its inputs, without clock, chance, files or settings."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

import sqlglot
from sqlglot import exp

from hedui.model.errors import DeclarationInvalid
from hedui.model.rule import Query, Rule

# Functions outside this list could read the clock, draw lots, open files or differ between engines.
_ALLOWED = {
    "ABS", "AND", "ANY_VALUE", "ARRAY_AGG", "ARRAY_SORT", "AVG", "CASE", "CAST", "COALESCE", "COUNT", "DATE_DIFF",
    "DATEDIFF", "DATE_TRUNC", "GREATEST", "IF", "LEAST", "LOGICAL_AND", "LOGICAL_OR", "LOWER", "MAX", "MIN", "OR",
    "ROUND", "ROW_NUMBER", "SUM", "TIMESTAMP_TRUNC", "UPPER", "XOR",
}  # fmt: skip


def checked_query(rule: Rule, query: Query) -> Query:
    """The query, once it is known to be what a rule may run. Raises DeclarationInvalid with line and reason."""
    beside = {f"concept.{name}" for name in query.concepts} | {f"reference.{name}" for name in query.reference}
    _check(f"{rule.rule}/rule.sql", query.sql, {*rule.inputs, *beside})
    for name, sql in query.concepts.items():
        _check(f"concepts/{name}.sql", sql, set(rule.inputs))
    return query


def parsed(where: str, sql: str) -> exp.Query:
    """The one SELECT of a file. Raises DeclarationInvalid."""
    try:
        statements = sqlglot.parse(sql, dialect="duckdb")
    except sqlglot.errors.ParseError as error:
        fault = error.errors[0]
        raise DeclarationInvalid(where, f"line {fault['line']}: {fault['description']}", "Mend the query") from None
    except sqlglot.errors.TokenError:
        raise DeclarationInvalid(where, "a quote or a comment is opened and never closed", "Close it") from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise DeclarationInvalid(where, "this is not one SELECT", "Write one query and nothing else")
    return statements[0]


def _check(where: str, sql: str, readable: AbstractSet[str]) -> None:
    for unwanted in _faults(parsed(where, sql), readable):
        raise DeclarationInvalid(where, unwanted, "Read only the rule's inputs, with functions that every engine knows")


def _faults(query: exp.Query, readable: AbstractSet[str]) -> Iterator[str]:
    named = {cte.alias for cte in query.find_all(exp.CTE)}
    for table in query.find_all(exp.Table):
        full_name = f"{table.db}.{table.name}" if table.db else table.name
        if not isinstance(table.this, exp.Identifier) or (full_name not in readable and full_name not in named):
            yield f"it reads `{full_name}`, which is no input"
    for function in query.find_all(exp.Func):
        name = function.name if isinstance(function, exp.Anonymous) else function.sql_name()
        if name.upper() not in _ALLOWED:
            yield f"it calls {name.upper()}"
