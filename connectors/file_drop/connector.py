"""Files in a folder of the agency's – by SFTP, on this machine or in object storage –, delivery by delivery."""

import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import cast

import pyarrow as pa

from connectors.base import PLACE, SOURCE_NAME, Connector, Offer, Page, Position, Wanted
from connectors.file_drop.archives import Pieces
from connectors.file_drop.control import guessed, midnight
from connectors.file_drop.deliveries import Delivery, Drop, Found, Part
from connectors.file_drop.formats import HELD, rows_of, unpacked
from connectors.file_drop.part import DeliveredPart, NotAsAgreed, delivered, whole
from connectors.file_drop.places import Place, below, reached
from connectors.file_drop.text import without_totals
from hedui.model.credentials import Credentials
from hedui.model.errors import SchemaDrift
from hedui.model.interval import Interval
from hedui.model.sources import FileDropSource


class FileDropConnector(Connector):
    """Deliveries dated within the interval: D belongs to it where `start <= D 00:00 < end`, in the province's time.

    Connection: what `sftp`, `local_folder` or `object_storage` beside this module asks for; extra `archive_password`
    for ZIP archives that are encrypted.
    """

    def __init__(self, wanted: Wanted, credentials: Credentials) -> None:
        super().__init__(wanted, credentials)
        self.source = cast(FileDropSource, wanted.source)
        self._read: dict[Interval, list[Delivery]] = {}

    def records(self, interval: Interval, after: Position | None) -> Iterator[Page]:
        with self._drop() as drop:
            self._read[interval] = deliveries = drop.deliveries(interval)
            parts = [part for delivery in deliveries for part in delivery.parts]
            for number in range(_parts_before(parts, after, drop), len(parts)):
                yield from self._pages(drop, parts[number], self.wanted.headers, _position(parts[: number + 1]))

    def steps(self) -> Iterator[str]:
        with self._place() as place:
            yield f"{place.title} lets us in"
            drop = Drop(place, self.wanted.where, self.source)
            yield f"{self.source.folder} can be read: {len(drop.here)} files"
            delivery = self._newest(drop)
            named = delivery.control.name if delivery.control else delivery.parts[0].file.name
            yield f"the newest delivery, {named}, is there with its parts: {len(delivery.parts)}"
            page = next(self._pages(drop, delivery.parts[0], self.wanted.headers))
            there = [name for name in page.rows.schema.names if name in self.wanted.headers]
            yield f"{delivery.parts[0].file.name} can be read: {len(there)} of the contract's columns are in its header"

    def offer(self) -> Offer:
        with self._drop() as drop:
            page = next(self._pages(drop, self._newest(drop).parts[0]))
            return Offer(pa.schema([field for field in page.rows.schema if field.name not in PLACE]))

    def choices(self) -> list[str]:
        folder = self.source.folder
        with self._place() as place:
            inside = [f"{below(folder, name)}/" for name in place.folders(folder)]
            return [*inside, *(below(folder, pattern) for pattern in guessed(place.files(folder)))]

    def announced(self, interval: Interval) -> int | None:
        stated = [part.stated.rows for delivery in self._read.get(interval, []) for part in delivery.parts]
        counts = [rows for rows in stated if rows is not None]
        return sum(counts) if counts and len(counts) == len(stated) else None

    def taken(self, interval: Interval) -> None:
        if self.source.archive:
            with self._drop() as drop:
                for delivery in self._read.get(interval) or drop.deliveries(interval):
                    drop.take(delivery)

    @contextmanager
    def _drop(self) -> Iterator[Drop]:
        with self._place() as place:
            yield Drop(place, self.wanted.where, self.source)

    @contextmanager
    def _place(self) -> Iterator[Place]:
        with reached(self.wanted.where, self.source, self.credentials) as place:
            yield place

    def _newest(self, drop: Drop) -> Delivery:
        days = drop.days()
        if not days:
            raise drop.incomplete(f"no file {self.source.control or self.source.files} in {self.source.folder}")
        day, names = list(days.items())[-1]
        try:
            start = midnight(day, names[0])
        except ValueError as error:
            raise drop.broken(f"the file {error}") from None
        return drop.deliveries(Interval(start, start + timedelta(days=1)))[-1]

    def _pages(
        self, drop: Drop, part: Part, headers: tuple[str, ...] = (), behind: Position | None = None
    ) -> Iterator[Page]:
        """The records of one part with the columns of these headers, or all there are, and the place behind it.

        They are good only if that comes: digest and count are known at the end.
        """
        file, rows, page = part.file, 0, None
        with drop.place.open(file.path) as opened, delivered(opened, self.source.digest) as raw:
            try:
                for batch, further in rows_of(self._file(drop, raw, part), self.source, headers):
                    self._check_header(batch, file, {*headers})
                    records = without_totals(batch, self.source.total_marks)
                    rows += records.num_rows
                    place = pa.repeat(pa.scalar(file.name), records.num_rows)
                    page = Page(records.append_column(SOURCE_NAME, place), None, further)
                    yield page
            except NotAsAgreed as error:
                self._genuine(drop, raw, part)  # a wrong digest says more than what a parser stumbled over
                raise drop.not_as_agreed(f"{file.name} {error}") from None
            self._genuine(drop, raw, part)
        if part.stated.rows not in (None, rows):
            raise drop.broken(f"{file.name} has {rows} rows, its control file says {part.stated.rows}")
        if page:
            yield Page(page.rows.slice(0, 0), behind, page.further)

    def _file(self, drop: Drop, raw: DeliveredPart, part: Part) -> io.RawIOBase:
        """What is held whole is opened only if it is genuine; what streams is known to be at its end."""
        password = self.credentials.secret("archive_password")
        if self.source.format not in HELD or not part.stated.digest:
            return unpacked(raw, self.source, password)
        content = whole(raw)
        self._genuine(drop, raw, part)
        return unpacked(Pieces(iter([content])), self.source, password)

    def _genuine(self, drop: Drop, raw: DeliveredPart, part: Part) -> None:
        if part.stated.digest and raw.digest() != part.stated.digest:
            kind = {"sha256": "SHA-256"}.get(self.source.digest, self.source.digest.upper())
            raise drop.broken(f"{part.file.name} is not the file its control file names: the {kind} differs")
        if not part.stated.digest and not drop.unchanged(part.file):
            raise drop.incomplete(f"{part.file.name} was changed while it was read")

    def _check_header(self, batch: pa.RecordBatch, file: Found, wanted: set[str]) -> None:
        if wanted and wanted.isdisjoint(batch.schema.names):
            raise SchemaDrift(
                self.wanted.where,
                f"{file.name} has none of the contract's columns in row {self.source.title_rows + 1}",
                "Compare its header with the contract, and `title_rows`, `delimiter` and `encoding` with the file",
            )
        names = [name for name in batch.schema.names if name in wanted or not wanted]
        if len({*names}) != len(names):
            raise NotAsAgreed("names a column twice in its header")


def _position(parts: list[Part]) -> Position:
    """How many parts were read, and which."""
    return json.dumps([len(parts), hashlib.sha256(json.dumps([p.identity for p in parts]).encode()).hexdigest()])


def _parts_before(parts: list[Part], after: Position | None, drop: Drop) -> int:
    if after is None:
        return 0
    number: int = json.loads(after)[0]
    if _position(parts[:number]) != after:
        raise drop.broken("the parts that were read were exchanged since")
    return number
