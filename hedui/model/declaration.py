"""Read a YAML declaration into a strict model; say file, line and field of what is wrong."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from hedui.model.errors import DeclarationInvalid

Path_ = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


class Declared(BaseModel):
    """A part of a declaration: a word it does not know is an error, not a comment."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Title(Declared):
    """The same words in both languages."""

    zh: str
    en: str

    def in_(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


def read_declaration(file: Path, model: type[M]) -> M:
    """The model that the YAML in `file` declares.

    Raises DeclarationInvalid with file, line, field and reason of each fault.
    """
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{file.name}:{mark.line + 1}" if mark else file.name
        raise DeclarationInvalid(where, "this is not YAML", "Mend the indentation or the quotes on this line") from None
    if node is None:
        raise DeclarationInvalid(file.name, "the file is empty", "Write the declaration or remove the file")
    lines: dict[Path_, int] = {}
    data = _plain(node, (), lines, yaml.SafeLoader(""))
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _invalid(file, error, lines) from None


def _plain(node: yaml.Node, path: Path_, lines: dict[Path_, int], loader: yaml.SafeLoader) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        plain: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in plain:
                raise DeclarationInvalid(
                    f"{loader.name}:{key_node.start_mark.line + 1}", f"`{key}` stands twice", "Keep one of the two"
                )
            plain[key] = _plain(value_node, (*path, key), lines, loader)
            lines[(*path, key)] = key_node.start_mark.line + 1
        return plain
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, i), lines, loader) for i, item in enumerate(node.value)]
    return loader.construct_object(node)  # type: ignore[no-untyped-call]


def _invalid(file: Path, error: ValidationError, lines: dict[Path_, int]) -> DeclarationInvalid:
    faults = [_fault(file, fault["loc"], fault["msg"], lines) for fault in error.errors()]
    return DeclarationInvalid(
        faults[0].split(" ")[0], "; ".join(f.split(" ", 1)[1] for f in faults), "Mend the declaration"
    )


def _fault(file: Path, loc: Path_, reason: str, lines: dict[Path_, int]) -> str:
    # pydantic puts the tag of a union into `loc`; a declaration's own path has no such step.
    path: Path_ = ()
    for step in loc:
        if (*path, step) in lines:
            path = (*path, step)
    field = ".".join(str(step) for step in loc) or "the declaration"
    return f"{file.name}:{lines[path]} `{field}` (line {lines[path]}): {reason}"
