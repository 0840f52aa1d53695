"""An agency that has 120 records, and an extract from it that dies where a test wants it to. For test_resuming.py."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pkgutil import resolve_name
from typing import Any
from unittest.mock import patch

import pyarrow as pa

from connectors.base import Connector, Offer, Page, Position, Wanted
from hedui.landing import Enough
from hedui.model.contract import Dataset
from hedui.model.credentials import Credentials
from hedui.model.errors import AgencyUnavailable
from hedui.model.interval import Interval
from hedui.pipeline.extracting import extract
from hedui.pipeline.stores import Stores
from hedui.settings import Settings
from tests.histories import dataset

RECORDS, PAGE = 120, 5
PLACES = [  # each is passed on the way of a delivery; before and behind it an attempt can die
    "hedui.landing.encrypted._settle",
    "hedui.landing.encrypted.EncryptedFiles.keep",
    "hedui.pipeline.reading.Bookmark.remember",
    "hedui.pipeline.extracting._booked",
    "hedui.pipeline.extracting._hand_back",
]


class Killed(BaseException):
    """No `except Exception` hears of it."""


def killed_for_good() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed() -> None:
    raise Killed


def unavailable() -> None:
    raise AgencyUnavailable("agency.things", "no answer", "Wait")


@dataclass
class Agency:
    """What it has; what it was asked for; and after how many steps of an attempt what happens."""

    records: int = RECORDS
    positions: Callable[[int], bool] = lambda page: True
    dies: Callable[[], None] = killed
    steps: int | None = None
    pages_given: int = 0
    asked_after: list[Position | None] = field(default_factory=list)
    handed_back: list[Interval] = field(default_factory=list)

    def step(self) -> None:
        if self.steps == 0:
            self.steps = None
            self.dies()
        elif self.steps is not None:
            self.steps -= 1

    def pages(self, after: Position | None) -> Iterator[Page]:
        self.asked_after.append(after)
        first = int(after.removeprefix("behind record ")) if after else 0
        for start in range(first, self.records, PAGE):
            self.step()
            rows = range(start, min(start + PAGE, self.records))
            self.pages_given += 1
            known = self.positions(start // PAGE)
            yield Page(_rows(rows), f"behind record {rows.stop}" if known else None)

    def connector(self, of: Dataset, credentials: Credentials) -> Connector:
        return _Connector(self, Wanted.of(of), credentials)


class _Connector(Connector):
    def __init__(self, agency: Agency, wanted: Wanted, credentials: Credentials) -> None:
        super().__init__(wanted, credentials)
        self._agency = agency

    def records(self, interval: Interval, after: Position | None) -> Iterator[Page]:
        return self._agency.pages(after)

    def steps(self) -> Iterator[str]:
        yield "It answers"

    def offer(self) -> Offer:
        return Offer(_rows(range(0)).schema)

    def taken(self, interval: Interval) -> None:
        self._agency.handed_back.append(interval)


def _rows(numbers: range) -> pa.RecordBatch:
    texts = {
        name: pa.array([f"{name} {number}" if number % 7 else None for number in numbers], pa.string())
        for name in ("no", "person", "value", "updated")
    }
    place = {
        "_source": pa.repeat(pa.scalar("things"), len(numbers)),
        "_position": pa.array([number + 1 for number in numbers], pa.int64()),
    }
    return pa.RecordBatch.from_pydict({**texts, **place})


@contextmanager
def watched(agency: Agency, enough: Enough) -> Iterator[None]:
    """Everybody asks this agency, segments are small, and the places count as steps."""
    with ExitStack() as changed:
        instead = {
            "hedui.pipeline.extracting.connector_for": agency.connector,
            "hedui.pipeline.reading._ENOUGH": enough,
            "hedui.pipeline.extracting.refuse_unneeded": lambda dataset: None,
        } | {place: _stepping(place, agency) for place in PLACES}
        for place, there in instead.items():
            changed.enter_context(patch(place, there))
        yield


def _stepping(place: str, agency: Agency) -> Callable[..., Any]:
    call = resolve_name(place)

    def step(*args: Any, **kwargs: Any) -> Any:
        agency.step()
        answer = call(*args, **kwargs)
        agency.step()
        return answer

    return step


def attempt(stores: Stores, agency: Agency, interval: Interval, of: Dataset, rows: int = 20) -> str:
    with watched(agency, Enough(rows=rows)):
        return extract(stores, of, interval, Credentials(conn_type="", host=""))


def attempt_in_process(settings: Settings, interval: Interval, steps: int) -> None:
    with Stores(settings) as stores:
        attempt(stores, Agency(dies=killed_for_good, steps=steps), interval, dataset())
