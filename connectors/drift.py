"""Watch the form of a delivery: take what is renamed, note what changed, stop or mark what the contract says."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from typing import Final

import pyarrow as pa
import pyarrow.types as kinds

from hedui.model.contract import DriftPolicy
from hedui.model.drift import Drift, in_words
from hedui.model.errors import SchemaDrift

Form = Mapping[str, str]  # column: family of its type, of everything that was delivered

# A header that holds so many digits is no header: a row without one stands in its place.
_DIGITS: Final = re.compile(r"\d{5,}")
_LONGEST_HEADER: Final = 100
_FAMILIES: Final = {
    "text": (kinds.is_string, kinds.is_large_string, kinds.is_string_view, kinds.is_dictionary),
    "integer": (kinds.is_integer,),
    "decimal": (kinds.is_decimal,),
    "float": (kinds.is_floating,),
    "date": (kinds.is_date,),
    "timestamp": (kinds.is_timestamp,),
    "boolean": (kinds.is_boolean,),
    "empty": (kinds.is_null,),
}


def family(kind: pa.DataType) -> str:
    """What a type is to people: text, integer, decimal, float, date, timestamp, boolean, empty or other."""
    return next((name for name, are in _FAMILIES.items() if any(is_(kind) for is_ in are)), "other")


def _masked(header: str) -> str:
    """A header as it may be stored and shown: it can be somebody's record, a page long, or hold a NUL."""
    short = header if len(header) <= _LONGEST_HEADER else f"{header[:_LONGEST_HEADER]}…"
    return "".join(sign if sign.isprintable() else "?" for sign in _DIGITS.sub("…", short))


def fingerprint(form: Form) -> str:
    """One word for a form: the same columns of the same types, in whatever order, have the same."""
    return sha256("\n".join(sorted(f"{name}\t{kind}" for name, kind in form.items())).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Expected:
    """What a contract leads to expect. `also` are other headers of a column, `needed` those nothing goes without."""

    where: str
    columns: tuple[str, ...]
    also: Mapping[str, str]
    needed: frozenset[str]
    policy: DriftPolicy
    before: Form | None


@dataclass(frozen=True)
class Seen:
    """How rows of one form are taken: the header of each column, and what has changed."""

    headers: Mapping[str, str | None]
    drifts: tuple[Drift, ...]

    @property
    def mark(self) -> str | None:
        """What is written beside rows that are to be held back: a list in JSON, for a header may hold any sign."""
        held = [f"{drift.kind}:{drift.column}" for drift in self.drifts if drift.policy == "quarantine"]
        return json.dumps(held, ensure_ascii=False) if held else None


class Watch:
    """Follows one delivery: as what its pages are taken, which changes are news, and the form of it all."""

    def __init__(self, expected: Expected, when: str, place: Iterable[str]) -> None:
        self._expected, self._when, self._place = expected, when, {*place}
        self._known: dict[tuple[pa.Schema, pa.Schema | None], Seen] = {}
        self._said: dict[Drift, bool] = {}
        self.form: dict[str, str] = {}

    def take(self, schema: pa.Schema, further: pa.Schema | None) -> Seen:
        """How to take rows with this schema. Raises SchemaDrift."""
        if (schema, further) not in self._known:
            fields = [field for field in (*schema, *(further or ())) if field.name not in self._place]
            columns = self._expected.columns or tuple(field.name for field in fields)
            known = {*columns, *self._expected.also}
            form = {f.name if f.name in known else _masked(f.name): family(f.type) for f in fields}
            self._known[schema, further] = found = seen(form, columns, self._expected, self._when)
            self._said = dict.fromkeys(found.drifts, False) | self._said
            self.form = self.form | form
        return self._known[schema, further]

    def news(self) -> tuple[Drift, ...]:
        """The changes that were not told yet."""
        news = tuple(drift for drift, said in self._said.items() if not said)
        self._said = dict.fromkeys(self._said, True)
        return news


def seen(form: Form, columns: Iterable[str], expected: Expected, when: str) -> Seen:
    """How to take rows of this form. Raises SchemaDrift where the contract does not let a change pass."""
    headers = {column: _header(column, form, expected) for column in columns}
    drifts = tuple(_drifts(form, headers, expected))
    if any(drift.policy == "freeze" for drift in drifts):
        raise _stopped(expected, when, form, headers, drifts)
    return Seen(headers, drifts)


def _header(column: str, form: Form, expected: Expected) -> str | None:
    others = (other for other, of in expected.also.items() if of == column)
    return next((name for name in (column, *others) if name in form), None)


def _drifts(form: Form, headers: Mapping[str, str | None], expected: Expected) -> Iterator[Drift]:
    """What is otherwise than before. What is let pass is said once; what stops or holds back, every time."""
    policy, before = expected.policy, expected.before
    for column, header in headers.items():
        known = before is not None and (header or column) not in before
        if header is None:
            how = "freeze" if column in expected.needed else policy.missing_columns
            if how != "ignore" or not known:
                yield Drift("missing_column", column, how)
            continue
        if header != column and (policy.renamed_headers != "ignore" or known or before is None):
            yield Drift("renamed_header", column, policy.renamed_headers, column, header)
        if before and (was := before.get(header) or before.get(column)) and _differ(was, form[header]):
            yield Drift("changed_type", column, policy.changed_types, was, form[header])
    for name in _further(form, headers):
        if before is not None and name not in before:
            yield Drift("new_column", name, policy.new_columns)


def _further(form: Form, headers: Mapping[str, str | None]) -> list[str]:
    """Columns that no field of the contract reads."""
    return sorted(form.keys() - {*headers.values()})


def _differ(before: str, now: str) -> bool:
    return before != now and "empty" not in (before, now)


def _stopped(
    expected: Expected, when: str, form: Form, headers: Mapping[str, str | None], drifts: Iterable[Drift]
) -> SchemaDrift:
    missing = {drift.column for drift in drifts if drift.kind == "missing_column"}
    # Without its key a first row may be no header but somebody's record: it is not quoted.
    a_header = not missing & expected.needed
    told = [drift for drift in drifts if a_header or drift.kind == "missing_column"]
    guesses = _guesses(missing, _further(form, headers)) if a_header else ()
    return SchemaDrift(
        expected.where,
        "; ".join([f"the delivery for {when} {in_words(d for d in told if d.policy == 'freeze')}", *guesses]),
        "Ask the agency whether it was renamed, then correct the contract"
        if missing
        else "Ask the agency, then correct the contract or what it says of `drift`",
        told,
    )


def _guesses(missing: Iterable[str], further: list[str]) -> Iterator[str]:
    for column in sorted(missing):
        if near := get_close_matches(column, further, n=1):
            yield f"{column} may be called {near[0]} now"
