"""One reading of one service: who asks, what is asked, how pages are turned and read."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final, TypeVar, cast

from connectors.base import Wanted
from connectors.rest.admission import admission
from connectors.rest.client import Answer, Client, Patience
from connectors.rest.decoding import Decoding, decoding_of
from connectors.rest.paging import Paging, Question, Seen, Turn, paging_of
from connectors.rest.session import Session
from connectors.text_rows import Reader
from hedui.model.credentials import Credentials
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.model.sources import OnePage, RestSource

T = TypeVar("T")

_UNITS: Final = {"epoch_seconds": timedelta(seconds=1), "epoch_milliseconds": timedelta(milliseconds=1)}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Service:
    """`whole` is the question for the interval, to which paging adds which page is meant."""

    client: Client
    paging: Paging
    decode: Decoding
    whole: Question

    @property
    def start(self) -> Turn:
        return Turn(self.paging.start)

    def ask(self, turn: Turn, read: Callable[[Answer], T]) -> T | None:
        """What `read` makes of a page; None where the service says that counting has come to an end."""
        # Some say that there is no such page where others give an empty one.
        fine = (404,) if self.paging.counted and turn.pages else ()
        return self.client.get(*self.paging.question(turn.at, self.whole), read, *fine)

    def after(self, turn: Turn, seen: Seen) -> Turn | None:
        at = self.paging.after(turn.at, seen)
        return None if at is None else turn.to(at, seen)


@contextmanager
def service(
    wanted: Wanted, credentials: Credentials, patience: Patience, interval: Interval, read: Reader
) -> Iterator[Service]:
    """The service of a connection, for one reading of an interval."""
    source = cast(RestSource, wanted.source)
    host = f"https://{credentials.host}" + (f":{credentials.port}" if credentials.port else "")
    address = host + source.path
    with closing(Client(Session(credentials), wanted.where, patience, source.calls_a_second)) as client:
        client.admission = admission(source, credentials, client, host)
        decode = decoding_of(source, wanted.headers, read)
        yield Service(client, paging_of(source, address), decode, (address, parameters(source, interval)))


def parameters(source: RestSource, interval: Interval) -> dict[str, str]:
    """What asks for an interval; a parameter without a name is not sent.

    Where moments are written more coarsely than the interval is, more is asked for rather than less.
    """
    start, end = bounds(interval, source.moments)
    size = "" if isinstance(source.paging, OnePage) else source.size_parameter
    asked = {source.from_parameter: start, source.to_parameter: end, size: str(source.page_size)}
    return {name: value for name, value in asked.items() if name}


def bounds(interval: Interval, written: str) -> tuple[str, str]:
    """Both ends of an interval as `RestSource.moments` says."""
    start, end = (moment.astimezone(PROVINCE_TIME) for moment in (interval.start, interval.end))
    if written == "iso":
        return start.isoformat(), end.isoformat()
    if written == "date":
        behind = end.date() + timedelta(days=end.time() != time())
        return start.date().isoformat(), behind.isoformat()
    unit = _UNITS[written]
    return str((start - _EPOCH) // unit), str(-((_EPOCH - end) // unit))
