"""Great Expectations 1.24 on DuckDB 1.5: a private database that spills only enciphered, and what GX needs to read it.

That is two things, `reading` and `call_regexp_matches`, for the versions pinned in pyproject.toml; a test shows that GX
fails without either.
"""

import logging
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

import duckdb

from hedui.scratch import private_database

# A table of a million rows fits; of a larger one the rest lies enciphered in the spill, which costs little time.
_MEMORY: Final = "256MB"


def judging_database(spill: Path, memory: str = _MEMORY) -> duckdb.DuckDBPyConnection:
    """A private database that keeps the province's time."""
    connection = private_database(spill, memory)
    # Of the whole database: Great Expectations works on cursors, which do not take it over.
    connection.execute("SET GLOBAL TimeZone = 'Asia/Shanghai'")
    # Every row has its number: keeping their order as well would cost a third of the loading.
    connection.execute("SET preserve_insertion_order = false")
    return connection


@cache
def prepared_gx() -> Any:
    """The module great_expectations: silent, offline, and able to run on DuckDB. Takes seconds the first time."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    # GX logs a failed query with its values; our own error names dataset, expectation and column instead.
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL + 1)
    import great_expectations

    call_regexp_matches()
    import hedui.validation.expectations  # noqa: F401 - registers our expectations

    return great_expectations


def reading(connection: duckdb.DuckDBPyConnection) -> Any:
    """The connection as SQLAlchemy takes it, without transactions.

    In duckdb-engine connection and cursor are one. GX closes the connection before it fetches, which rolls back, and
    that would throw the rows away. And after one failing query in a transaction every later one fails too, so that the
    error would name the wrong expectation. GX only reads: it needs none.
    """
    from duckdb_engine import ConnectionWrapper

    class Reading(ConnectionWrapper):
        def begin(self) -> None: ...

        def commit(self) -> None: ...

        def rollback(self) -> None: ...

    return Reading(connection.cursor())


def call_regexp_matches() -> None:
    """Give GX the regular expressions of DuckDB: it knows a list of dialects, and raises or guesses for any other."""
    import sqlalchemy as sa
    from great_expectations.expectations.metrics import util

    known = util.get_dialect_regex_expression

    def expression(column: Any, regex: str, dialect: Any, positive: bool = True) -> Any:
        if getattr(getattr(dialect, "dialect", dialect), "name", "") != "duckdb":
            return known(column, regex, dialect, positive)
        matches = sa.func.regexp_matches(column, sa.literal(regex))
        return matches if positive else sa.not_(matches)

    # Metric modules imported the function by name.
    for module in list(sys.modules.values()):
        if getattr(module, "get_dialect_regex_expression", None) is known:
            module.get_dialect_regex_expression = expression  # type: ignore[attr-defined]
