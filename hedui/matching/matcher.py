"""The answer of a rule on pinned snapshots: for everybody, or for those touched since the watermark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from hedui.matching.reference import reference_table
from hedui.matching.touched import TOUCHED, show_touched, touched_subjects
from hedui.model.contract import Dataset
from hedui.model.errors import DeclarationInvalid
from hedui.model.rule import Query, Rule
from hedui.warehouse.engine import Engine, Snapshots


@dataclass(frozen=True)
class Answer:
    """Rows of the rule's query. `touched` is None where it speaks of everybody."""

    rows: pa.Table
    touched: Sequence[bytes] | None


def answer(
    engine: Engine,
    rule: Rule,
    query: Query,
    datasets: Mapping[str, Dataset],
    register: Dataset | None,
    snapshots: Snapshots,
    since: Snapshots | None,
) -> Answer:
    """Run the query on `snapshots`; with `since`, for the subjects touched after those alone.

    Both give the same leads, because a lead depends only on rows that lead to its subject along `touches`.
    """
    if since is None:
        engine.show_current(datasets.values(), snapshots, register)
        return Answer(result(engine.connection, rule, query), None)
    show_touched(engine, rule, datasets, register, snapshots, since)
    return Answer(
        result(engine.connection, rule, query, f"subject IN (SELECT value FROM {TOUCHED})"), touched_subjects(engine)
    )


def result(connection: duckdb.DuckDBPyConnection, rule: Rule, query: Query, where: str = "true") -> pa.Table:
    """The rows of the rule's query on a connection that shows its inputs. Raises DeclarationInvalid."""
    try:
        _show_beside(connection, rule, query)
        # The query may end with a semicolon, or with a comment that would swallow the bracket.
        sql = query.sql.rstrip().removesuffix(";")
        rows = connection.sql(f"SELECT * FROM ({sql}\n) WHERE {where}").to_arrow_table()
    except duckdb.Error as error:
        # Errors of the query's words may be quoted; those of running it can contain a row's value.
        about_words = isinstance(error, duckdb.ParserException | duckdb.BinderException | duckdb.CatalogException)
        reason = str(error).splitlines()[0] if about_words else type(error).__name__
        raise DeclarationInvalid(f"{rule.rule}/rule.sql", f"the query fails: {reason}", "Mend the query") from None
    if missing := [c for c in ("subject", *rule.evidence) if c not in rows.column_names]:
        raise DeclarationInvalid(
            f"{rule.rule}/rule.sql", f"the result lacks {', '.join(missing)}", "Select what rule.yaml names"
        )
    return rows


def _show_beside(connection: duckdb.DuckDBPyConnection, rule: Rule, query: Query) -> None:
    """What the query reads beside its inputs: views `concept.…`, tables `reference.…` whose columns are text."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS concept; CREATE SCHEMA IF NOT EXISTS reference")
    for name, text in query.reference.items():
        connection.register("file", reference_table(f"{rule.rule}/{rule.reference[name]}", text))
        connection.execute(f"CREATE TABLE reference.{name} AS SELECT * FROM file")
        connection.unregister("file")
    for name, sql in query.concepts.items():
        connection.execute(f"CREATE VIEW concept.{name} AS {sql}")
