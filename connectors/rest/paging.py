"""From one page to the next, whoever names it: the page, its header, or we by counting."""

import json
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

from connectors.base import Position
from connectors.text_rows import UnreadableError, as_text, at_path, has_path
from hedui.model.sources import CursorPages, LinkedPages, NumberedPages, OffsetPages, OnePage, RestSource

Question = tuple[str, dict[str, str]]  # address and parameters


@dataclass(frozen=True)
class Seen:
    """What was on a page."""

    rows: int
    full: bool  # as many rows as we asked for, or more
    page: Any
    next_link: str
    first: str  # digest of the first row


@dataclass(frozen=True)
class Turn:
    """Which page to ask for: `at` in its paging's own words, and what was before it."""

    at: str
    pages: int = 0
    rows: int = 0
    full: bool = True  # the page before
    first: str = ""  # of the page before

    @classmethod
    def parse(cls, position: Position) -> Self:
        return cls(**json.loads(position))

    def __str__(self) -> Position:
        return json.dumps(asdict(self))

    def to(self, at: str, seen: Seen) -> "Turn":
        """The page at `at` after this one."""
        return Turn(at, self.pages + 1, self.rows + seen.rows, seen.full, seen.first)


class Paging(ABC):
    """`start` is where the first page is; `counted` pages are asked for until one is empty."""

    start = ""
    counted = False

    @abstractmethod
    def question(self, at: str, whole: Question) -> Question:
        """What asks for the page at `at`, where `whole` asks for the interval."""

    @abstractmethod
    def after(self, at: str, seen: Seen) -> str | None:
        """Where the next page is; None where this is the last. Raises UnreadableError where there is no end."""

    def repeats(self, turn: Turn, first: str) -> bool:
        """Whether this is the page before once more, which is how some say that there is none behind a short one.

        Raises UnreadableError where it is for ever the same page.
        """
        again = bool(first) and first == turn.first
        if again and (turn.full or not self.counted):
            raise UnreadableError("the service gave the same page twice: its pages have no end")
        return again


class _Named(Paging):
    """Each page names the next. A page that we have been to would be followed without end."""

    def __init__(self) -> None:
        self._been: set[str] = set()

    def after(self, at: str, seen: Seen) -> str | None:
        following = self.named(at, seen)
        if following and following in self._been | {at}:
            raise UnreadableError("the service names a page twice: its pages have no end")
        self._been.add(at)
        return following or None

    @abstractmethod
    def named(self, at: str, seen: Seen) -> str | None:
        """What the page says, None or empty where it names no page."""


class ByCursor(_Named):
    def __init__(self, options: CursorPages) -> None:
        super().__init__()
        self._options = options

    def question(self, at: str, whole: Question) -> Question:
        address, parameters = whole
        return address, parameters | ({self._options.parameter: at} if at else {})

    def named(self, at: str, seen: Seen) -> str | None:
        return _named_in(self._options.next, seen)


class ByLink(_Named):
    def __init__(self, options: LinkedPages, address: str) -> None:
        super().__init__()
        self._options, self._address = options, address

    def question(self, at: str, whole: Question) -> Question:
        return (urljoin(self._address, at), {}) if at else whole

    def named(self, at: str, seen: Seen) -> str | None:
        link = _named_in(self._options.next, seen) if self._options.next else seen.next_link
        return on_the_same_host(urljoin(self._address, at), link) if link else None


class Counted(Paging):
    """Pages by number or offset. Only an empty one is the end: a short one may be all that the agency gives at once."""

    counted = True

    def __init__(self, parameter: str, first: int, *, by_rows: bool) -> None:
        self.parameter, self.start, self.by_rows = parameter, str(first), by_rows

    def question(self, at: str, whole: Question) -> Question:
        address, parameters = whole
        return address, {**parameters, self.parameter: at}

    def after(self, at: str, seen: Seen) -> str | None:
        return str(int(at) + (seen.rows if self.by_rows else 1)) if seen.rows else None


class Single(Paging):
    def question(self, at: str, whole: Question) -> Question:
        return whole

    def after(self, at: str, seen: Seen) -> str | None:
        return None


def paging_of(source: RestSource, address: str) -> Paging:
    """How the pages at an address are turned. Good for one reading."""
    match source.paging:
        case CursorPages() as options:
            return ByCursor(options)
        case LinkedPages() as options:
            return ByLink(options, address)
        case NumberedPages() as options:
            return Counted(options.parameter, options.first, by_rows=False)
        case OffsetPages() as options:
            return Counted(options.parameter, 0, by_rows=True)
        case OnePage():
            return Single()


def on_the_same_host(address: str, link: str) -> str:
    """Path and query of a link that stands at an address.

    Raises UnreadableError where it leads to another host: what admits us must not go there.
    """
    try:
        here, there = urlsplit(address), urlsplit(urljoin(address, link))
        same = (here.scheme, here.hostname, here.port) == (there.scheme, there.hostname, there.port)
    except ValueError:
        same = False
    if not same:
        raise UnreadableError("the service names a page on another host, where our credentials must not go")
    return f"/{there.path.lstrip('/')}" + (f"?{there.query}" if there.query else "")


def _named_in(path: str, seen: Seen) -> str | None:
    if seen.full and seen.rows and not has_path(seen.page, path):
        # Else a renamed field would end every delivery after its first page, and nobody would know.
        raise UnreadableError(f"a full page says nothing of a next one at `{path}`, be it null")
    named = at_path(seen.page, path)
    return None if named is False else as_text(named)
