"""Files by SFTP – text or XLSX, plain or zipped –, each delivery with a control file that names its parts."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final, cast

import paramiko
import pyarrow as pa

from connectors.archives import NotAsAgreed, only_member, whole
from connectors.base import SOURCE_NAME, Connector, Offer, Page, Position, Wanted
from connectors.file_control import Part, controls
from connectors.sftp import DigestingReader, sftp
from connectors.sheets import sheet_batches
from connectors.text_files import text_batches, without_totals
from hedui.model.credentials import Credentials
from hedui.model.errors import DeliveryBroken, DeliveryIncomplete, SchemaDrift
from hedui.model.interval import Interval
from hedui.model.sources import FileDropSource

_AGAIN: Final = "Ask the agency to deliver it again"


class FileDropConnector(Connector):
    """Deliveries dated within the interval: D belongs to it where `start <= D 00:00 < end`, in the province's time.

    Connection: `host`, `port`, `login`, `password`; extra `host_key`, as in known_hosts: `ssh-ed25519 AAAA…`.
    """

    def __init__(self, wanted: Wanted, credentials: Credentials) -> None:
        super().__init__(wanted, credentials)
        self.source = cast(FileDropSource, wanted.source)

    def records(self, interval: Interval, after: Position | None) -> Iterator[Page]:
        with sftp(self.wanted.where, self.credentials) as client:
            present = set(client.listdir(self.source.folder))
            found = self._controls(present, interval)
            if not found:
                raise self._incomplete(f"no control file {self.source.control} for {interval} in {self.source.folder}")
            for control in found:
                for part in self._parts(client, control):
                    if part.name not in present:
                        raise self._incomplete(f"{control} names the part {part.name}, which is not there")
                    yield from map(Page, self._rows(client, part))

    def steps(self) -> Iterator[str]:
        raise NotImplementedError

    def offer(self) -> Offer:
        raise NotImplementedError

    def _controls(self, present: set[str], interval: Interval) -> list[str]:
        try:
            return controls(present, self.source.control, interval)
        except ValueError as error:
            raise self._broken(f"the control file {error}") from None

    def _parts(self, client: paramiko.SFTPClient, control: str) -> list[Part]:
        with client.open(f"{self.source.folder}/{control}") as file:
            content = file.read()
        try:
            parts = Part.read_all(content)
        except ValueError:
            raise self._broken(f"the control file {control} is not lines of name, rows, SHA-256") from None
        if not parts:  # a delivery without rows has a part without rows: this is one that is still being written
            raise self._incomplete(f"the control file {control} names no part")
        return parts

    def _rows(self, client: paramiko.SFTPClient, part: Part) -> Iterator[pa.RecordBatch]:
        """The records of one part. They are good only if the iterator ends without an error: counting comes last."""
        with client.open(f"{self.source.folder}/{part.name}") as file:
            raw = DigestingReader(file)
            rows = 0
            try:
                for batch in self._batches(raw, part):
                    self._check_header(batch, part)
                    records = without_totals(batch, self.source.total_marks)
                    rows += records.num_rows
                    yield records.append_column(SOURCE_NAME, pa.repeat(pa.scalar(part.name), records.num_rows))
            except (pa.ArrowException, ValueError, LookupError, zipfile.BadZipFile, zlib.error) as error:
                raise self._unreadable(raw, part, error) from None
            if raw.digest() != part.sha256:
                raise self._digest_differs(part)
            if rows != part.rows:
                raise self._broken(f"{part.name} has {rows} rows, its control file says {part.rows}")

    def _batches(self, raw: DigestingReader, part: Part) -> Iterator[pa.RecordBatch]:
        """Plain text is read as it comes; what is packed is fetched whole, and unpacked only if it is genuine."""
        zipped, sheet = self.source.packing == "zip", self.source.format == "xlsx"
        if not zipped and not sheet:
            return text_batches(raw, self.source)
        content = whole(raw)
        if raw.digest() != part.sha256:
            raise self._digest_differs(part)
        if not zipped:
            return sheet_batches(content, self.source.title_rows)
        member = only_member(content)
        return sheet_batches(whole(member), self.source.title_rows) if sheet else text_batches(member, self.source)

    def _check_header(self, batch: pa.RecordBatch, part: Part) -> None:
        if set(self.wanted.columns).isdisjoint(batch.schema.names):
            raise SchemaDrift(
                self.wanted.where,
                f"{part.name} has none of the contract's columns in row {self.source.title_rows + 1}",
                "Compare its header with the contract, and `title_rows`, `delimiter` and `encoding` with the file",
            )
        if any(batch.schema.names.count(name) > 1 for name in self.wanted.columns):
            raise NotAsAgreed("names a column twice in its header")

    def _unreadable(self, raw: DigestingReader, part: Part, error: Exception) -> DeliveryBroken:
        """A parser's message quotes the row: of it only the number may go on. A wrong digest says more than it."""
        raw.drain()
        if raw.digest() != part.sha256:
            return self._digest_differs(part)
        if isinstance(error, NotAsAgreed):
            return self._broken(f"{part.name} {error}")
        if isinstance(error, UnicodeError):
            return self._broken(f"{part.name} is not {self.source.encoding} throughout")
        if isinstance(error, zipfile.BadZipFile | zlib.error):
            return self._broken(f"{part.name} is an archive whose content is damaged")
        number = re.search(r"Row #(\d+)", str(error))
        place = f" at line {number[1]}" if number else ""
        return self._broken(f"{part.name} is not the CSV the contract describes{place}")

    def _digest_differs(self, part: Part) -> DeliveryBroken:
        return self._broken(f"{part.name} is not the file its control file names: the SHA-256 differs")

    def _broken(self, what: str) -> DeliveryBroken:
        return DeliveryBroken(self.wanted.where, what, _AGAIN)

    def _incomplete(self, what: str) -> DeliveryIncomplete:
        return DeliveryIncomplete(self.wanted.where, what, "It is looked for again; if it lasts, call the agency")
