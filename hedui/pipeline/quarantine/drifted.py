"""Rows that were held back for the form of their delivery, under a contract that by now lets that form pass."""

import json
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from hedui.model.contract import Dataset
from hedui.validation.preparation import DRIFT

_POLICY_ON: Final = {
    "new_column": "new_columns",
    "missing_column": "missing_columns",
    "changed_type": "changed_types",
    "renamed_header": "renamed_headers",
}


def without_settled_drifts(piece: pa.RecordBatch, dataset: Dataset) -> pa.RecordBatch:
    """The landed rows, marked only with changes for which the contract still holds rows back."""
    if DRIFT not in piece.schema.names:
        return piece
    said = pc.unique(piece[DRIFT].drop_null())
    still = pa.array([_still(mark, dataset) for mark in said.to_pylist()], pa.string())
    marks = still.take(pc.index_in(piece[DRIFT], said))
    return piece.set_column(piece.schema.get_field_index(DRIFT), pa.field(DRIFT, pa.string()), marks)


def _still(mark: str, dataset: Dataset) -> str | None:
    columns = {field.source for field in dataset.fields.values()}
    held = [part for part in json.loads(mark) if _holds(part, dataset, columns)]
    return json.dumps(held, ensure_ascii=False) if held else None


def _holds(part: str, dataset: Dataset, columns: set[str]) -> bool:
    kind, _, column = part.partition(":")
    known_now = kind == "new_column" and column in columns
    return getattr(dataset.drift, _POLICY_ON[kind]) == "quarantine" and not known_now
