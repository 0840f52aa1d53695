"""What divisions are called, where a site has tables of them: without one, a report shows their codes.

The tables are those that HEDUI_DIVISIONS names, otherwise `divisions.csv` in HEDUI_HOME.
"""

import csv
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from hedui.model.errors import DeclarationInvalid
from hedui.settings import home_of

_SETTING: Final = "HEDUI_DIVISIONS"
_FILE: Final = "divisions.csv"
_COLUMNS: Final = (("代码", "名称"), ("code", "name"))
_IN_FORCE: Final = ("状态", "在用")


def division_name(code: str) -> str | None:
    """The name by the site's tables; of a code that was given twice, the one in force.

    Raises DeclarationInvalid where a table cannot be read.
    """
    return next((name for file in _files() if (name := _names(file).get(code))), None)


def known_codes() -> frozenset[str]:
    """Every code of these tables, retired ones included. Raises DeclarationInvalid where one cannot be read."""
    return frozenset(code for file in _files() for code in _names(file))


def _files() -> list[Path]:
    if named := os.environ.get(_SETTING):
        return [Path(name) for name in named.split(os.pathsep) if name]
    return [file for file in [home_of() / _FILE] if file.exists()]


@cache
def _names(file: Path) -> Mapping[str, str]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return dict(_named(file, csv.DictReader(lines)))
    except (OSError, UnicodeDecodeError) as error:
        what = f"the table {file.name} cannot be read ({type(error).__name__})"
        raise DeclarationInvalid(_SETTING, what, "Put it there, as CSV in UTF-8") from None


def _named(file: Path, rows: "csv.DictReader[str]") -> Iterator[tuple[str, str]]:
    known = next((pair for pair in _COLUMNS if set(pair) <= set(rows.fieldnames or ())), None)
    if known is None:
        what = f"the table {file.name} has no columns {' or '.join('/'.join(pair) for pair in _COLUMNS)}"
        raise DeclarationInvalid(_SETTING, what, "Name them so on its first line")
    code, name = known
    state, in_force = _IN_FORCE
    # What is in force comes last, and so replaces what had its code before.
    yield from ((row[code], row[name]) for row in sorted(rows, key=lambda row: row.get(state) == in_force))
