"""JSON records as Arrow: every value stays the text the agency sent."""

import codecs
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from connectors.base import SOURCE_NAME, SOURCE_ROW

Record = dict[str, Any]
Reader = Callable[[str | bytes], Any]

_PIECE: Final = 1024 * 1024
_LONGEST_LINE: Final = 4 * 1024 * 1024
_LONGEST_VALUE: Final = 1024 * 1024
_MOST_COLUMNS: Final = 2_000
_ABSENT: Final = object()

# A number read as a float would lose digits that the agency sent; a bare NaN is no JSON.
_read: Final = partial(json.loads, parse_int=str, parse_float=str, parse_constant=str)


class UnreadableError(ValueError):
    """What came are no records. Its words quote nothing of them and may be shown."""


def read_json(text: str | bytes) -> Any:
    """JSON in UTF-8 with its numbers left as text. Raises ValueError."""
    return _read(text.decode("utf-8-sig") if isinstance(text, bytes) else text)


def json_lines(chunks: Iterable[bytes], read: Reader = read_json) -> Iterator[list[Record]]:
    """The JSON objects of lines in UTF-8, some at a time, however the bytes are cut. Raises UnreadableError.

    No more than a chunk and a line is held.
    """
    before = 0
    for lines in _lines(chunks):
        yield _objects(lines, read, before)
        before += len(lines)


def text_batch(records: Sequence[Record], columns: Iterable[str], source: str, first_row: int) -> pa.RecordBatch:
    """The named columns of `records` as text, all there are if none is named.

    A name that no record has is taken for a dotted path (`person.id`, `suppliers.0.id`); what stands below a null is
    null. A column that no record has is left out, for the caller to miss.

    Raises UnreadableError where a value is no text: a list, an object, or longer than any field.
    """
    found = {name: values_of(records, name) for name in columns or columns_of(records)}
    arrays = {name: _column(values) for name, values in found.items() if values is not None}
    place = [
        pa.repeat(pa.scalar(source, pa.string()), len(records)),
        pa.array(range(first_row, first_row + len(records)), pa.int64()),
    ]
    return pa.record_batch([*arrays.values(), *place], names=[*arrays, SOURCE_NAME, SOURCE_ROW])


def headers(records: Iterable[Record]) -> set[str]:
    """The names that stand in records themselves, not below another. Raises UnreadableError where they have no end."""
    names: set[str] = set().union(*records)
    if len(names) > _MOST_COLUMNS:
        raise UnreadableError("the records have more columns than any table")
    return names


def columns_of(records: Iterable[Record]) -> list[str]:
    """The paths of all scalars, in the order in which they were first seen; what lists hold has no name."""
    names = dict.fromkeys(name for record in records for name in _paths(record, ""))
    objects = {name.rpartition(".")[0] for name in names}
    return [name for name in names if name not in objects]


def values_of(records: Sequence[Record], name: str) -> list[Any] | None:
    """What stands in each record under a name or dotted path, None where no record has it."""
    if not records or any(name in record for record in records):
        return [record.get(name) for record in records]
    steps = name.split(".")
    values = [_walk(record, steps) for record in records]
    there = any(value is not _ABSENT for value in values)
    return [None if value is _ABSENT else value for value in values] if there else None


def at_path(value: Any, path: str) -> Any:
    """What stands at a dotted path, or None. An empty path is the whole."""
    return None if (found := _walk(value, path.split(".") if path else [])) is _ABSENT else found


def has_path(value: Any, path: str) -> bool:
    """Whether something stands at a dotted path, be it null."""
    return _walk(value, path.split(".")) is not _ABSENT


def as_text(value: object) -> str | None:
    """A scalar as the agency wrote it. Raises UnreadableError for a list or an object."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    raise UnreadableError("a field holds a list or an object")


def _walk(value: Any, steps: list[str]) -> Any:
    for step in steps:
        if value is None:
            return None
        if isinstance(value, list) and step.isdecimal():
            value = value[int(step)] if int(step) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(step, _ABSENT)
        else:
            return _ABSENT
    return value


def _column(values: list[Any]) -> pa.Array:
    try:
        column = pa.array(values, pa.string())
    except UnicodeEncodeError:
        raise UnreadableError("a field holds half a character") from None
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return _column([as_text(value) for value in values])
    if (pc.max(pc.binary_length(column)).as_py() or 0) > _LONGEST_VALUE:
        raise UnreadableError("a value is longer than any field")
    return column


def _paths(record: Record, above: str) -> Iterator[str]:
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _paths(value, f"{above}{name}.")
        elif not isinstance(value, list):
            yield above + name


def _lines(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Whole lines, many at a time; the last may lack its end."""
    rest: bytes = b""
    for chunk in _gathered(chunks):
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            raise UnreadableError("a line is longer than any record")
        if lines:
            yield lines
    if rest:
        yield [rest]


def _gathered(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What comes in drops, in larger pieces: each costs a batch of its own."""
    waiting, length = [], 0
    for chunk in chunks:
        waiting.append(chunk)
        if (length := length + len(chunk)) >= _PIECE:
            yield b"".join(waiting)
            waiting, length = [], 0
    yield b"".join(waiting)


def _objects(lines: list[bytes], read: Reader, before: int) -> list[Record]:
    if not before:
        lines = [lines[0].removeprefix(codecs.BOM_UTF8), *lines[1:]]
    filled = [line for line in lines if line.strip()]
    records: list[Record] = []
    with suppress(ValueError, RecursionError):
        # One call for all takes half the time of one for each. No line can end inside a text: JSON forbids it.
        records = read(b"[" + b",\n".join(filled) + b"]")
    if len(records) != len(filled) or not all(isinstance(record, dict) for record in records):
        raise UnreadableError(f"line {before + _first_wrong(lines, read)} is no JSON object")
    return records


def _first_wrong(lines: list[bytes], read: Reader) -> int:
    for number, line in enumerate(lines, 1):
        try:
            if line.strip() and not isinstance(read(line), dict):
                return number
        except (ValueError, RecursionError):
            return number
    return len(lines)
