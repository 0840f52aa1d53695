"""The demo's progress on one screen: a line for each agency, one for the rules, one for the release.

Redrawn in a terminal; elsewhere a line is printed whenever all of a cell has ended.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

_DONE, _IDLE = ("success", "in step so far"), ("", "queued", "waiting")
_ENDED = ("success", "failed")


class Place(NamedTuple):
    """Where on the board something is shown: the line, its column, and which of those that are counted there."""

    line: str
    part: str
    item: str


class Board:
    """`plan` says, for each line and column, what is counted there."""

    def __init__(self, console: Console, plan: Mapping[tuple[str, str], Sequence[str]]) -> None:
        self._console = console
        self._cells = {place: dict.fromkeys(items, "") for place, items in plan.items()}
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

    def put(self, place: Place, state: str) -> bool:
        """Say how far one of those counted is: the name of a task, or how it ended. Whether that is news."""
        items = self._cells[place.line, place.part]
        if items[place.item] == state:
            return False
        items[place.item] = state
        if self._live:
            self._live.update(self._table())
        elif all(known in _ENDED for known in items.values()):
            self._console.print(f"  {place.line}, {place.part}: {_told(items)}")
        return True

    def _table(self) -> Table:
        lines, parts = (list(dict.fromkeys(place[i] for place in self._cells)) for i in (0, 1))
        table = Table("", *parts, box=None, padding=(0, 2))
        for column in table.columns:
            column.no_wrap, column.overflow = True, "ellipsis"
        for line in lines:
            table.add_row(line, *(_told(self._cells.get((line, part), {})) for part in parts))
        return table


def _told(items: Mapping[str, str]) -> str:
    if not items:
        return ""
    done = sum(state in _DONE for state in items.values())
    failed = [item for item, state in items.items() if state == "failed"]
    busy = [f"{item} {state}" for item, state in items.items() if state not in (*_DONE, *_IDLE, "failed")]
    count = f"[green]{done}/{len(items)}[/]" if done == len(items) else f"{done}/{len(items)}"
    said = [count]
    said += [f"[bold red]failed: {escape(', '.join(failed))}[/]"] if failed else []
    said += [f"[yellow]{escape(', '.join(busy))}[/]"] if busy else []
    return "  ".join(said)
