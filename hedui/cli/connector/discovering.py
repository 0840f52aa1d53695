"""`hedui connector discover`: a contract that a live source suggests, as text to be edited."""

from typing import Any, Final

from pydantic import ValidationError

from connectors import connector
from connectors.base import Wanted
from hedui import shelves
from hedui.cli.connections import credentials_named
from hedui.cli.connector.words import Words, at, connection_of, faults, refuse_no_name, source_of
from hedui.model.contract import Dataset
from hedui.model.credentials import Credentials
from hedui.model.declaration import Title
from hedui.model.errors import DeclarationInvalid
from hedui.model.interval import Interval
from hedui.model.sources import Source
from hedui.proposing.contract_text import dataset_text
from hedui.proposing.look import look
from hedui.proposing.proposal import Proposal, propose
from hedui.proposing.words import Words as Learnt

# Enough to ask what there is to choose from, where the source does not say it yet.
_ANY: Final[dict[str, dict[str, Any]]] = {
    "database": {"table": "any"},
    "file_drop": {"folder": ".", "files": "{date}"},
    "rest": {"path": "/", "paging": {"by": "none"}},
    "sealed_drop": {"sender": "any"},
}
_LACKING: Final = Title(zh="待填写", en="To be written")


def discovered(name: str, words: Words, rows: int, interval: Interval | None) -> str:
    """The text of a proposed dataset, or the tables, folders or files to choose from."""
    refuse_no_name(name)
    credentials = credentials_named(connection_of(name, words), name)
    if not _complete(name, words):
        if not (there := choices(name, words, credentials)):
            source_of(name, words)  # nothing to choose from: the words that are missing say more
        return "\n".join(["# name one of these in `source`:", *there, ""])
    found = proposed(name, source_of(name, words), credentials, rows, interval)
    return f"# rows looked at: {_rows(found)}\n" + dataset_text(
        dataset_of(name, words, found, _anything(words)), found.profiles, indent=0, measured=True
    )


def proposed(name: str, source: Source, credentials: Credentials, rows: int, interval: Interval | None) -> Proposal:
    """What the first rows of a source suggest, in the words of all contracts on the shelves."""
    learnt = Learnt.learnt(shelves.datasets().values())
    seen = look(name, source, credentials, rows, interval)
    found = propose(seen.offer, seen.rows, learnt)
    if interval and found.cursor and source.kind == "database":  # only now it is known what to hold to the interval
        seen = look(name, source, credentials, rows, interval, found.fields[found.cursor].source)
        found = propose(seen.offer, seen.rows, learnt)
    return found


def dataset_of(name: str, words: Words, found: Proposal, said: dict[str, Any]) -> Dataset:
    """The contract of a proposal: `said` is what no source can tell. Raises DeclarationInvalid with what is missing."""
    agency, _, dataset = name.partition(".")
    found = found.led_by(_fields(words.get("key")), words.get("cursor", ""))
    own = {word: value for word, value in words.items() if word not in ("agency", "source", "fields", "key", "cursor")}
    body = {
        "version": 1,
        "stage": "onboarding",
        "landing_retention_days": 7,
        **said,
        "key": found.key,
        "cursor": found.cursor,
        **own,
        "source": words["source"],
        "fields": {field: stated.model_dump() for field, stated in found.fields.items()},
    }
    try:
        return Dataset.model_validate({"agency": agency, "name": dataset, **body})
    except ValidationError as error:
        fields = ", ".join(found.fields)
        lacking = [word for word in ("key", "cursor") if not body[word]]
        what = f"no column is fit to be {' or '.join(lacking)}" if lacking else faults(error)
        raise DeclarationInvalid(
            name, what, f"Say it with --set, e.g. --set {(*lacking, 'cursor')[0]}=…; fields: {fields}"
        ) from None


def _fields(said: object) -> tuple[str, ...]:
    return tuple(said) if isinstance(said, list) else (said,) if isinstance(said, str) else ()


def choices(name: str, words: Words, credentials: Credentials) -> list[str]:
    """What the agency has to choose from."""
    source = source_of(name, {"source": {**_ANY.get(str(at(words, "source.kind")), {}), **words["source"]}})
    return connector(Wanted(name, source), credentials).choices()


def _complete(name: str, words: Words) -> bool:
    """Whether a source is named. One that is named wrongly is an error, one that is only begun is not."""
    if not at(words, "source.kind"):
        remedy = f"Say it with --set source.kind=…: one of {', '.join(_ANY)}"
        raise DeclarationInvalid(name, "the kind of source is not said", remedy)
    try:
        source_of(name, words)
    except DeclarationInvalid:
        begun = {**_ANY.get(str(at(words, "source.kind")), {}), **words.get("source", {})}
        source_of(name, {"source": begun})
        return False
    return True


def _anything(words: Words) -> dict[str, Any]:
    """For what only people can say."""
    return {
        "title": _LACKING,
        "legal_basis": _LACKING,
        "programme": next(iter(programmes()), "livelihood"),
        "schedule": {"cron": "0 0 * * *"},
    }


def programmes() -> list[str]:
    """The programmes of all contracts, the most usual first."""
    used = [dataset.programme for dataset in shelves.datasets().values()]
    return sorted(set(used), key=lambda programme: -used.count(programme))


def _rows(found: Proposal) -> int:
    return next((profile.rows for profile in found.profiles.values()), 0)
