"""What a source has at this moment, held against its contract."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal

from connectors.base import Offer
from connectors.drift import family
from hedui.model.contract import Dataset, FieldType, Policy

# Native types from which a field of this type is read without loss.
_FITS: Final[dict[FieldType, frozenset[str]]] = {
    "text": frozenset({"text", "integer", "boolean", "empty"}),
    "date": frozenset({"date", "timestamp", "text", "empty"}),
    "month": frozenset({"date", "timestamp", "text", "integer", "empty"}),
    "timestamp": frozenset({"timestamp", "date", "text", "empty"}),
    "integer": frozenset({"integer", "decimal", "text", "empty"}),
    "decimal": frozenset({"decimal", "integer", "text", "empty"}),
}


@dataclass(frozen=True)
class Difference:
    """One line of a diff. `sign` is as in a diff of text; `policy` is what the contract says of such a change."""

    sign: Literal["+", "-", "~"]
    column: str
    what: str
    policy: Policy


def differences(offer: Offer, dataset: Dataset) -> Iterator[Difference]:
    """New, missing, renamed and otherwise typed columns, in the contract's order, new ones last."""
    offered = {column.name: family(column.type) for column in offer.schema}
    read = dict.fromkeys(name for field in dataset.fields.values() for name in (field.source, *field.also))
    new = [name for name in offered if name not in read]
    for name, field in dataset.fields.items():
        header = next((one for one in (field.source, *field.also) if one in offered), None)
        if header is None:
            yield _missing(dataset, name, new)
            continue
        if header != field.source:
            what = f"the field {name} comes as {header} now"
            yield Difference("~", field.source, what, dataset.drift.renamed_headers)
        if offered[header] not in _FITS[field.type]:
            what = f"is {offered[header]} there, {field.type} in the contract"
            yield Difference("~", header, what, dataset.drift.changed_types)
    for name in new:
        yield Difference("+", name, f"new: {offered[name]}, read by no field", dataset.drift.new_columns)


def _missing(dataset: Dataset, name: str, new: list[str]) -> Difference:
    source = dataset.fields[name].source
    near = get_close_matches(source, new, n=1)
    guess = f"; perhaps it is called {near[0]} now" if near else ""
    needed = name in (*dataset.key, dataset.cursor)
    policy = "freeze" if needed else dataset.drift.missing_columns
    return Difference("-", source, f"missing; the field {name} reads it{guess}", policy)
