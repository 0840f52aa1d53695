"""Facts as a table for people or as JSON lines for programs."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import typer
from pydantic import BaseModel
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from hedui.model.declaration import Title
from hedui.model.interval import PROVINCE_TIME, Interval

_SHORT_TOKEN = 8
_FILE_WIDTH = 160
_MOST_WIDTH = 10_000
_SENTENCE_WIDTH = 30
_NUMBERED = ("id", "row", "position")


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


def show(facts: Sequence[Any], output: Format, columns: Sequence[str] = ()) -> None:
    """Print dataclasses of one kind, or mappings with the same keys. A table has `columns` only, by default all."""
    rows = [_row(fact) for fact in facts]
    if output is Format.JSON:
        for row in rows:
            typer.echo(json.dumps({name: _json(value) for name, value in row.items()}, ensure_ascii=False))
    elif rows:
        _print([{name: row[name] for name in columns or row} for row in rows])
    else:
        typer.echo("nothing to show")


def language() -> str:
    """What the terminal asks for: zh or en."""
    return "zh" if os.environ.get("LANG", "").startswith("zh") else "en"


def _row(fact: Any) -> Mapping[str, Any]:
    return {f.name: getattr(fact, f.name) for f in fields(fact)} if is_dataclass(fact) else fact


def _print(facts: Sequence[Mapping[str, Any]]) -> None:
    # What one types in again has no commas.
    rows = [{name: str(v) if name in _NUMBERED and v is not None else v for name, v in fact.items()} for fact in facts]
    table = Table(box=box.SIMPLE_HEAD)
    for name in rows[0]:
        _add_column(table, name.replace("_", " "), [row[name] for row in rows])
    for row in rows:
        table.add_row(*(Text(_text(value)) for value in row.values()))
    console = Console(width=None if sys.stdout.isatty() else _FILE_WIDTH)
    # Where the terminal is too narrow its lines wrap: a number that is cut says something else.
    least = Measurement.get(console, console.options.update_width(_MOST_WIDTH), table).minimum
    console.width = max(console.width, least)
    console.print(table)


def _add_column(table: Table, name: str, values: Sequence[Any]) -> None:
    """Sentences wrap, everything else stays whole on its line."""
    known = next((value for value in values if value is not None), None)
    sentence = isinstance(known, Mapping | Title | list)
    longest = max(cell_len(text) for text in (name, *map(_text, values)))
    table.add_column(
        name,
        justify="right" if name in _NUMBERED or isinstance(known, int | float | Decimal) else "left",
        no_wrap=not sentence,
        min_width=min(longest, _SENTENCE_WIDTH) if sentence else longest,
    )


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bytes():
            return value.hex()[:_SHORT_TOKEN] + "…"
        case datetime():
            return f"{value.astimezone(PROVINCE_TIME):%Y-%m-%d %H:%M}"
        case float():
            return f"{value:.1f}"
        case int():
            return f"{value:,}"
        case Decimal():
            return f"{value:,.2f}"
        case Title():
            return value.in_(language())
        case {"zh": chinese, "en": english}:
            return str(chinese if language() == "zh" else english)
        case Mapping():
            return ", ".join(f"{len(v)} of {k}" if isinstance(v, Sequence) else f"{k}: {v}" for k, v in value.items())
        case _:
            return str(value)


def _json(value: Any) -> Any:
    match value:
        case bytes():
            return value.hex()
        case datetime():
            return value.isoformat()
        case Interval():
            return {"from": value.start.isoformat(), "to": value.end.isoformat()}
        case BaseModel():
            return value.model_dump()
        case Mapping():
            return {k: _json(v) for k, v in value.items()}
        case list() | tuple():
            return [_json(v) for v in value]
        case None | str() | int() | float():
            return value
        case _:
            return str(value)
