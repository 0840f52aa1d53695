"""From a landed batch, raw and under the agency's names, to the contract's fields, typed and simply repaired.

A pure function of batch and contract: pseudonymising prepares the same rows again and must get the same values.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hedui.columns import COLUMN_TYPES
from hedui.identifiers.columns import canonical_column
from hedui.identifiers.names import tidy_column
from hedui.identifiers.remarks import Mask, together
from hedui.identifiers.written_codes import canonical_codes
from hedui.model.contract import ContractField, Dataset
from hedui.validation.natives import taken, written
from hedui.validation.readers import READERS, SPREADSHEET_READERS, Reading, trimmed, without_nul

PLACE = {"_row": pa.int64(), "_source": pa.string(), "_position": pa.int64()}
DRIFT = "_drift"
UNREADABLE = "_unreadable"
LENGTHENED = "_lengthened"


# What was repaired, one row for each repair: the row and the place where it was delivered, the field, the repair.
REPAIRED = pa.schema(
    {
        "row": pa.int64(),
        "source": pa.string(),
        "position": pa.int64(),
        "field": pa.string(),
        "repair": pa.string(),
    }.items()
)


@dataclass(frozen=True)
class Prepared:
    """`rows` has the fields of the contract, the three of `PLACE`, `_drift` as it landed, `_unreadable`, `_lengthened`.

    These two name the fields that made no sense, and those with a number of fifteen digits, which is eighteen now.
    `changed` says by field which rows each repair changed.
    """

    rows: pa.RecordBatch
    changed: Mapping[str, Mapping[str, Mask]]

    @cached_property
    def repairs(self) -> Counter[tuple[str, str]]:
        """How many rows each repair changed, by field and repair."""
        return Counter({(field, repair): int(rows.sum()) for field, repair, rows in self._each()})

    @cached_property
    def repaired(self) -> int:
        """How many rows were changed at all."""
        changed = np.zeros(self.rows.num_rows, dtype=np.bool_)
        for _, _, rows in self._each():
            changed |= rows
        return int(changed.sum())

    @cached_property
    def listed(self) -> pa.RecordBatch:
        """Every repair as a row of `REPAIRED`, in the order of the rows."""
        return _listed(self.rows, list(self._each()))

    def _each(self) -> Iterator[tuple[str, str, Mask]]:
        for field, repairs in self.changed.items():
            for repair, rows in sorted(repairs.items()):
                yield field, repair, rows


def prepared_schema(dataset: Dataset) -> pa.Schema:
    """The columns of prepared rows."""
    fields = {name: COLUMN_TYPES[field.type] for name, field in dataset.fields.items()}
    return pa.schema({**fields, **PLACE, **dict.fromkeys((DRIFT, UNREADABLE, LENGTHENED), pa.string())}.items())


def prepare(batch: pa.RecordBatch, dataset: Dataset) -> Prepared:
    """The rows of one landed batch as the contract declares them, with every repair by field and row."""
    changed: dict[str, Mapping[str, Mask]] = {}
    unreadable: dict[str, pa.BooleanArray] = {}
    columns: list[pa.Array] = []
    for name, field in dataset.fields.items():
        reading = _read(batch.column(field.source), field, dataset)
        columns.append(reading.values)
        if reading.repairs:
            changed[name] = reading.repairs
        if reading.unreadable is not None:
            unreadable[name] = reading.unreadable
    columns += [batch.column(name).cast(kind) for name, kind in PLACE.items()]
    columns.append(batch[DRIFT] if DRIFT in batch.schema.names else pa.nulls(batch.num_rows, pa.string()))
    lengthened = {name: pa.array(made["fifteen_digits"]) for name, made in changed.items() if "fifteen_digits" in made}
    columns += [_fields_named(marked, batch.num_rows) for marked in (unreadable, lengthened)]
    rows = pa.RecordBatch.from_arrays(columns, schema=prepared_schema(dataset))
    return Prepared(rows, changed)


def _read(column: pa.Array, field: ContractField, dataset: Dataset) -> Reading:
    if (native := taken(column, field.type)) is not None:
        return Reading(native)
    text = written(column)
    if text is None:
        return Reading(pa.nulls(len(column), COLUMN_TYPES[field.type]), unreadable=column.is_valid())
    bare, had_nul = without_nul(text)
    reading = _read_text(bare, field, dataset)
    return reading if had_nul is None else _with_nul_counted(reading, had_nul)


def _read_text(text: pa.StringArray, field: ContractField, dataset: Dataset) -> Reading:
    if field.type != "text":
        readers = SPREADSHEET_READERS if dataset.source.kind == "file_drop" else READERS
        return readers[field.type](text)
    if field.identifier == "person":
        return _identity_numbers(text)
    if field.identifier == "name":
        return _names(text)
    return _texts(text)


def _with_nul_counted(reading: Reading, had_nul: Mask) -> Reading:
    return replace(reading, repairs=_where_something_is_left({**reading.repairs, "nul": had_nul}, reading.values))


def _where_something_is_left(repairs: Mapping[str, Mask], values: pa.Array) -> dict[str, Mask]:
    """The repairs without those of what is empty or unreadable now: that was not repaired."""
    left = values.is_valid().to_numpy(zero_copy_only=False)
    return {repair: rows & left for repair, rows in repairs.items() if (rows & left).any()}


def _identity_numbers(text: pa.StringArray) -> Reading:
    canonical = canonical_column(text)
    # What only trimming changed is no valid number: nothing was repaired.
    return Reading(trimmed(canonical.values).values, canonical.repairs)


def _texts(text: pa.StringArray) -> Reading:
    codes = canonical_codes(text)
    rest = trimmed(codes.values)
    return Reading(rest.values, together(codes.repairs, rest.repairs))


def _names(text: pa.StringArray) -> Reading:
    tidy, repairs = tidy_column(text)
    bare = trimmed(tidy).values
    return Reading(bare, _where_something_is_left(repairs, bare))


def _listed(rows: pa.RecordBatch, repairs: Sequence[tuple[str, str, Mask]]) -> pa.RecordBatch:
    changed = [np.flatnonzero(changed) for _, _, changed in repairs]
    which = np.repeat(np.arange(len(repairs)), [len(places) for places in changed])
    places = np.concatenate([*changed, np.empty(0, dtype=np.int64)])
    order = np.argsort(places, kind="stable")
    row, of = pa.array(places[order]), pa.array(which[order])
    fields, made = (pa.array([repair[n] for repair in repairs], pa.string()) for n in (0, 1))
    columns = [*(rows[name].take(row) for name in PLACE), fields.take(of), made.take(of)]
    return pa.RecordBatch.from_arrays(columns, schema=REPAIRED)


def _fields_named(marked: Mapping[str, pa.BooleanArray], rows: int) -> pa.StringArray:
    """Per row the fields that are marked, separated by commas; null for nearly all."""
    if not marked:
        return pa.nulls(rows, pa.string())
    joined = pa.array([""]).take(pa.array(np.zeros(rows, dtype=np.int64)))
    for name, mask in marked.items():
        joined = pc.binary_join_element_wise(joined, pc.if_else(mask, f",{name}", ""), "")
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), pc.utf8_ltrim(joined, ","))
