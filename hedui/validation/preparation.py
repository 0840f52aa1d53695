"""From a landed batch, raw and under the agency's names, to the contract's fields, typed and simply repaired.

A pure function of batch and contract: pseudonymising prepares the same rows again and must get the same values.
"""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hedui.columns import COLUMN_TYPES
from hedui.identifiers.columns import canonical_column
from hedui.identifiers.names import tidy_column
from hedui.model.contract import ContractField, Dataset
from hedui.validation.natives import taken, written
from hedui.validation.readers import READERS, SPREADSHEET_READERS, Mask, Reading, trimmed, without_nul

PLACE = {"_row": pa.int64(), "_source": pa.string(), "_position": pa.int64()}
DRIFT = "_drift"
UNREADABLE = "_unreadable"


@dataclass(frozen=True)
class Prepared:
    """`rows` has the fields of the contract, the three of `PLACE`, `_drift` as it landed, and `_unreadable`.

    The last names the fields that made no sense.
    """

    rows: pa.RecordBatch
    repairs: Counter[tuple[str, str]]
    repaired: int


def prepared_schema(dataset: Dataset) -> pa.Schema:
    """The columns of prepared rows."""
    fields = {name: COLUMN_TYPES[field.type] for name, field in dataset.fields.items()}
    return pa.schema({**fields, **PLACE, DRIFT: pa.string(), UNREADABLE: pa.string()}.items())


def prepare(batch: pa.RecordBatch, dataset: Dataset) -> Prepared:
    """The rows of one landed batch as the contract declares them, with every repair counted by field."""
    repairs: Counter[tuple[str, str]] = Counter()
    repaired = np.zeros(batch.num_rows, dtype=np.bool_)
    unreadable: dict[str, pa.BooleanArray] = {}
    columns: list[pa.Array] = []
    for name, field in dataset.fields.items():
        reading = _read(batch.column(field.source), field, dataset)
        columns.append(reading.values)
        repairs.update({(name, repair): count for repair, count in reading.repairs.items()})
        if reading.repaired is not None:
            repaired |= reading.repaired
        if reading.unreadable is not None:
            unreadable[name] = reading.unreadable
    columns += [batch.column(name).cast(kind) for name, kind in PLACE.items()]
    columns.append(batch[DRIFT] if DRIFT in batch.schema.names else pa.nulls(batch.num_rows, pa.string()))
    columns.append(_names_of_unreadable(unreadable, batch.num_rows))
    rows = pa.RecordBatch.from_arrays(columns, schema=prepared_schema(dataset))
    return Prepared(rows, repairs, int(repaired.sum()))


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
    return trimmed(text)


def _with_nul_counted(reading: Reading, had_nul: Mask) -> Reading:
    """Only where something is left: what is empty or unreadable now was not repaired."""
    dropped = had_nul & reading.values.is_valid().to_numpy(zero_copy_only=False)
    repairs = reading.repairs + Counter(nul=int(dropped.sum()))  # which leaves counts of nothing out
    return replace(
        reading, repairs=repairs, repaired=dropped if reading.repaired is None else reading.repaired | dropped
    )


def _identity_numbers(text: pa.StringArray) -> Reading:
    canonical = canonical_column(text)
    rest = trimmed(canonical.values)
    # What only trimming changed is no valid number: nothing was repaired.
    return Reading(rest.values, canonical.repairs, canonical.repaired.to_numpy(zero_copy_only=False))


def _names(text: pa.StringArray) -> Reading:
    tidy = trimmed(tidy_column(text)).values
    changed = pc.fill_null(pc.not_equal(text, tidy), False).to_numpy(zero_copy_only=False)
    return Reading(tidy, Counter({"blanks": int(changed.sum())} if changed.any() else {}), changed)


def _names_of_unreadable(unreadable: dict[str, pa.BooleanArray], rows: int) -> pa.StringArray:
    """Per row the fields that could not be read, separated by commas; null for nearly all."""
    if not unreadable:
        return pa.nulls(rows, pa.string())
    joined = pa.array([""]).take(pa.array(np.zeros(rows, dtype=np.int64)))
    for name, mask in unreadable.items():
        joined = pc.binary_join_element_wise(joined, pc.if_else(mask, f",{name}", ""), "")
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), pc.utf8_ltrim(joined, ","))
