"""Words of a contract from the command line: `--set title.zh=…`, `--source '{…}'`."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import typer
import yaml
from pydantic import TypeAdapter, ValidationError

from hedui import shelves
from hedui.model.declaration import Declared, in_words
from hedui.model.errors import DeclarationInvalid
from hedui.model.sources import DatabaseSource, FileDropSource, RestSource, SealedDropSource, Source

Words = dict[str, Any]
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}")
_SOURCE: Final[TypeAdapter[Source]] = TypeAdapter(Source)
_KINDS: Final[dict[str, type[Declared]]] = {
    "database": DatabaseSource,
    "file_drop": FileDropSource,
    "rest": RestSource,
    "sealed_drop": SealedDropSource,
}


def stated(settings: Iterable[str], source: str = "", connection: str = "") -> Words:
    """Nested words, as a contract has them; what concerns the agency stands below `agency`."""
    words: Words = {}
    if source:
        words["source"] = _mapping(source)
    if connection:
        words["agency"] = {"connection": connection}
    for setting in settings:
        path, given, value = setting.partition("=")
        if not given:
            raise typer.BadParameter(f"--set {setting}: write WORD=VALUE")
        put(words, path, _value(value))
    return words


def refuse_no_name(name: str) -> None:
    """Raises DeclarationInvalid for what cannot be the name of a dataset."""
    if not _NAME.fullmatch(name):
        raise DeclarationInvalid(name, "this is no name of the form agency.dataset", "Use small letters, digits and _")


def put(words: Words, path: str, value: Any) -> None:
    """Set the word at a dotted path."""
    *above, last = path.split(".")
    for step in above:
        words = words.setdefault(step, {})
        if not isinstance(words, dict):
            raise typer.BadParameter(f"--set {path}: `{step}` has a value already")
    words[last] = value


def at(words: Mapping[str, Any], path: str) -> Any:
    """The word at a dotted path, None where it was not said."""
    found: Any = words
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def connection_of(name: str, words: Words) -> str:
    """The connection that was stated, else that of the agency's contract, else one of the agency's name."""
    agency = name.partition(".")[0]
    known = shelves.agencies().get(agency)
    return str(at(words, "agency.connection") or (known.connection if known else agency))


def source_of(name: str, words: Words) -> Source:
    """The source that was stated. Raises DeclarationInvalid with each fault."""
    try:
        return _SOURCE.validate_python(words.get("source", {}))
    except ValidationError as error:
        raise DeclarationInvalid(name, f"`source`: {faults(error)}", "Say it with --source or --set source.…") from None


def faults(error: ValidationError) -> str:
    """What is wrong, word by word, in one line."""
    said = []
    for fault in error.errors(include_url=False):
        path = ".".join(str(step) for step in fault["loc"] if step not in _KINDS)
        said.append(f"`{path}`: {in_words(fault)}" if path else in_words(fault))
    return "; ".join(said)


def described(path: str, words: Words) -> str:
    """What the model says of a word such as `source.table`, for the kind of source that was stated."""
    kind, word = at(words, "source.kind"), path.removeprefix("source.")
    fields = _KINDS[kind].model_fields if kind in _KINDS else {}
    return (fields[word].description or word) if word in fields else word


def _mapping(text: str) -> dict[str, Any]:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        found = None
    if not isinstance(found, dict):
        raise typer.BadParameter(f"--source {text}: write it as '{{kind: database, table: exchange.support}}'")
    return found


def _value(text: str) -> Any:
    """Lists as YAML has them; everything else is meant as written, so that a telephone stays one."""
    if text.startswith("["):
        try:
            return yaml.safe_load(text)
        except yaml.YAMLError:
            return text
    return text
