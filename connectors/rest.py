"""HTTPS with JSON pages: paging, authentication and patience are small objects beside each other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import pyarrow as pa
import requests

from connectors.base import Connector, Offer, Page, Position, Wanted
from connectors.rest_auth import BearerToken, HmacSignature
from connectors.rest_client import Client
from connectors.text_rows import text_batch
from hedui.model.credentials import Credentials
from hedui.model.errors import DeliveryBroken
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.model.sources import CursorPages, RestSource


class RestConnector(Connector):
    """One dataset of an agency that answers by HTTPS.

    Connection: `host`, `port`, `login` and `password` (key and secret of the signature); extra `token`, and `ca_file`
    where the agency's certificate comes from an authority of its own.
    """

    def __init__(self, wanted: Wanted, credentials: Credentials) -> None:
        super().__init__(wanted, credentials)
        self.source = cast(RestSource, wanted.source)

    def records(self, interval: Interval, after: Position | None) -> Iterator[Page]:
        paging = CursorPaging(self.source, interval)
        row = 1
        with _session(self.source, self.credentials) as session:
            client = Client(session, self.wanted.where)
            while paging.more:
                page = client.get(self._address, paging.parameters)
                records = self._records_of(page)
                yield Page(self._batch(records, row))
                row += len(records)
                self._turn(paging, page)

    def steps(self) -> Iterator[str]:
        raise NotImplementedError

    def offer(self) -> Offer:
        raise NotImplementedError

    @property
    def _address(self) -> str:
        port = f":{self.credentials.port}" if self.credentials.port else ""
        return f"https://{self.credentials.host}{port}{self.source.path}"

    def _records_of(self, page: Any) -> list[dict[str, Any]]:
        code = _at(page, "code")
        if code not in (None, "0"):
            raise self._broken(f"the service answered with the error code {code!s:.20}", "Ask the agency what it means")
        records = _at(page, self.source.records)
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise self._broken(
                f"a page has no list of records at `{self.source.records}`", "Compare it with the contract"
            )
        return records

    def _batch(self, records: list[dict[str, Any]], first_row: int) -> pa.RecordBatch:
        try:
            return text_batch(records, self.wanted.columns, self.source.path, first_row)
        except (TypeError, ValueError):
            raise self._broken("a field holds a list or an object", "Compare the service with the contract") from None

    def _turn(self, paging: "CursorPaging", page: Any) -> None:
        cursor = _at(page, cast(CursorPages, self.source.paging).next)
        if not paging.turn(None if cursor in (None, "") else str(cursor)):
            raise self._broken(
                "the service gave the same cursor twice: its pages have no end", "Report it to the agency"
            )

    def _broken(self, what: str, remedy: str) -> DeliveryBroken:
        return DeliveryBroken(self.wanted.where, what, remedy)


@dataclass
class CursorPaging:
    """Which page to ask for next."""

    source: RestSource
    interval: Interval
    more: bool = True
    _cursor: str | None = None
    _seen: set[str] = field(default_factory=set)

    @property
    def parameters(self) -> dict[str, str]:
        asked = {
            self.source.from_parameter: _local(self.interval.start),
            self.source.to_parameter: _local(self.interval.end),
            self.source.size_parameter: str(self.source.page_size),
        }
        return asked | ({cast(CursorPages, self.source.paging).parameter: self._cursor} if self._cursor else {})

    def turn(self, cursor: str | None) -> bool:
        """Go to the page at `cursor`, or end. False where we have been there: following it would never end."""
        if cursor in self._seen:
            return False
        self.more, self._cursor = cursor is not None, cursor
        self._seen |= {cursor} if cursor else set()
        return True


def _session(source: RestSource, credentials: Credentials) -> requests.Session:
    session = requests.Session()
    # The environment could name another CA bundle or a proxy, and requests prefers it to what we say.
    session.trust_env = False
    session.verify = credentials.secret("ca_file") or True
    token = BearerToken(credentials.secret("token"))
    signed = source.signing == "hmac_sha256"
    session.auth = HmacSignature(credentials.login, credentials.password.get_secret_value(), token) if signed else token
    return session


def _local(moment: datetime) -> str:
    return moment.astimezone(PROVINCE_TIME).isoformat()


def _at(page: Any, path: str) -> Any:
    """What stands at a dotted path, or None."""
    for step in path.split("."):
        page = page.get(step) if isinstance(page, dict) else None
    return page
