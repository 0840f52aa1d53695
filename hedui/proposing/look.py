"""A look at a source, with a contract or without: its columns and its first rows, held in memory alone."""

import re
from dataclasses import dataclass, replace
from typing import Final

import pyarrow as pa

from connectors import connector
from connectors.base import DRIFT, PLACE, Connector, Offer, Wanted
from hedui.model.contract import Dataset
from hedui.model.credentials import Credentials
from hedui.model.errors import DeliveryBroken, DeliveryIncomplete
from hedui.model.interval import Interval
from hedui.model.sources import Source

# Whatever there is, for a look to which no interval was given.
_EVER: Final = Interval.parse("1990-01-01", "2100-01-01")
_NO_HEADER: Final = re.compile(r"\d{5,}")


@dataclass(frozen=True)
class Look:
    """What a source has, and its first rows under its own names."""

    offer: Offer
    rows: pa.Table


def look(
    where: str, source: Source, credentials: Credentials, rows: int, interval: Interval | None = None, cursor: str = ""
) -> Look:
    """Look at a source that has no contract; a table holds to `interval` where its `cursor` is known.

    Raises what reading it raises.
    """
    reading = connector(Wanted(where, source, cursor=cursor), credentials)
    return Look(offered(reading), _first_rows(reading, rows, interval))


def offered(reading: Connector) -> Offer:
    """What a source has. Raises DeliveryBroken where somebody's record may stand in place of a header."""
    offer = reading.offer()
    if any(_NO_HEADER.search(name) for name in offer.schema.names):
        raise DeliveryBroken(
            reading.wanted.where,
            "the names of the columns hold long numbers: perhaps a record stands where the header should",
            "Look at the source, and at `title_rows` where it is a sheet",
        )
    return offer


def sample(dataset: Dataset, credentials: Credentials, rows: int, interval: Interval | None = None) -> pa.Table:
    """The first rows of what a contract reads: of `interval`, or of whatever there is."""
    wanted = Wanted.of(dataset)
    return _first_rows(connector(wanted if interval else replace(wanted, cursor=""), credentials), rows, interval)


def _first_rows(reading: Connector, rows: int, interval: Interval | None) -> pa.Table:
    batches: list[pa.RecordBatch] = []
    try:
        for batch in reading.sample(interval or _EVER, rows):
            batches.append(batch)  # what came before an error counts
    except DeliveryIncomplete:
        if interval or not batches:  # no delivery of all times is ever whole
            raise
    tables = [pa.Table.from_batches([batch]) for batch in batches]
    found = pa.concat_tables(tables, promote_options="default") if tables else pa.table({})
    return found.drop_columns([name for name in (*PLACE, DRIFT) if name in found.column_names])
