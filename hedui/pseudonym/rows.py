"""From prepared rows to what the warehouse may hold: tokens for identifiers, dates and places in their agreed form."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from hedui.identifiers.names import folded_column
from hedui.model.contract import ContractField, Dataset
from hedui.pseudonym.vault import Vault


def pseudonymised(rows: pa.RecordBatch, dataset: Dataset, vault: Vault) -> pa.RecordBatch:
    """The kept fields of `rows`, in the contract's order; each name becomes one column per form, `name_full` first."""
    columns = dict(_columns(rows, dataset, vault))
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def _columns(rows: pa.RecordBatch, dataset: Dataset, vault: Vault) -> Iterator[tuple[str, pa.Array]]:
    for name, field in dataset.fields.items():
        if not field.keep:
            continue
        values = rows[name]
        if field.identifier == "person":
            yield name, vault.persons(dataset.programme, values)
        elif field.identifier == "record":
            yield name, vault.records(dataset.programme, values)
        elif field.identifier == "name":
            for form in field.name_forms:
                spelt = folded_column(values) if form == "folded" else values
                yield f"{name}_{form}", vault.names(dataset.programme, rows[str(field.of)], spelt)
        else:
            yield name, in_form(values, field)


def in_form(values: pa.Array, field: ContractField) -> pa.Array:
    """As much of a date or a division code as the contract keeps."""
    match field.form:
        case "month" | "year":
            return pc.floor_temporal(values, unit=field.form).cast(pa.date32())
        case "county":
            return pc.utf8_slice_codeunits(values, 0, 6)
        case "category":  # of ICD-10: what comes before the point
            return pc.utf8_slice_codeunits(values, 0, 3)
        case _:
            return values


def deleted(rows: pa.RecordBatch, dataset: Dataset) -> pa.BooleanArray:
    """Which rows say that their record is deleted."""
    if dataset.deleted_when is None:
        return pa.repeat(pa.scalar(False), rows.num_rows)
    matches = pc.equal(rows[dataset.deleted_when.field].cast(pa.string()), dataset.deleted_when.equals)
    return pc.fill_null(matches, False)
