"""What a rule's query may be: one SELECT over its inputs, without clock, chance, files or settings."""

from collections.abc import Iterator

import sqlglot
from sqlglot import exp

from hedui.model.errors import DeclarationInvalid
from hedui.model.rule import Rule

# Functions outside this list could read the clock, draw lots, open files or differ between engines.
_ALLOWED = {
    "ABS", "AND", "ANY_VALUE", "ARRAY_AGG", "ARRAY_SORT", "AVG", "CASE", "CAST", "COALESCE", "COUNT", "DATE_DIFF",
    "DATEDIFF", "DATE_TRUNC", "GREATEST", "IF", "LEAST", "LOGICAL_AND", "LOGICAL_OR", "LOWER", "MAX", "MIN", "OR",
    "ROUND", "ROW_NUMBER", "SUM", "TIMESTAMP_TRUNC", "UPPER", "XOR",
}  # fmt: skip


def checked_query(rule: Rule, sql: str) -> str:
    """The query, once it is known to be what a rule may run. Raises DeclarationInvalid with line and reason."""
    try:
        statements = sqlglot.parse(sql, dialect="duckdb")
    except sqlglot.errors.ParseError as error:
        fault = error.errors[0]
        raise _invalid(rule, f"line {fault['line']}: {fault['description']}", "Mend the query") from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise _invalid(rule, "this is not one SELECT", "Write one query and nothing else")
    for unwanted in _faults(rule, statements[0]):
        raise _invalid(rule, unwanted, "Read only the rule's inputs, with functions that every engine knows")
    return sql


def _faults(rule: Rule, query: exp.Query) -> Iterator[str]:
    named = {cte.alias for cte in query.find_all(exp.CTE)}
    for table in query.find_all(exp.Table):
        full_name = f"{table.db}.{table.name}" if table.db else table.name
        if not isinstance(table.this, exp.Identifier) or (full_name not in rule.inputs and full_name not in named):
            yield f"it reads `{full_name}`, which is no input"
    for function in query.find_all(exp.Func):
        name = function.name if isinstance(function, exp.Anonymous) else function.sql_name()
        if name.upper() not in _ALLOWED:
            yield f"it calls {name.upper()}"


def _invalid(rule: Rule, what: str, remedy: str) -> DeclarationInvalid:
    return DeclarationInvalid(f"{rule.rule}/rule.sql", what, remedy)
