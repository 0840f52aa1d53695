"""Read a YAML declaration into a strict model; say file, line and field of what is wrong."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from hedui.model.errors import DeclarationInvalid

# The same words, read by libyaml where it is there: every task of Airflow reads all contracts.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path_ = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


class Declared(BaseModel):
    """A part of a declaration: a word it does not know is an error, not a comment."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Title(Declared):
    """The same words in both languages."""

    zh: str = Field(description="in Chinese")
    en: str = Field(description="in English")

    def in_(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


def read_declaration(file: Path, model: type[M]) -> M:
    """The model that the YAML in `file` declares.

    Raises DeclarationInvalid with file, line, field and reason of each fault.
    """
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{_name(file)}:{mark.line + 1}" if mark else _name(file)
        raise DeclarationInvalid(where, "this is not YAML", "Mend the indentation or the quotes on this line") from None
    if node is None:
        raise DeclarationInvalid(_name(file), "the file is empty", "Write the declaration or remove the file")
    lines: dict[Path_, int] = {}
    data = _plain(file, node, (), lines)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _invalid(file, error, lines) from None


def in_words(fault: ErrorDetails) -> str:
    """What is wrong with a word, in words of ours where pydantic's are for programmers."""
    match fault["type"], fault.get("ctx", {}):
        case "extra_forbidden", _:
            return "no such word here"
        case "missing", _:
            return "it is missing"
        case "union_tag_not_found", {"discriminator": word}:
            return f"`{_bare(word)}` is missing"
        case "union_tag_invalid", {"discriminator": word, "tag": said, "expected_tags": known}:
            return f"`{_bare(word)}` is {said:.30}, none of {_bare(known)}"
        case "value_error", {"error": error}:
            return str(error)
    return fault["msg"][:1].lower() + fault["msg"][1:]


def _plain(file: Path, node: yaml.Node, path: Path_, lines: dict[Path_, int]) -> Any:
    """The node as plain data; `lines` learns where each part stands."""
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(file, item, (*path, i), lines) for i, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return yaml.SafeLoader("").construct_object(node)
    plain: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in plain:
            raise DeclarationInvalid(f"{_name(file)}:{line}", f"`{key}` stands twice", "Keep one of the two")
        lines[(*path, key)] = line
        plain[key] = _plain(file, value_node, (*path, key), lines)
    return plain


def _invalid(file: Path, error: ValidationError, lines: dict[Path_, int]) -> DeclarationInvalid:
    faults = sorted((_line(fault["loc"], lines), _fault(fault["loc"], in_words(fault))) for fault in error.errors())
    what = "; ".join(text if number == 0 else f"line {line}: {text}" for number, (line, text) in enumerate(faults))
    return DeclarationInvalid(f"{_name(file)}:{faults[0][0]}", what, "Mend the declaration")


def _line(loc: Path_, lines: dict[Path_, int]) -> int:
    """The line of the innermost part that the file has. pydantic's own steps, as a union's tag, are passed over."""
    path: Path_ = ()
    for step in loc:
        if (*path, step) in lines:
            path = (*path, step)
    return lines[path]


def _fault(loc: Path_, reason: str) -> str:
    field = ".".join(str(step) for step in loc) or "the declaration"
    return f"`{field}`: {reason}"


def _bare(words: str) -> str:
    return words.replace("'", "")


def _name(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"
