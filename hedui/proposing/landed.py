"""What all rows of a landed batch tell of the fields of their contract, gathered piece by piece in bounded memory."""

from collections import Counter
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hedui.identifiers.codes import valid_credit_codes
from hedui.identifiers.divisions import Divisions, valid_division_codes
from hedui.model.contract import ContractField, Dataset
from hedui.proposing.profile import FEW, OFTEN, profile
from hedui.proposing.told import Told


class Gathered:
    """Add prepared rows, then ask what they told. Of identifiers no value is looked at but for its form."""

    def __init__(self, dataset: Dataset, divisions: Divisions | None = None) -> None:
        self._fields = {name: _Field(field, divisions) for name, field in dataset.fields.items()}

    def add(self, rows: pa.RecordBatch) -> None:
        for name, field in self._fields.items():
            field.add(rows[name])

    def told(self) -> dict[str, Told]:
        return {name: field.told() for name, field in self._fields.items()}


class _Field:
    def __init__(self, field: ContractField, divisions: Divisions | None) -> None:
        self._field = field
        self._rows = self._filled = 0
        plain = field.type == "text" and not field.identifier
        # None: there are too many, or nobody may know.
        self._counts: Counter[str] | None = Counter() if plain else None
        self._are_divisions = plain
        self._are_credit_codes = field.type == "text" and field.identifier in (None, "record")
        self._digits: set[int] = set()
        self._ends: list[Any] = []
        self._division = partial(valid_division_codes, divisions=divisions)

    def add(self, column: pa.Array) -> None:
        filled = column.drop_null()
        self._rows, self._filled = self._rows + len(column), self._filled + len(filled)
        if not len(filled):
            return
        if self._field.type != "text":
            self._ends += list(pc.min_max(filled).as_py().values())
            self._ends = [min(self._ends), max(self._ends)]
            return
        self._count(filled)
        self._are_credit_codes = self._are_credit_codes and bool(valid_credit_codes(filled).all())
        self._are_divisions = self._are_divisions and bool(self._division(filled).all())
        if self._are_divisions:
            self._digits |= set(pc.unique(pc.binary_length(filled)).to_pylist())

    def told(self) -> Told:
        divisions = self._are_divisions and self._filled >= OFTEN
        return Told(
            filled=0 < self._rows == self._filled,
            codes=() if divisions else self._codes(),
            divisions=tuple(sorted(self._digits)) if divisions else (),
            credit_codes=self._are_credit_codes and self._filled >= OFTEN,
            first=self._ends[0] if self._ends else None,
            last=self._ends[1] if self._ends else None,
        )

    def _count(self, filled: pa.StringArray) -> None:
        if self._counts is None:
            return
        distinct = pc.value_counts(filled)
        if len(distinct) > FEW:
            self._counts = None
            return
        self._counts.update({one["values"]: one["counts"] for one in distinct.to_pylist()})
        self._counts = self._counts if len(self._counts) <= FEW else None

    def _codes(self) -> tuple[str, ...]:
        """All values, where each stands in many rows and they neither name nor reach somebody: as of a sample."""
        if not self._counts or min(self._counts.values()) < OFTEN:
            return ()
        each_often = [code for code, _ in self._counts.most_common() for _ in range(OFTEN)]
        return profile(self._field.source, pa.array(each_often, pa.string()), self._field.title.zh).codes
