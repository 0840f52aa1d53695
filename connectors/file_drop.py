"""CSV files by SFTP, each delivery with a control file that names its parts."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final, cast

import paramiko
import pyarrow as pa
from pyarrow import csv as arrow_csv

from connectors.base import SOURCE_NAME, SOURCE_ROW, Connector
from connectors.sftp import DigestingReader, sftp
from hedui.model.contract import Dataset
from hedui.model.credentials import Credentials
from hedui.model.errors import DeliveryBroken, DeliveryIncomplete
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.model.sources import FileDropSource

_BLOCK: Final = 4 * 1024 * 1024
_AGAIN: Final = "Ask the agency to deliver it again"


@dataclass(frozen=True)
class Part:
    """One line of a control file."""

    name: str
    rows: int
    sha256: str


class FileDropConnector(Connector):
    """Deliveries dated within the interval: D belongs to it where `start <= D 00:00 < end`, in the province's time.

    Connection: `host`, `port`, `login`, `password`; extra `host_key`, as in known_hosts: `ssh-ed25519 AAAA…`.
    """

    def __init__(self, dataset: Dataset, credentials: Credentials) -> None:
        super().__init__(dataset, credentials)
        self.source = cast(FileDropSource, dataset.source)

    def records(self, interval: Interval) -> Iterator[pa.RecordBatch]:
        with sftp(self.dataset.full_name, self.credentials) as client:
            present = set(client.listdir(self.source.folder))
            for control in self._controls(present, interval):
                for part in self._parts(client, control):
                    if part.name not in present:
                        raise self._incomplete(f"{control} names the part {part.name}, which is not there")
                    yield from self._rows(client, part)

    def _controls(self, present: set[str], interval: Interval) -> list[str]:
        """Control files of the interval's deliveries, oldest first."""
        before, _, after = self.source.control.partition("{date}")
        form = re.compile(rf"{re.escape(before)}(\d{{8}}){re.escape(after)}")
        dated = {match[1]: name for name in present if (match := form.fullmatch(name))}
        found = [dated[day] for day in sorted(dated) if interval.start <= _midnight(day) < interval.end]
        if not found:
            raise self._incomplete(f"no control file {self.source.control} for {interval} in {self.source.folder}")
        return found

    def _parts(self, client: paramiko.SFTPClient, control: str) -> list[Part]:
        with client.open(f"{self.source.folder}/{control}") as file:
            text = file.read()
        try:
            rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
            return [Part(name, int(count), digest.lower()) for name, count, digest in filter(None, rows)]
        except ValueError:
            raise self._broken(f"the control file {control} is not lines of name, rows, SHA-256") from None

    def _rows(self, client: paramiko.SFTPClient, part: Part) -> Iterator[pa.RecordBatch]:
        """The rows of one part. They are good only if the iterator ends without an error: the digest comes last."""
        with client.open(f"{self.source.folder}/{part.name}") as file:
            raw = DigestingReader(file)
            row = 1
            try:
                reader = _parsed(raw, self.source)
                yield _placed(pa.RecordBatch.from_pylist([], schema=reader.schema), part.name, row)
                for batch in reader:
                    yield _placed(batch, part.name, row)
                    row += batch.num_rows
            except (pa.ArrowException, ValueError, LookupError) as error:
                raise self._unreadable(raw, part, error) from None
            if raw.digest() != part.sha256:
                raise self._digest_differs(part)
            if row - 1 != part.rows:
                raise self._broken(f"{part.name} has {row - 1} rows, its control file says {part.rows}")

    def _unreadable(self, raw: DigestingReader, part: Part, error: Exception) -> DeliveryBroken:
        """A wrong digest says more than the parser, whose message quotes the row: of it only the number may go on."""
        raw.drain()
        if raw.digest() != part.sha256:
            return self._digest_differs(part)
        if isinstance(error, UnicodeError):
            return self._broken(f"{part.name} is not {self.source.encoding} throughout")
        number = re.search(r"Row #(\d+)", str(error))
        place = f" at line {number[1]}" if number else ""
        return self._broken(f"{part.name} is not the CSV the contract describes{place}")

    def _digest_differs(self, part: Part) -> DeliveryBroken:
        return self._broken(f"{part.name} is not the file its control file names: the SHA-256 differs")

    def _broken(self, what: str) -> DeliveryBroken:
        return DeliveryBroken(self.dataset.full_name, what, _AGAIN)

    def _incomplete(self, what: str) -> DeliveryIncomplete:
        return DeliveryIncomplete(self.dataset.full_name, what, "It is looked for again; if it lasts, call the agency")


def _parsed(raw: DigestingReader, source: FileDropSource) -> arrow_csv.CSVStreamingReader:
    """Every column as text, empty as null."""
    return arrow_csv.open_csv(
        pa.PythonFile(raw, mode="r"),
        # Only the parser of one thread says in which line it failed; on streams it is no slower.
        arrow_csv.ReadOptions(encoding=source.encoding, block_size=_BLOCK, use_threads=False),
        arrow_csv.ParseOptions(delimiter=source.delimiter, newlines_in_values=True),
        arrow_csv.ConvertOptions(default_column_type=pa.string(), null_values=[""], strings_can_be_null=True),
    )


def _placed(batch: pa.RecordBatch, name: str, first_row: int) -> pa.RecordBatch:
    count = batch.num_rows
    place = [pa.repeat(pa.scalar(name, pa.string()), count), pa.array(range(first_row, first_row + count), pa.int64())]
    names = [column.removeprefix("\ufeff") for column in batch.schema.names]
    return pa.record_batch([*batch.columns, *place], names=[*names, SOURCE_NAME, SOURCE_ROW])


def _midnight(day: str) -> datetime:
    return datetime.combine(date(int(day[:4]), int(day[4:6]), int(day[6:])), time.min, PROVINCE_TIME)
