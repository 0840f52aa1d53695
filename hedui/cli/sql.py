"""`hedui sql`: one query, or a small shell."""

from collections.abc import Iterator

import duckdb
import typer

from hedui.cli.show import Format, show
from hedui.model.errors import TerminalError
from hedui.pipeline import Pipeline

_SHOWN = 1_000


def shell(pipeline: Pipeline, query: str | None, output: Format) -> None:
    """Run `query`, or ask for queries until an empty line or the end of input."""
    with pipeline.query_engine() as engine:
        if query is not None:
            _answer(engine.connection, query, output)
            return
        typer.echo("Tables: " + ", ".join(name for (name,) in engine.connection.sql(_TABLES).fetchall()))
        for line in _lines():
            try:
                _answer(engine.connection, line, output)
            except TerminalError as error:
                typer.secho(str(error), fg="red", err=True)


_TABLES = """SELECT table_schema || '.' || table_name FROM information_schema.tables
    WHERE table_schema NOT IN ('versions', 'main') ORDER BY 1"""


def _lines() -> Iterator[str]:
    while True:
        try:
            line = input("hedui> ").strip().rstrip(";")
        except EOFError:
            return
        if not line:
            return
        yield line


def _answer(connection: duckdb.DuckDBPyConnection, query: str, output: Format) -> None:
    try:
        relation = connection.sql(query)
        if relation is None:
            return
        rows = relation.limit(_SHOWN + 1).to_arrow_table().to_pylist() if output is Format.TABLE else None
        show(relation.to_arrow_table().to_pylist() if rows is None else rows[:_SHOWN], output)
    except duckdb.Error as error:
        raise TerminalError("sql", str(error).splitlines()[0], "Correct the query") from None
    if rows is not None and len(rows) > _SHOWN:
        typer.secho(f"only the first {_SHOWN:,} rows are shown; --format json prints all", err=True)
