"""Columns that stand beside the fields of a batch while it is judged, because an expectation asks for them.

Whether an identifier is valid is computed here, on whole columns: a function in SQL would cost five times as much.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from hedui.identifiers.codes import valid_credit_codes, valid_organisation_codes
from hedui.identifiers.columns import Mask, valid_column
from hedui.identifiers.divisions import valid_division_codes
from hedui.validation.known import AsKept, Known
from hedui.validation.suite import KNOWN_IN, ONE_VERSION, DeclaredExpectation, Suite

# Whether the identifier in a field is a valid one of its kind.
VALID: Final = "_valid_{kind}_{field}"
# A field as the warehouse keeps another one, and the table of the values that one has.
KEPT: Final = "_kept_{field}_{reference}"
KNOWN: Final = "known_{reference}"
# A hash over all fields of a row, and the table of the versions, by key and cursor, whose rows differ in it.
CONTENT: Final = "_content"
CONTRADICTORY: Final = "contradictory_{columns}"

VALIDITY: Final[Mapping[str, Callable[[pa.StringArray], Mask]]] = {
    "person_identifier": valid_column,
    "credit_code": valid_credit_codes,
    "organisation_code": valid_organisation_codes,
    "division_code": valid_division_codes,
}
_ASKING_FOR_VALIDITY: Final = {f"expect_column_values_to_be_valid_{kind}": kind for kind in VALIDITY}


@dataclass(frozen=True)
class Beside:
    """One such column, computed from a field."""

    name: str
    field: str
    kind: pa.DataType
    computed: Callable[[pa.Array], pa.Array | Mask]


def beside(suite: Suite, known: Known, kept: Mapping[str, tuple[pa.DataType, AsKept]]) -> list[Beside]:
    """The columns that the suite's expectations ask for, each once; `kept` are the references there are."""
    found = [column for one in suite.expectations for column in _asked_by(one, known, kept)]
    return list({column.name: column for column in found}.values())


def with_columns(rows: pa.RecordBatch, columns: list[Beside]) -> pa.RecordBatch:
    """The rows, and these columns beside them."""
    for column in columns:
        values = column.computed(rows[column.field])
        rows = rows.append_column(column.name, pa.array(values) if isinstance(values, np.ndarray) else values)
    return rows


def load_known(
    connection: duckdb.DuckDBPyConnection, suite: Suite, known: Known
) -> dict[str, tuple[pa.DataType, AsKept]]:
    """Make a table of the values of each reference that the suite names. Returns those that have any."""
    found = {}
    for name in dict.fromkeys(one.arguments["reference"] for one in suite.expectations if one.type == KNOWN_IN):
        reference, table = known.reference(name), KNOWN.format(reference=name)
        if reference is None:
            continue
        values = pa.RecordBatchReader.from_batches(pa.schema({"value": reference.kind}.items()), reference.values)
        connection.register("values_of_reference", values)
        made = connection.execute(f'CREATE TABLE "{table}" AS SELECT value FROM values_of_reference').fetchone()
        connection.unregister("values_of_reference")
        if made and made[0]:
            found[name] = (reference.kind, reference.as_kept)
    return found


def find_contradictions(connection: duckdb.DuckDBPyConnection, suite: Suite, table: str) -> None:
    """Make the table of contradictory versions that the suite asks for: once, as Great Expectations reads it twice."""
    for one in suite.expectations:
        if one.type == ONE_VERSION and one.columns:
            table_of_them = CONTRADICTORY.format(columns="_".join(one.columns))
            version = ", ".join(f'"{column}"' for column in one.columns)
            complete = " AND ".join(f'"{column}" IS NOT NULL' for column in one.columns)
            connection.execute(
                f'CREATE TABLE IF NOT EXISTS "{table_of_them}" AS SELECT {version}'
                f" FROM {table} WHERE {complete} GROUP BY ALL HAVING min({CONTENT}) <> max({CONTENT})"
            )


def _asked_by(
    one: DeclaredExpectation, known: Known, kept: Mapping[str, tuple[pa.DataType, AsKept]]
) -> Iterator[Beside]:
    field = one.columns[0] if one.columns else ""
    if kind := _ASKING_FOR_VALIDITY.get(one.type):
        check = partial(valid_division_codes, divisions=known.divisions) if kind == "division_code" else VALIDITY[kind]
        yield Beside(VALID.format(kind=kind, field=field), field, pa.bool_(), check)
    elif one.type == KNOWN_IN and (reference := one.arguments["reference"]) in kept:
        form, as_kept = kept[reference]
        yield Beside(KEPT.format(field=field, reference=reference), field, form, as_kept)
