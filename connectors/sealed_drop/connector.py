"""Sealed, numbered packages that a one-way gateway puts into a folder."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, cast

import pyarrow as pa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from connectors.base import PLACE, Connector, Offer, Page, Position, Wanted
from connectors.sealed_drop.rows import pages
from connectors.sealed_drop.series import Package, Series, gaps, last_day, packages_in, plain, series_of
from connectors.sealed_drop.taken import Taken
from connectors.text_rows import UnreadableError
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, AgencyUnavailable, DeliveryBroken, DeliveryIncomplete, HeduiError
from hedui.model.interval import Interval
from hedui.model.sources import SealedDropSource
from hedui.sealing import Sealed, key_id, private_keys, sender_keys, verified
from hedui.sealing.keys import ReaderPrivate

_SETTLED: Final = 600  # seconds: what has not grown for so long was cut
_MIB: Final = 1024 * 1024
_ASK: Final = "Ask the sender to send it again"
_LATER: Final = "It is looked for again; if it lasts, call the agency"


@dataclass(frozen=True)
class _Keys:
    ours: Sequence[ReaderPrivate]
    senders: Sequence[Ed25519PublicKey]


class SealedDropConnector(Connector):
    """Packages whose period lies within the interval, in the order of their numbers.

    Connection: extra `folder`; `recipient_key`, our private keys (X25519 or RSA), and `sender_public_key`, the sender's
    (Ed25519): PEM or raw in base64, several where keys change; `taken`, a file of ours that notes what was taken in, if
    the folder can only be read. Reading can go on after each package.
    """

    def __init__(self, wanted: Wanted, credentials: Credentials) -> None:
        super().__init__(wanted, credentials)
        self.source = cast(SealedDropSource, wanted.source)
        self._digests: dict[int, str] = {}
        self._stated: dict[Interval, list[object]] = {}

    def records(self, interval: Interval, after: Position | None) -> Iterator[Page]:
        keys, series, done = self._keys(), self._series(interval), int(after or 0)
        self._stated[interval] = [package.header.get("rows") for package in series.wanted]
        with self._folder_errors():
            known = self._taken.digests()
        wanted, astride = ({package.sequence for package in some} for some in (series.wanted, series.astride))
        for package in series.to_open:
            if package.sequence <= done:
                continue
            with self._genuine(package, keys) as sealed:
                self._check_known(package, sealed, known)
                if package.sequence in astride:
                    raise DeliveryBroken(
                        self._where(package.file), f"its period is only partly in {interval}", "Ask for whole days"
                    )
                if package.sequence in wanted:
                    yield from self._pages(package, sealed, keys)
                    self._digests[package.sequence] = sealed.digest.hex()
        if not any(package.closes(last_day(interval)) for package in series.wanted):
            self._check_behind(series.behind, keys)
            raise self._incomplete(f"the package that closes {last_day(interval)} is not there yet")

    def steps(self) -> Iterator[str]:
        packages = self._packages()
        yield f"the folder can be read and holds {len(packages)} packages"
        keys = self._keys()
        ours, senders = (", ".join(map(key_id, some)) for some in ([k.public_key() for k in keys.ours], keys.senders))
        yield f"the keys can be used: ours {ours}; the sender's {senders}"
        newest = self._newest(packages)
        rows = sum(page.rows.num_rows for page in self._opened(newest, keys, self.wanted))
        yield f"{newest.file.name}, the newest of this dataset, is genuine and opens: {rows} rows"
        if missing := list(gaps(packages, packages[0].sequence - 1)):
            raise self._incomplete(f"package {missing[0]:06} is missing")
        yield f"the numbers run without a gap from {packages[0].sequence:06} to {packages[-1].sequence:06}"
        yield self._how_taken()

    def offer(self) -> Offer:
        packages = self._packages()
        newest = self._newest([package for package in packages if package.header.get("rows") != 0] or packages)
        shown = next(self._opened(newest, self._keys(), replace(self.wanted, columns=(), also={})))
        return Offer(pa.schema([field for field in shown.rows.schema if field.name not in PLACE]))

    def choices(self) -> list[str]:
        """The datasets that the packages' headers name."""
        return sorted({str(package.header["dataset"]) for package in self._packages() if "dataset" in package.header})

    def announced(self, interval: Interval) -> int | None:
        stated = self._stated.get(interval, [])
        counts = [rows for rows in stated if isinstance(rows, int)]
        return sum(counts) if counts and len(counts) == len(stated) else None

    def taken(self, interval: Interval) -> None:
        if not self._taken.writable():
            return
        keys, wanted = self._keys(), self._series(interval).wanted
        for package in wanted:
            if package.sequence not in self._digests:  # read by a process before this one
                with self._genuine(package, keys) as sealed:
                    self._digests[package.sequence] = sealed.digest.hex()
        with self._folder_errors():
            self._taken.note({package.sequence: self._digests[package.sequence] for package in wanted})

    def _packages(self) -> list[Package]:
        with self._folder_errors():
            return packages_in(self._folder)

    def _series(self, interval: Interval) -> Series:
        series = series_of(self._packages(), self.wanted.where, interval)
        if series.missing:
            raise self._incomplete(f"package {series.missing[0]:06} is missing")
        return series

    def _newest(self, packages: Sequence[Package]) -> Package:
        own = [package for package in packages if package.header.get("dataset") == self.wanted.where]
        if not own:
            raise self._incomplete("no package of this dataset is there yet")
        return own[-1]

    def _keys(self) -> _Keys:
        try:
            ours, senders = (self.credentials.secret(name) for name in ("recipient_key", "sender_public_key"))
            return _Keys(private_keys(ours), sender_keys(senders))
        except ValueError as error:
            raise AccessDenied(
                self.wanted.where,
                f"the connection names no usable keys: {error}",
                "Set `recipient_key` and `sender_public_key`: PEM, or 32 bytes in base64",
            ) from None

    @contextmanager
    def _genuine(self, package: Package, keys: _Keys) -> Iterator[Sealed]:
        """The package once it has proved to be what it says, and its copies to be copies."""
        with self._named(package.file), plain(package.file) as stream:
            sealed = verified(stream, keys.senders)
            self._check_header(package, sealed)
            for copy in package.copies:
                self._check_copy(copy, sealed, keys)
            yield sealed

    @contextmanager
    def _named(self, file: Path) -> Iterator[None]:
        """Errors name the file; one that still grows is no broken one."""
        try:
            yield
        except OSError:
            raise AgencyUnavailable(self._where(file), "the package cannot be read", _LATER) from None
        except HeduiError as error:
            if error.where != "package":
                raise
            if isinstance(error, DeliveryIncomplete):
                raise self._not_whole(file) from None
            raise type(error)(self._where(file), error.what, error.remedy) from None

    def _not_whole(self, file: Path) -> HeduiError:
        if _settled(file):
            return DeliveryBroken(self._where(file), "it was cut: its end is not there", _ASK)
        return DeliveryIncomplete(self._where(file), "it is not whole yet", _LATER)

    def _check_header(self, package: Package, sealed: Sealed) -> None:
        header, where = sealed.header, self._where(package.file)
        if header.get("sender") != self.source.sender or header.get("sequence") != package.sequence:
            raise DeliveryBroken(where, "its header names another sender or number", _ASK)
        if package.period is None or header != package.header:
            raise DeliveryBroken(where, "its header states no period, or changed while we read", _ASK)
        if not package.closes_its_end():
            raise DeliveryBroken(where, "it closes a day with which its period does not end", _ASK)

    def _check_copy(self, copy: Path, sealed: Sealed, keys: _Keys) -> None:
        with self._named(copy), plain(copy) as stream:
            if verified(stream, keys.senders).digest != sealed.digest:
                raise DeliveryBroken("package", "another package has the same number", "Ask the sender which is meant")

    def _check_known(self, package: Package, sealed: Sealed, known: Mapping[int, str]) -> None:
        if known.get(package.sequence, sealed.digest.hex()) != sealed.digest.hex():
            raise DeliveryBroken(
                self._where(package.file),
                "another package with this number was taken in before",
                "Ask the sender which is meant; if it is this one, take its number out of the file `taken`",
            )

    def _check_behind(self, packages: Sequence[Package], keys: _Keys) -> None:
        """A package whose header was changed looks like one of another day: rather say that than wait for ever."""
        for package in packages:
            with self._genuine(package, keys):
                pass

    def _pages(self, package: Package, sealed: Sealed, keys: _Keys) -> Iterator[Page]:
        """The rows of a package, and where to go on once it proved to hold as many as it says."""
        rows = 0
        for page in self._content(package, sealed, keys, self.wanted):
            rows += page.rows.num_rows
            yield page
        if rows != sealed.header.get("rows", rows):
            raise DeliveryBroken(
                self._where(package.file), "it holds another number of rows than its header says", _ASK
            )
        yield Page(page.rows.slice(0, 0), str(package.sequence), page.further)

    def _opened(self, package: Package, keys: _Keys, wanted: Wanted) -> Iterator[Page]:
        with self._genuine(package, keys) as sealed:
            yield from self._content(package, sealed, keys, wanted)

    def _content(self, package: Package, sealed: Sealed, keys: _Keys, wanted: Wanted) -> Iterator[Page]:
        form, largest = str(sealed.header.get("format", "json_lines")), self.source.largest_mib * _MIB
        try:
            yield from pages(sealed.opened(keys.ours), form, wanted, package.file.name, largest)
        except UnreadableError as error:
            raise DeliveryBroken(self._where(package.file), str(error), _ASK) from None

    @property
    def _folder(self) -> Path:
        return Path(self.credentials.secret("folder"))

    @property
    def _taken(self) -> Taken:
        return Taken(Path(self.credentials.secret("taken") or self._folder / "taken"))

    def _how_taken(self) -> str:
        if self._taken.writable():
            return "what was taken in is noted"
        return "what was taken in is not noted, for the folder can only be read: set `taken` to a file of ours"

    @contextmanager
    def _folder_errors(self) -> Iterator[None]:
        try:
            yield
        except PermissionError:
            raise AccessDenied(self.wanted.where, "the drop may not be read", "Give us the right to read it") from None
        except OSError:
            raise AgencyUnavailable(self.wanted.where, "the drop's folder is not there", _LATER) from None

    def _where(self, file: Path) -> str:
        name = "".join(sign if sign.isprintable() else "?" for sign in file.name)
        return f"{self.wanted.where} {name}"

    def _incomplete(self, what: str) -> DeliveryIncomplete:
        return DeliveryIncomplete(self.wanted.where, what, _LATER)


def _settled(file: Path) -> bool:
    try:
        return time.time() - file.lstat().st_mtime > _SETTLED
    except OSError:
        return False
