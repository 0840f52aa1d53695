"""Sealed, numbered packages that a one-way gateway puts into a folder."""

import base64
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final, cast

import pyarrow as pa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from connectors.base import Connector, Offer, Page, Position, Wanted
from connectors.sealed_series import Package, closes, packages_in, series_of
from connectors.text_rows import Record, read_json, text_batch
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, AgencyUnavailable, DeliveryBroken, DeliveryIncomplete, TerminalError
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.model.sources import SealedDropSource
from hedui.sealing import open_sealed

_LARGEST: Final = 256 * 1024 * 1024  # what unpacks to more is no delivery
_ASK: Final = "Ask the sender to send it again"
_LATER: Final = "It is looked for again; if it lasts, call the agency"


class SealedDropConnector(Connector):
    """Packages whose period lies within the interval, in the order of their numbers.

    Connection: extra `folder`, `recipient_key` (our X25519 private key), `sender_public_key` (Ed25519), raw in base64.
    """

    def __init__(self, wanted: Wanted, credentials: Credentials) -> None:
        super().__init__(wanted, credentials)
        self.source = cast(SealedDropSource, wanted.source)

    def records(self, interval: Interval, after: Position | None) -> Iterator[Page]:
        keys = self._keys()
        series = series_of(self._packages(), self.wanted.where, interval)
        if series.missing:
            raise self._incomplete(f"package {series.missing[0]:06} is missing ({len(series.missing)} in all)")
        wanted, astride = ({package.sequence for package in some} for some in (series.wanted, series.astride))
        for package in series.to_open:
            payload = self._open(package, keys)
            if package.sequence in astride:
                raise DeliveryBroken(
                    self._where(package), f"its period is only partly in {interval}", "Ask for whole days"
                )
            if package.sequence in wanted:
                yield Page(self._rows(package, payload))
        last_day = (interval.end - timedelta(microseconds=1)).astimezone(PROVINCE_TIME).date()
        if not any(closes(package, last_day) for package in series.wanted):
            # A package whose header was changed looks like one of another day: rather say that than wait for ever.
            for package in series.behind:
                self._open(package, keys)
            raise self._incomplete(f"the package that closes {last_day} is not there yet")

    def steps(self) -> Iterator[str]:
        raise NotImplementedError

    def offer(self) -> Offer:
        raise NotImplementedError

    def _packages(self) -> list[Package]:
        folder = Path(self.credentials.secret("folder"))
        try:
            return packages_in(folder)
        except PermissionError:
            raise AccessDenied(self.wanted.where, "the drop may not be read", "Give us the right to read it") from None
        except OSError:
            raise AgencyUnavailable(self.wanted.where, "the drop's folder is not there", _LATER) from None

    def _keys(self) -> tuple[X25519PrivateKey, Ed25519PublicKey]:
        try:
            recipient = X25519PrivateKey.from_private_bytes(self._key("recipient_key"))
            return recipient, Ed25519PublicKey.from_public_bytes(self._key("sender_public_key"))
        except ValueError:
            raise AccessDenied(
                self.wanted.where,
                "the connection names no usable keys",
                "Set `recipient_key` and `sender_public_key`: 32 bytes each, base64",
            ) from None

    def _key(self, name: str) -> bytes:
        return base64.b64decode(self.credentials.secret(name), validate=True)

    def _open(self, package: Package, keys: tuple[X25519PrivateKey, Ed25519PublicKey]) -> bytes:
        try:
            header, payload = open_sealed(package.file.read_bytes(), *keys)
        except TerminalError as error:
            raise type(error)(self._where(package), error.what, error.remedy) from None
        except OSError:
            raise AgencyUnavailable(self._where(package), "the package cannot be read", _LATER) from None
        if header.get("sender") != self.source.sender or header.get("sequence") != package.sequence:
            raise DeliveryBroken(self._where(package), "its header names another sender or number", _ASK)
        if package.period is None or header != package.header:
            raise DeliveryBroken(self._where(package), "its header states no period, or changed while we read", _ASK)
        return payload

    def _rows(self, package: Package, payload: bytes) -> pa.RecordBatch:
        try:
            lines = _unpacked(payload).split(b"\n")
            records = [_record(line) for line in lines if line.strip()]
            batch = text_batch(records, self.wanted.columns, package.file.name, 1)
        except (ValueError, TypeError, RecursionError, zlib.error):
            raise DeliveryBroken(
                self._where(package), "its content is not gzip with a JSON object per line", _ASK
            ) from None
        if batch.num_rows != package.header.get("rows", batch.num_rows):
            raise DeliveryBroken(self._where(package), "it holds another number of rows than its header says", _ASK)
        return batch

    def _where(self, package: Package) -> str:
        return f"{self.wanted.where} {package.file.name}"

    def _incomplete(self, what: str) -> DeliveryIncomplete:
        return DeliveryIncomplete(self.wanted.where, what, _LATER)


def _record(line: bytes) -> Record:
    record = read_json(line)
    if not isinstance(record, dict):
        raise ValueError("not an object")
    return record


def _unpacked(payload: bytes) -> bytes:
    unpack = zlib.decompressobj(wbits=31)
    content = unpack.decompress(payload, _LARGEST)
    if not unpack.eof or unpack.unused_data:
        raise ValueError("cut, or larger than any delivery")
    return content
