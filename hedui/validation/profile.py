"""What a batch looks like as a whole, counted while it is judged."""

from collections.abc import Iterable, Sequence
from typing import Final

import duckdb

from hedui.validation.verdict import Profile

# What only few rows hold is no category, and could be anything: it is left out.
_ROWS_OF_A_CATEGORY: Final = 5
_MOST_CATEGORIES: Final = 100


def profiled(
    connection: duckdb.DuckDBPyConnection, table: str, fields: Sequence[str], categories: Iterable[str]
) -> Profile:
    """The profile of a loaded batch; `categories` are fields with few different values, none of them an identifier."""
    counts = ", ".join(f'count("{name}")' for name in fields)
    rows, *filled = connection.execute(f"SELECT count(*), {counts} FROM {table}").fetchone() or (0,)
    counted = {name: _counted(connection, table, name) for name in categories}
    return Profile(rows, dict(zip(fields, filled, strict=True)), counted)


def _counted(connection: duckdb.DuckDBPyConnection, table: str, field: str) -> dict[str, int]:
    found = connection.execute(f"""
        SELECT "{field}"::VARCHAR, count(*) FROM {table} WHERE "{field}" IS NOT NULL
        GROUP BY ALL HAVING count(*) >= {_ROWS_OF_A_CATEGORY} ORDER BY 2 DESC, 1 LIMIT {_MOST_CATEGORIES}""")
    return dict(found.fetchall())
