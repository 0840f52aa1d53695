"""What every connector promises, as tests that one statement makes for any of them.

    test_housing_support = conformance("housing.support", credentials, "2026-06-01", "2026-07-01")

For pytest. The agency is read for real: give an interval that holds some, but not too many, records.
"""

import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import pyarrow as pa
from pydantic import SecretStr

from connectors import connector, connector_for
from connectors.base import DRIFT, PLACE, SOURCE_NAME, SOURCE_ROW, Connector, Page, Wanted
from hedui.model.contract import Dataset, DriftPolicy
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, DeliveryBroken, DeliveryIncomplete, SchemaDrift
from hedui.model.interval import Interval

_LONG_AGO: Final = Interval.parse("1970-01-02", "1970-01-03")
_NO_SUCH_COLUMN: Final = "there_is_no_such_column"
_SAMPLED: Final = 3
_POSITIONS: Final = 8  # so many places are tried to go on from
_PATIENCE: Final = 30.0  # seconds, for threads that end
_NO_SECRET: Final = "nobody-was-given-this"  # noqa: S105
_OTHERS: Final = {"token": _NO_SECRET, "recipient_key": b64encode(bytes(range(32))).decode()}

GivesCredentials = Credentials | Callable[[], Credentials] | str


@dataclass(frozen=True)
class Subject:
    """One dataset, how its agency is reached, and an interval in which it has records."""

    dataset: Dataset
    credentials: Credentials
    interval: Interval

    def connector(self) -> Connector:
        return connector_for(self.dataset, self.credentials)

    def rows(self, interval: Interval) -> pa.Table:
        """What an interval holds. A drop in which nothing lies for it holds nothing."""
        try:
            batches = list(self.connector().read(interval))
        except DeliveryIncomplete:
            batches = []
        return pa.Table.from_batches(batches) if batches else self._nothing()

    def _nothing(self) -> pa.Table:
        names = [*self.connector().wanted.columns, *PLACE, DRIFT]
        return pa.table({name: pa.nulls(0) for name in names})


def conformance(dataset: str, credentials: GivesCredentials, start: str, end: str) -> Callable[..., None]:
    """A test of each promise. `credentials` are given, made by a call when the test runs, or named as a fixture."""
    import pytest

    @pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
    def test(promise: Callable[[Subject], None], request: Any) -> None:
        from hedui import shelves

        promise(Subject(shelves.dataset(dataset), _given(credentials, request), Interval.parse(start, end)))

    made: Callable[..., None] = test
    return made


def making_it_opens_nothing(subject: Subject) -> None:
    nowhere = subject.credentials.model_copy(update={"host": "host.invalid", "port": 1})
    connector_for(subject.dataset, nowhere)


def it_reads_the_same_rows_twice(subject: Subject) -> None:
    once, twice = subject.rows(subject.interval), subject.rows(subject.interval)
    assert once.num_rows, "the interval holds no record: nothing would be tested"
    assert once.equals(twice)


def it_gives_the_wanted_columns_and_the_place_and_no_other(subject: Subject) -> None:
    schemas = {batch.schema for batch in subject.connector().read(subject.interval)}
    assert len(schemas) == 1, "the columns, or their types, change within the delivery"
    schema = schemas.pop()
    assert schema.names == [*subject.connector().wanted.columns, *PLACE, DRIFT]
    assert schema.field(SOURCE_NAME).type == pa.string()
    assert schema.field(SOURCE_ROW).type == pa.int64()


def each_row_says_where_it_stands(subject: Subject) -> None:
    rows = subject.rows(subject.interval)
    places = list(zip(rows[SOURCE_NAME].to_pylist(), rows[SOURCE_ROW].to_pylist(), strict=True))
    assert len(set(places)) == rows.num_rows
    assert min(position for _, position in places) >= 1


def two_halves_are_the_whole(subject: Subject) -> None:
    whole, middle = subject.interval, _middle(subject.interval)
    assert middle, "the interval is of one day only: give a longer one"
    first, second = (subject.rows(half) for half in (Interval(whole.start, middle), Interval(middle, whole.end)))
    halves = first.select(_content(first)).to_pylist() + second.select(_content(second)).to_pylist()
    assert halves == (rows := subject.rows(whole)).select(_content(rows)).to_pylist()


def an_interval_without_records_holds_none(subject: Subject) -> None:
    assert subject.rows(_LONG_AGO).num_rows == 0


