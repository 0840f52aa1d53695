"""What two versions of a contract have between them, and whether the later one may take the place of the earlier.

*breaking*: rows loaded so far would mean something else. *versioned*: nothing breaks, but who reads must be able to
tell which rows were read how. *free*: how the agency is reached, when, and what things are called.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from hedui.model.contract import ContractField, Dataset
from hedui.model.declaration import Declared
from hedui.model.errors import DeclarationInvalid

Effect = Literal["breaking", "versioned", "free"]

_OF_DATASET: Final[Mapping[str, Effect]] = {
    "stage": "versioned",
    "effective_from": "versioned",
    "reextract_from": "versioned",
    "legal_basis": "versioned",
    "landing_retention_days": "versioned",
    "quarantine_retention_days": "versioned",
    "public": "versioned",
    "title": "free",
    "schedule": "free",
    "source": "free",
    "drift": "free",
    "region": "free",
    "answers": "free",
    "vanished_share": "free",
    "overlap_hours": "free",
}
# A field that is gone or no longer kept breaks nothing by itself: whether a rule still reads it, `hedui check` says,
# and nobody may go on collecting what nothing reads.
_OF_FIELD: Final[Mapping[str, Effect]] = {
    "source": "versioned",
    "keep": "versioned",
    "name_forms": "versioned",
    "title": "free",
    "also": "free",
}
_COMPARED_APART: Final = {"version", "fields"}


@dataclass(frozen=True)
class Change:
    """One word of a contract that is another one now, in words for whoever maintains it."""

    part: str
    what: str
    effect: Effect

    @property
    def breaking(self) -> bool:
        return self.effect == "breaking"

    def __str__(self) -> str:
        return f"`{self.part}` {self.what}"


def changes(old: Dataset, new: Dataset) -> list[Change]:
    """Everything that differs but the version's number, in the contract's order."""
    found = [*_words("", old, new, _OF_DATASET), *_fields(old, new)]
    if old.stage == "onboarding":  # nothing was loaded that could break
        return [Change(c.part, c.what, "versioned" if c.breaking else c.effect) for c in found]
    if new.stage == "onboarding":
        return [Change(c.part, c.what, "breaking" if c.part == "stage" else c.effect) for c in found]
    return found


def refuse(old: Dataset, new: Dataset) -> None:
    """Raises DeclarationInvalid where `new` may not follow `old`: it breaks, or its version does not say so."""
    if new.version < old.version:
        raise DeclarationInvalid(
            new.full_name,
            f"its contract says version {new.version}, and version {old.version} was used already",
            f"Restore version {old.version}, or make this one version {old.version + 1}",
        )
    found = changes(old, new)
    if broken := [change for change in found if change.breaking]:
        raise DeclarationInvalid(
            new.full_name,
            f"the contract breaks with what was loaded under version {old.version}: {_listed(broken)}",
            "Undo that, or share it as a dataset of a new name",
        )
    if new.version == old.version and (unsaid := [change for change in found if change.effect == "versioned"]):
        raise DeclarationInvalid(
            new.full_name,
            f"version {old.version} of the contract was used with other words: {_listed(unsaid)}",
            f"Raise `version` to {old.version + 1}, or undo that",
        )


def _listed(found: list[Change]) -> str:
    return ", ".join(map(str, found))


def _fields(old: Dataset, new: Dataset) -> Iterator[Change]:
    for name, field in old.fields.items():
        if name in new.fields:
            yield from _field(f"fields.{name}.", field, new.fields[name])
        else:
            yield Change(f"fields.{name}", "is gone", "versioned")
    for name in new.fields:
        if name not in old.fields:
            yield Change(f"fields.{name}", "is new", "versioned")


def _field(prefix: str, old: ContractField, new: ContractField) -> Iterator[Change]:
    for change in _words(prefix, old, new, _OF_FIELD):
        # What the warehouse never held cannot break there.
        yield change if old.keep or not change.breaking else Change(change.part, change.what, "versioned")


def _words(
    prefix: str, old: Dataset | ContractField, new: Dataset | ContractField, effects: Mapping[str, Effect]
) -> Iterator[Change]:
    """The words that differ; one without a stated effect breaks."""
    for word in type(old).model_fields:
        if word not in _COMPARED_APART:
            for part, what in _turned(f"{prefix}{word}", getattr(old, word), getattr(new, word)):
                yield Change(part, what, effects.get(word, "breaking"))


def _turned(part: str, before: object, now: object) -> Iterator[tuple[str, str]]:
    """Where a word differs and how; of one that has words of its own, those."""
    if isinstance(before, Declared) and type(before) is type(now):
        for word in type(before).model_fields:
            yield from _turned(f"{part}.{word}", getattr(before, word), getattr(now, word))
    elif before != now:
        yield part, f"was {_said(before)}, is {_said(now)}"


def _said(value: object) -> str:
    match value:
        case None:
            return "not set"
        case tuple():
            return "[" + ", ".join(map(str, value)) + "]"
        case Declared():
            return json.dumps(value.model_dump(mode="json"), ensure_ascii=False)
        case _:
            return str(value)
