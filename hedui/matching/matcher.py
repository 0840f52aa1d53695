"""The answer of a rule on pinned snapshots: for everybody, or for those touched since the watermark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from hedui.model.contract import Dataset
from hedui.model.errors import DeclarationInvalid
from hedui.model.rule import Rule
from hedui.warehouse.engine import Engine, Snapshots


@dataclass(frozen=True)
class Answer:
    """Rows of the rule's query. `touched` is None where it speaks of everybody."""

    rows: pa.Table
    touched: Sequence[bytes] | None


def answer(
    engine: Engine, rule: Rule, sql: str, datasets: Mapping[str, Dataset], snapshots: Snapshots, since: Snapshots | None
) -> Answer:
    """Run the query on `snapshots`; with `since`, for the subjects touched after those alone.

    Both give the same leads, because a lead depends only on rows that name its subject in their `touches` column.
    """
    inputs = [(datasets[name], declared.touches) for name, declared in rule.inputs.items()]
    if since is None:
        engine.show_current((dataset for dataset, _ in inputs), snapshots)
        return Answer(_rows(engine, rule, sql), None)
    engine.show_touched(inputs, snapshots, since)
    return Answer(_rows(engine, rule, sql), engine.touched())


def _rows(engine: Engine, rule: Rule, sql: str) -> pa.Table:
    try:
        rows = engine.query(sql)
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
