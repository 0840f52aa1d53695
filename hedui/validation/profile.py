"""How frequent the values of a batch are, counted while it is judged."""

from collections.abc import Iterable
from typing import Final

import duckdb

# What only few rows hold is no category, and could be anything: it is left out.
_ROWS_OF_A_CATEGORY: Final = 5
_MOST_CATEGORIES: Final = 100


def counted(connection: duckdb.DuckDBPyConnection, table: str, categories: Iterable[str]) -> dict[str, dict[str, int]]:
    """The rows of each value of fields of a loaded batch: such with few different values, none an identifier."""
    return {name: _counted(connection, table, name) for name in categories}


def _counted(connection: duckdb.DuckDBPyConnection, table: str, field: str) -> dict[str, int]:
    found = connection.execute(f"""
        SELECT "{field}"::VARCHAR, count(*) FROM {table} WHERE "{field}" IS NOT NULL
        GROUP BY ALL HAVING count(*) >= {_ROWS_OF_A_CATEGORY} ORDER BY 2 DESC, 1 LIMIT {_MOST_CATEGORIES}""")
    return dict(found.fetchall())