def it_goes_on_from_every_place_it_names(subject: Subject) -> None:
    pages = list(subject.connector().pages(subject.interval))
    places = [number for number, page in enumerate(pages) if page.position is not None]
    for number in places[:: max(1, len(places) // _POSITIONS)]:
        rest = subject.connector().pages(subject.interval, pages[number].position)
        assert _rows(rest) == _rows(iter(pages[number + 1 :]))


def a_sample_is_the_beginning(subject: Subject) -> None:
    sample = pa.Table.from_batches(list(subject.connector().sample(subject.interval, _SAMPLED)))
    assert sample.equals(subject.rows(subject.interval).slice(0, _SAMPLED))


def a_check_says_what_works(subject: Subject) -> None:
    checked = list(subject.connector().check())
    assert [str(one.error) for one in checked if one.error] == []
    assert len(checked) > 1


def wrong_secrets_are_refused_in_one_line_that_quotes_none(subject: Subject) -> None:
    wrong = _with_other_secrets(subject.credentials)
    if wrong == subject.credentials or getattr(subject.dataset.source, "transport", "") == "folder":
        return  # nobody is asked for a secret
    last = list(connector_for(subject.dataset, wrong).check())[-1].error
    assert isinstance(last, AccessDenied | DeliveryBroken), "wrong secrets were accepted"
    assert "\n" not in str(last)
    assert not any(secret in str(last) for who in (wrong, subject.credentials) for secret in _secrets(who))


def it_offers_what_the_contract_reads(subject: Subject) -> None:
    wanted, offered = subject.connector().wanted, {*subject.connector().offer().schema.names}
    missing = {name for name in wanted.columns if not offered & {name, *_others(wanted, name)}}
    assert not missing


def a_column_that_is_not_there_stops_it(subject: Subject) -> None:
    wanted = Wanted.of(subject.dataset)
    more = replace(wanted, columns=(*wanted.columns, _NO_SUCH_COLUMN), drift=DriftPolicy(missing_columns="freeze"))
    try:
        for _ in connector(more, subject.credentials).read(subject.interval):
            pass
    except SchemaDrift as drift:
        assert _NO_SUCH_COLUMN in drift.what
    else:
        raise AssertionError("a column that is not there was not missed")


def it_leaves_nothing_running_when_nobody_reads_on(subject: Subject) -> None:
    before = {*threading.enumerate()}
    reading = subject.connector().pages(subject.interval)
    next(reading)
    reading.close()
    for thread in {*threading.enumerate()} - before:
        thread.join(_PATIENCE)
        assert not thread.is_alive(), f"the thread {thread.name} goes on"


PROMISES: Final = (
    making_it_opens_nothing,
    it_reads_the_same_rows_twice,
    it_gives_the_wanted_columns_and_the_place_and_no_other,
    each_row_says_where_it_stands,
    two_halves_are_the_whole,
    an_interval_without_records_holds_none,
    it_goes_on_from_every_place_it_names,
    a_sample_is_the_beginning,
    a_check_says_what_works,
    wrong_secrets_are_refused_in_one_line_that_quotes_none,
    it_offers_what_the_contract_reads,
    a_column_that_is_not_there_stops_it,
    it_leaves_nothing_running_when_nobody_reads_on,
)


def _given(credentials: GivesCredentials, request: Any) -> Credentials:
    if isinstance(credentials, str):
        given: Credentials = request.getfixturevalue(credentials)
        return given
    return credentials if isinstance(credentials, Credentials) else credentials()


def _middle(interval: Interval) -> datetime | None:
    """The midnight in the middle, where there is one: some agencies deliver whole days."""
    days = (interval.end - interval.start).days
    return interval.start + timedelta(days=days // 2) if days > 1 else None


def _content(rows: pa.Table) -> list[str]:
    return [name for name in rows.column_names if name not in PLACE]


def _rows(pages: Iterator[Page]) -> list[dict[str, Any]]:
    return [row for page in pages for row in page.rows.to_pylist()]


def _others(wanted: Wanted, column: str) -> Iterator[str]:
    return (other for other, of in wanted.also.items() if of == column)


def _with_other_secrets(credentials: Credentials) -> Credentials:
    """The same credentials, where they hold secrets with others of the same form."""
    password = SecretStr(_NO_SECRET) if credentials.password.get_secret_value() else credentials.password
    extra = credentials.extra | {name: SecretStr(_OTHERS[name]) for name in _OTHERS if name in credentials.extra}
    return credentials.model_copy(update={"password": password, "extra": extra})


def _secrets(credentials: Credentials) -> list[str]:
    secrets = [credentials.password.get_secret_value(), *(credentials.secret(name) for name in _OTHERS)]
    return [secret for secret in secrets if secret]
