"""Contracts as the text of a file: what people edit, in the form in which the shelves have it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import yaml

from hedui.model.contract import Agency, ContractField, Dataset
from hedui.proposing.profile import Profile

SCHEMA_LINE: Final = "# yaml-language-server: $schema=contract.schema.json"
_WIDE: Final = 110
# As the shelves order them; what has its default is left out.
_HEAD: Final[tuple[str, ...]] = (
    "version",
    "effective_from",
    "stage",
    "title",
    "legal_basis",
    "programme",
    "schedule",
    "landing_retention_days",
    "source",
    "delivers",
    "drift",
    "overlap_hours",
    "key",
    "cursor",
    "region",
)


def agency_text(agency: Agency, datasets: str) -> str:
    """A new agency's file around the text of its datasets."""
    head = {"agency": agency.agency, "title": agency.title, "office": agency.office, "connection": agency.connection}
    lines = [SCHEMA_LINE, *_entries(head, 0), f"calls_at_once: {agency.calls_at_once}", "", "datasets:"]
    return "\n".join(lines) + "\n" + datasets


def dataset_text(dataset: Dataset, profiles: Mapping[str, Profile], indent: int = 2, measured: bool = False) -> str:
    """One dataset below `datasets:`. Above each field its codes, and if `measured` what a sample told of it."""
    stated: dict[str, Any] = dataset.model_dump(mode="json", exclude_defaults=True)
    head = {str(word): stated[word] for word in _HEAD if word in stated}
    lines = [f"{dataset.name}:", *(f"  {line}" for line in _entries(head, 2)), "  fields:"]
    for name, field in dataset.fields.items():
        lines += [f"    # {comment}" for comment in _comments(profiles.get(name), measured)]
        lines.append(f"    {name}: {_flow(_plain(field))}")
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


def in_agency(text: str, dataset: str) -> str:
    """The text of an agency's file with one more dataset; everything that stands in it, comments too, stays."""
    root = yaml.compose(text)
    starts = {key.value: key.start_mark.line for key, _ in root.value} if isinstance(root, yaml.MappingNode) else {}
    end = next((line for line in sorted(starts.values()) if line > starts["datasets"]), None)
    lines = text.splitlines(keepends=True)
    before, after = lines[:end], lines[end:] if end is not None else []
    if before and not before[-1].endswith("\n"):
        before.append("\n")
    return "".join([*before, *([] if before[-1].isspace() else ["\n"]), dataset, *(["\n", *after] if after else [])])


def _comments(seen: Profile | None, measured: bool) -> Iterator[str]:
    if seen and measured:
        yield seen.in_words
    if seen and seen.codes:
        yield ", ".join(seen.codes)


def _plain(field: ContractField) -> dict[str, Any]:
    """The words of a field that are not their defaults, its title last."""
    stated = field.model_dump(mode="json", exclude_defaults=True)
    order = ("source", "also", "type", "identifier", "of", "name_forms", "form", "keep", "title")
    return {word: stated[word] for word in order if word in stated}


def _entries(stated: Mapping[str, Any], indent: int) -> Iterable[str]:
    """Each on one line where it fits, else its parts below it."""
    for word, value in stated.items():
        plain = value.model_dump(mode="json", exclude_defaults=True) if hasattr(value, "model_dump") else value
        line = f"{word}: {_flow(plain)}"
        if not isinstance(plain, Mapping) or len(line) + indent <= _WIDE:
            yield line
        else:
            yield f"{word}:"
            yield from (f"  {inner}" for inner in _entries(plain, indent + 2))


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10_000)
    return text.removesuffix("\n").removesuffix("\n...")
