"""What a connector does, and what every connector gets for it."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from traceback import extract_tb
from typing import Final, Self, final

import pyarrow as pa

from connectors.drift import Expected, Form, Seen, Watch
from hedui.model.contract import Dataset, DriftPolicy
from hedui.model.credentials import Credentials
from hedui.model.drift import Drift
from hedui.model.errors import DeliveryBroken, HeduiError
from hedui.model.interval import Interval
from hedui.model.sources import Source

# Where a row stands in the delivery, so that the agency finds it without being shown its content.
SOURCE_NAME, SOURCE_ROW = "_source", "_position"
PLACE: Final = (SOURCE_NAME, SOURCE_ROW)
# Beside rows that came in a form for which their contract holds them back: which; null for all others.
DRIFT: Final = "_drift"

# Where reading can go on, in a connector's own words, opaque to all others. It may hold a record's key.
Position = str


@dataclass(frozen=True)
class Wanted:
    """What is asked of a connector, all in the agency's own names."""

    where: str  # the dataset that errors name
    source: Source
    columns: tuple[str, ...] = ()  # none: all there are, for a look at a source that has no contract yet
    cursor: str = ""  # the column that says when a record was last changed; empty: not known, nothing is left out
    key: tuple[str, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)  # other headers, and the column that each may stand for
    drift: DriftPolicy = field(default_factory=DriftPolicy)

    @property
    def headers(self) -> tuple[str, ...]:
        """Everything worth fetching: the wanted columns and the other names under which they may come."""
        return (*self.columns, *self.also)

    @classmethod
    def of(cls, dataset: Dataset) -> Self:
        """What a contract asks for. Of a full delivery nothing is left out, whenever it was changed."""
        sources = {name: field.source for name, field in dataset.fields.items()}
        return cls(
            where=dataset.full_name,
            source=dataset.source,
            columns=tuple(dict.fromkeys(sources.values())),  # two fields may be read from one column
            cursor=sources[dataset.cursor] if dataset.delivers == "changes" else "",
            key=tuple(sources[name] for name in dataset.key),
            also={other: field.source for field in dataset.fields.values() for other in field.also},
            drift=dataset.drift,
        )


@dataclass(frozen=True)
class Page:
    """Rows as they were delivered, and where reading can go on after them.

    `position` is None where it cannot go on just here: only a later page can be returned to. `further` are columns that
    were there and not fetched, which a connector says if it knows; `drifts` and `form` are added by `Connector.pages`:
    what is otherwise than before, each said once, and everything that was delivered so far.
    """

    rows: pa.RecordBatch
    position: Position | None = None
    further: pa.Schema | None = None
    drifts: tuple[Drift, ...] = ()
    form: Form = field(default_factory=dict)


@dataclass(frozen=True)
class Offer:
    """What a source has at this moment: its columns with their native types, and the key it states, if it does."""

    schema: pa.Schema
    key: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)  # what the source says of a column


@dataclass(frozen=True)
class Checked:
    """One thing that was tried; `error` says what did not work and what to do."""

    title: str
    error: HeduiError | None = None


class Connector(ABC):
    """Reads one dataset of one agency. Implement `records`, `steps` and `offer`; the rest is here.

    The constructor opens nothing: errors of the network belong to reading.
    """

    def __init__(self, wanted: Wanted, credentials: Credentials) -> None:
        self.wanted = wanted
        self.credentials = credentials

    @abstractmethod
    def records(self, interval: Interval, after: Position | None) -> Iterator[Page]:
        """Yield what the agency changed within `interval`, as it was delivered; with `after`, what follows it.

        Columns: those of the agency, text or native types, more than the wanted ones are allowed; and `_source` (text:
        the file, package, table or address) with `_position` (int64: the row in it, from 1). The first page may be
        empty: it shows the columns.

        Raises AgencyUnavailable, DeliveryIncomplete (try again); AccessDenied, DeliveryBroken (a person must act).
        """

    @abstractmethod
    def steps(self) -> Iterator[str]:
        """Try one thing after another that reading needs, and yield what worked, as a sentence.

        Raises what reading would raise, where a step does not work.
        """

    @abstractmethod
    def offer(self) -> Offer:
        """What the source has at this moment, contract or not."""

    def choices(self) -> list[str]:
        """Tables, folders or files from which a source could be named; empty where nothing can be listed."""
        return []

    def announced(self, interval: Interval) -> int | None:
        """How many rows the agency says the delivery of `interval` has, once it was read; None where it does not."""
        return None

    def taken(self, interval: Interval) -> None:  # noqa: B027 - most sources need not hear of it
        """Hear that the delivery of `interval` lies safe in the landing zone. May be called again."""

    @final
    def read(self, interval: Interval) -> Generator[pa.RecordBatch]:
        """Yield the rows of `pages` from the beginning."""
        return (page.rows for page in self.pages(interval))

    @final
    def pages(self, interval: Interval, after: Position | None = None, before: Form | None = None) -> Generator[Page]:
        """Yield pages of the wanted columns, the two of the place and `_drift`; empty ones only with a position.

        `before` is the form of the delivery before, None where there is none.

        Raises SchemaDrift where the form of the delivery changed and the contract does not let that pass; further
        columns never leave this method, nor do exceptions of drivers and parsers, which may quote a row.
        """
        try:
            yield from self._shaped(interval, after, before)
        except Exception as error:
            raise self._told(error, f"reading {interval}") from None

    @final
    def sample(self, interval: Interval, rows: int) -> Generator[pa.RecordBatch]:
        """Yield no more than the first `rows` rows of an interval."""
        left = rows
        for batch in self.read(interval):
            yield batch.slice(0, left)
            left -= batch.num_rows
            if left <= 0:
                return

    @final
    def check(self) -> Iterator[Checked]:
        """Yield everything that works, and at the end what does not, if anything."""
        try:
            yield from map(Checked, self.steps())
        except Exception as error:
            told = self._told(error, "checking")
            yield Checked(told.what, told)

    def _shaped(self, interval: Interval, after: Position | None, before: Form | None) -> Iterator[Page]:
        watch = Watch(self._expected(before), str(interval), PLACE)
        for page in self.records(interval, after):
            taken = watch.take(page.rows.schema, page.further)
            if page.rows.num_rows or page.position is not None:
                rows = _in_shape(page.rows, taken)
                yield Page(rows, page.position, None, watch.news(), watch.form)

    def _expected(self, before: Form | None) -> Expected:
        wanted = self.wanted
        needed = frozenset(name for name in (*wanted.key, wanted.cursor) if name)
        return Expected(wanted.where, wanted.columns, wanted.also, needed, wanted.drift, before)

    def _told(self, error: Exception, doing: str) -> HeduiError:
        if isinstance(error, HeduiError):
            return error
        return DeliveryBroken(
            self.wanted.where,
            f"{doing} failed for a reason nobody foresaw: {_kind_and_place(error)}",
            "Report it with this line",
        )


def _in_shape(rows: pa.RecordBatch, taken: Seen) -> pa.RecordBatch:
    """The wanted columns under their own names, what is missing as null, the place, and the mark of held rows."""
    columns = {
        column: rows[header] if header else pa.nulls(rows.num_rows, pa.string())
        for column, header in taken.headers.items()
    }
    columns |= {name: rows[name] for name in PLACE}
    columns[DRIFT] = pa.repeat(pa.scalar(taken.mark, pa.string()), rows.num_rows)
    return pa.RecordBatch.from_pydict(columns)


def _kind_and_place(error: Exception) -> str:
    place = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
