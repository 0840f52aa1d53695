"""The demo's progress: one line per dataset, rule and release.

Redrawn in a terminal; elsewhere each end is printed once.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table

_COLOURS = {"success": "green", "failed": "bold red", "queued": "dim", "waiting": "dim"}


class Board:
    """`parts` are the columns, e.g. history and daily; a line need not use all."""

    def __init__(self, console: Console, lines: list[str], parts: tuple[str, ...]) -> None:
        self._console = console
        self._parts = parts
        self._cells = {line: dict.fromkeys(parts, "") for line in lines}
        self._live: Live | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the board while we are within."""
        if not self._console.is_terminal:
            yield
            return
        with Live(self._table(), console=self._console, refresh_per_second=4) as self._live:
            yield
        self._live = None

    def put(self, line: str, part: str, state: str) -> None:
        """Set one cell."""
        if self._cells[line][part] == state:
            return
        self._cells[line][part] = state
        if self._live:
            self._live.update(self._table())
        elif state in ("success", "failed"):
            self._console.print(f"  {line}  {part}: {state}")

    def _table(self) -> Table:
        table = Table("", *self._parts, box=None, padding=(0, 2))
        for line, cells in self._cells.items():
            table.add_row(line, *(_coloured(cells[part]) for part in self._parts))
        return table


def _coloured(state: str) -> str:
    colour = _COLOURS.get(state, "yellow")
    return f"[{colour}]{state}[/]" if state else ""
