"""A contract's fields, key and cursor, as a look at a source suggests them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.base import Offer
from hedui.columns import COLUMN_TYPES
from hedui.model.contract import ContractField
from hedui.model.interval import PROVINCE_TIME
from hedui.proposing.profile import Profile, profile
from hedui.proposing.words import CHANGED_WORDS, KEY_WORDS, Words, name_for, plain, title_for
from hedui.validation.natives import taken, written
from hedui.validation.readers import READERS

_TIMES: Final = ("timestamp", "date")
_UNSUITED: Final = ("person", "name")


@dataclass(frozen=True)
class Proposal:
    """`fields` in the source's order, `profiles` by field; key and cursor are field names, empty if none is fit."""

    fields: Mapping[str, ContractField]
    profiles: Mapping[str, Profile]
    key: tuple[str, ...]
    cursor: str
    days: tuple[date, date] | None = None  # first and last on which rows of the sample were changed

    def led_by(self, key: tuple[str, ...], cursor: str) -> "Proposal":
        """The same with another key and cursor, where they are given; both get the type they need."""
        key, cursor = key or self.key, cursor or self.cursor
        fields = dict(self.fields)
        for name in {*key} & fields.keys():
            if fields[name].type in ("text", "integer") and not fields[name].identifier:
                fields[name] = fields[name].model_copy(update={"type": "text", "identifier": "record"})
        if cursor in fields and fields[cursor].type == "date":
            fields[cursor] = fields[cursor].model_copy(update={"type": "timestamp"})
        return replace(self, fields=fields, key=key, cursor=cursor)


def propose(offer: Offer, sample: pa.Table, words: Words) -> Proposal:
    """What a source with these columns and these first rows could be shared as."""
    profiles = [_profile(offer, column, sample) for column in offer.schema]
    key, cursor = _key(offer, profiles), _cursor(profiles)
    fields: dict[str, ContractField] = {}
    seen: dict[str, Profile] = {}
    persons: list[str] = []
    for number, one in enumerate(profiles, 1):
        title = offer.titles.get(one.source, "")
        field = _field(one, words, title, number, _role(one, key, cursor))
        name = _free(_name(one, words, title, number, key, cursor, persons), fields)
        if field.identifier == "person":
            persons.append(name)
        fields[name], seen[name] = field, one
    of_source = {field.source: name for name, field in fields.items()}
    return Proposal(
        dict(_with_persons(fields)),
        seen,
        tuple(of_source[source] for source in key),
        of_source.get(cursor, ""),
        _days(sample, cursor),
    )


def _days(sample: pa.Table, cursor: str) -> tuple[date, date] | None:
    if cursor not in sample.column_names:
        return None
    whole = sample[cursor].combine_chunks()
    moments = taken(whole, "timestamp")
    if moments is None:
        text = written(whole)
        moments = READERS["timestamp"](text).values if text is not None else pa.nulls(0, COLUMN_TYPES["timestamp"])
    ends = pc.min_max(moments)
    first, last = (ends[end].as_py() for end in ("min", "max"))
    return (_day(first), _day(last)) if first else None


def _day(moment: datetime) -> date:
    return moment.astimezone(PROVINCE_TIME).date()


def _profile(offer: Offer, column: pa.Field, sample: pa.Table) -> Profile:
    seen = sample[column.name] if column.name in sample.column_names else pa.nulls(0, column.type)
    return profile(column.name, seen, offer.titles.get(column.name, ""), column.type)


def _key(offer: Offer, profiles: Sequence[Profile]) -> tuple[str, ...]:
    """The key that the source states, else the column in which nearly every row has its own value, and nobody's number.

    A name such as `编号` or `record_no` speaks for a column, and so does its place before others.
    """
    kinds = ("text", "integer")
    fit = [one for one in profiles if one.names_rows and one.personal not in _UNSUITED and one.type in kinds]
    called = [one for one in fit if KEY_WORDS.search(plain(one.source))]
    return offer.key or tuple(one.source for one in (called or fit)[:1])


def _cursor(profiles: Sequence[Profile]) -> str:
    """The column of times that is called after changes, else the only column of times of day."""
    times = [one for one in profiles if one.type in _TIMES and not one.personal]
    named = [one.source for one in times if CHANGED_WORDS.search(one.source)]
    moments = [one.source for one in times if one.type == "timestamp"]
    return named[0] if named else moments[0] if len(moments) == 1 else ""


def _name(
    one: Profile, words: Words, title: str, number: int, key: Sequence[str], cursor: str, persons: Sequence[str]
) -> str:
    known = words.of(one.source, title)
    if known and (one.personal is None or known[1].identifier == one.personal):
        return known[0]
    if one.source == cursor:
        return "updated_at"
    if one.personal == "person":
        return "person" if not persons else name_for(one.source, number)
    if one.personal == "name":
        return "name" if len(persons) < 2 else f"{persons[-1]}_name"
    return "record_no" if tuple(key) == (one.source,) else name_for(one.source, number)


def _role(one: Profile, key: Sequence[str], cursor: str) -> str:
    return "cursor" if one.source == cursor else "key" if one.source in key else one.personal or ""


def _field(one: Profile, words: Words, title: str, number: int, role: str) -> ContractField:
    known = words.of(one.source, title)
    doubtful = one.numbered and not known  # a token too many harms nobody
    number_of_a_record = one.type in ("text", "integer") if role == "key" else doubtful and one.type == "text"
    identifier = one.personal or ("record" if number_of_a_record else None)
    kind = known[1].type if known and not one.filled else one.type
    said = title_for(one.source, title, name_for(one.source, number), role)
    return ContractField(
        source=one.source,
        type="timestamp" if role == "cursor" else "text" if identifier else kind,
        title=known[1].title if known and not title else said,
        identifier=identifier,
        of="person" if identifier == "name" else None,  # made right by `_with_persons`
    )


def _free(name: str, taken: Mapping[str, ContractField]) -> str:
    number = 2
    wanted = name
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def _with_persons(fields: Mapping[str, ContractField]) -> Iterator[tuple[str, ContractField]]:
    """Each name with the person it belongs to: the nearest before it, else the first; a record where there is none."""
    persons = [name for name, field in fields.items() if field.identifier == "person"]
    named: set[str] = set()
    before = ""
    for name, field in fields.items():
        if field.identifier == "person":
            before = name
        if field.identifier != "name":
            yield name, field
        elif owner := before or next((p for p in persons if p not in named), ""):
            named.add(owner)
            yield name, field.model_copy(update={"of": owner})
        else:
            yield name, field.model_copy(update={"identifier": "record", "of": None})
