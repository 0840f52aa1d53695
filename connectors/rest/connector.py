"""HTTPS, page after page. Paging, admission, transport and decoding are objects in modules beside this one."""

import hashlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar, cast

import pyarrow as pa

from connectors.base import PLACE, Connector, Offer, Page, Position, Wanted
from connectors.rest.client import Answer, Patience
from connectors.rest.offer import read_native, schema_of
from connectors.rest.paging import Seen, Turn
from connectors.rest.service import Service, service
from connectors.text_rows import Reader, Record, UnreadableError, headers, read_json, text_batch
from hedui.model.credentials import Credentials
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.model.sources import RestSource

T = TypeVar("T")

_LOOK_BACK: Final = timedelta(days=30)
_EVER: Final = datetime(2000, 1, 1, tzinfo=PROVINCE_TIME)


class RestConnector(Connector):
    """One dataset of an agency that answers by HTTPS.

    Connection: `host`, `port`; what admits us: see `admission`; the way there: see `Session`. Where reading broke off,
    it goes on behind any page.
    """

    patience = Patience()
    most_pages = 1_000_000

    def __init__(self, wanted: Wanted, credentials: Credentials) -> None:
        super().__init__(wanted, credentials)
        self.source = cast(RestSource, wanted.source)

    def records(self, interval: Interval, after: Position | None) -> Iterator[Page]:
        with self._service(interval) as service:
            turn: Turn | None = service.start if after is None else Turn.parse(after)
            while turn:
                turn = yield from self._page(service, turn)

    def steps(self) -> Iterator[str]:
        with self._service(_recent()) as service:
            if not self.credentials.secret("proxy"):
                yield f"the host answers; its certificate is good until {self._certified(service):%Y-%m-%d}"
            service.ask(service.start, _unread)
            yield "we are admitted"
            first = next(self._page(service, service.start))
            yield f"a page of the last {_LOOK_BACK.days} days holds {first.rows.num_rows} records"
            if first.position is not None:
                next(self._page(service, Turn.parse(first.position)), None)
                yield "the page after it is found"

    def offer(self) -> Offer:
        for interval in (_recent(), Interval(_EVER, datetime.now(UTC))):
            with self._service(interval, read_native) as service, service.client.in_the_middle():
                decoded = service.ask(service.start, service.decode)
                if records := next(decoded.pieces, []) if decoded else []:
                    return Offer(schema_of(records, self.wanted.columns))
        return Offer(pa.schema([]))

    def _certified(self, service: Service) -> datetime:
        return service.client.certificate_until(self.credentials.host, self.credentials.port or 443)

    def _service(self, interval: Interval, read: Reader = read_json) -> AbstractContextManager[Service]:
        return service(self.wanted, self.credentials, self.patience, interval, read)

    def _page(self, service: Service, turn: Turn) -> Generator[Page, None, Turn | None]:
        """The pieces of one page, and then where the next one is. The last piece says it too."""
        decoded = service.ask(turn, service.decode)
        if decoded is None:
            return None
        following, rows, first = None, 0, ""
        with service.client.in_the_middle():
            if turn.pages == self.most_pages:
                raise UnreadableError("the service has more pages than any delivery")
            for piece, is_last in _and_whether_last(decoded.pieces):
                page = self._rows(piece, turn.rows + rows)
                first = first or _digest_of_first(page.rows)
                if service.paging.repeats(turn, first):
                    return None
                rows += page.rows.num_rows
                if is_last:
                    seen = Seen(rows, rows >= self.source.page_size, decoded.page, decoded.next_link, first)
                    following = service.after(turn, seen)
                yield replace(page, position=str(following) if following else None)
        return following

    def _rows(self, records: list[Record], before: int) -> Page:
        columns = self.wanted.headers if records else self.wanted.columns
        rows = text_batch(records, columns, self.source.path, before + 1)
        asked = {name for column in columns for name in (column, column.split(".")[0])}
        further = sorted(headers(records) - asked) if columns else []
        return Page(rows, further=pa.schema([(name, pa.string()) for name in further]))


def _recent() -> Interval:
    now = datetime.now(UTC)
    return Interval(now - _LOOK_BACK, now)


def _unread(_: Answer) -> None: ...


def _and_whether_last(pieces: Iterable[T]) -> Iterator[tuple[T, bool]]:
    stream = iter(pieces)
    before = next(stream)
    for piece in stream:
        yield before, False
        before = piece
    yield before, True


def _digest_of_first(rows: pa.RecordBatch) -> str:
    """Of the first row's content; empty where there is none."""
    if not rows.num_rows:
        return ""
    content = rows.slice(0, 1).drop_columns(list(PLACE)).serialize()
    return hashlib.blake2b(memoryview(content), digest_size=16).hexdigest()
