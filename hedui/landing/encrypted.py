"""Parquet under authenticated encryption, with a data key of its own for each file.

Parquet modular encryption (AES-GCM) authenticates every page with its place in the file; the table's name and the
number of the segment go in as AAD prefix and are not stored. Each key is wrapped for its name, its number, and whether
its segment is the last. A page moved, a file cut, renamed or put in another's place, a segment left out: none opens.
"""

import base64
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hedui.model.errors import LandingBroken

_NONCE = 12
_MARK = "~"  # between a table's name and the number of a segment that is not its last


@dataclass(frozen=True)
class Segment:
    """One file of a table. The last, in most tables the only one, has the name of the table."""

    table: str
    number: int = 1
    last: bool = True

    @property
    def file(self) -> str:
        return self.table if self.last else f"{self.table}{_MARK}{self.number}"

    @property
    def pages_of(self) -> bytes:
        """What its pages are bound to."""
        return (self.table if self.number == 1 else f"{self.table}{_MARK}{self.number}").encode()

    @property
    def key_of(self) -> bytes:
        """What its key is bound to."""
        return self.pages_of if self.last else self.pages_of + b" and more"


@dataclass(frozen=True)
class Draft:
    """A segment that is written and has no place yet."""

    table: str
    number: int
    rows: int
    key: bytes = field(repr=False)


class EncryptedFiles:
    """Tables of one folder, each under a name such as `civil_affairs.deaths-20260701-1f2e3d4c`."""

    def __init__(self, folder: Path, master_key: bytes) -> None:
        self._folder = folder
        self._wrapping = AESGCM(master_key)

    def write(self, table: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
        """Stream `batches` into a table of one segment and return their rows. It appears whole or not at all."""
        draft = self.draft(table, 1, schema, batches)
        self.keep(draft, last=True)
        return draft.rows

    @contextmanager
    def writing(self, table: str, schema: pa.Schema) -> Iterator[Callable[[pa.RecordBatch], None]]:
        """Put batches one by one into a table of one segment. It appears whole at the end, or not at all."""
        with self._drafting(table, 1, schema) as (draft, put):
            yield put
        self.keep(draft, last=True)

    def draft(self, table: str, number: int, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Draft:
        """Stream `batches` into a segment that is not to be seen until it is kept."""
        rows = 0
        with self._drafting(table, number, schema) as (draft, put):
            for batch in batches:
                put(batch)
                rows += batch.num_rows
        return replace(draft, rows=rows)

    @contextmanager
    def _drafting(
        self, table: str, number: int, schema: pa.Schema
    ) -> Iterator[tuple[Draft, Callable[[pa.RecordBatch], None]]]:
        """A draft, and how to put batches into it."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key, file = secrets.token_bytes(32), self._draft(table)
        options = {"compression": "zstd", "compression_level": 1, "use_dictionary": False}
        bound = {"aad_prefix": Segment(table, number).pages_of, "store_aad_prefix": False}
        try:
            encryption = pe.create_encryption_properties(footer_key=key, **bound)
            with pq.ParquetWriter(file, schema, encryption_properties=encryption, **options) as writer:
                yield Draft(table, number, 0, key), writer.write_batch
            _settle(file)
        except BaseException:
            file.unlink(missing_ok=True)
            raise

    def keep(self, draft: Draft, *, last: bool) -> None:
        """Give a draft its place; after the last one the table is whole."""
        segment = Segment(draft.table, draft.number, last)
        self._key_file(segment.file).write_text(self._wrapped(segment, draft.key))
        self._draft(draft.table).rename(self._file(segment.file))

    def read(self, table: str, segments: int | None = None) -> Iterator[pa.RecordBatch]:
        """The batches of a table, or of its first `segments`. Raises LandingBroken where they were changed."""
        for segment in islice(self._segments(table), segments):
            try:
                yield from self._open(segment).iter_batches()
            except (OSError, InvalidTag, ValueError):
                raise self._broken(table) from None

    def schema(self, table: str) -> pa.Schema:
        """The columns of a table. Raises LandingBroken where it was changed."""
        try:
            return self._open(next(self._segments(table))).schema_arrow
        except (OSError, InvalidTag, ValueError):
            raise self._broken(table) from None

    def readable(self, table: str) -> bool:
        """Whether every page of a table is there and untouched."""
        try:
            for _ in self.read(table):
                pass
        except LandingBroken:
            return False
        return True

    def names(self) -> set[str]:
        """The tables of which there is anything."""
        return {file.stem.partition(_MARK)[0] for file in self._folder.glob("*.parquet")}

    def size(self, table: str) -> int:
        """The bytes of a table, 0 where it is gone."""
        return sum(file.stat().st_size for file in self._all(table, "parquet"))

    def remove(self, table: str) -> None:
        """Delete a table, its keys first: what is left of the bytes can then no longer be read."""
        self.cut(table, 0)

    def cut(self, table: str, segments: int) -> None:
        """Delete what follows the first `segments`, keys first."""
        for ending in ("key", "parquet"):
            for file in self._all(table, ending):
                number = file.stem.partition(_MARK)[2]
                if not number or int(number) > segments:
                    file.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what a killed writer left behind."""
        for draft in self._folder.glob("*.partial"):
            draft.unlink(missing_ok=True)
        for key in self._folder.glob("*.key"):
            if not self._file(key.stem).exists():
                key.unlink(missing_ok=True)

    def _segments(self, table: str) -> Iterator[Segment]:
        """Those that are there without a gap, and behind them the last, whether it is there or not."""
        number = 1
        while self._file((segment := Segment(table, number, last=False)).file).exists():
            yield segment
            number += 1
        yield Segment(table, number)

    def _open(self, segment: Segment) -> pq.ParquetFile:
        wrapped = json.loads(self._key_file(segment.file).read_text())
        nonce, sealed = (base64.b64decode(wrapped[part]) for part in ("nonce", "key"))
        key = self._wrapping.decrypt(nonce, sealed, segment.key_of)
        properties = pe.create_decryption_properties(footer_key=key, aad_prefix=segment.pages_of)
        return pq.ParquetFile(self._file(segment.file), decryption_properties=properties)

    def _wrapped(self, segment: Segment, key: bytes) -> str:
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._wrapping.encrypt(nonce, key, segment.key_of)
        return json.dumps({"nonce": base64.b64encode(nonce).decode(), "key": base64.b64encode(sealed).decode()})

    def _broken(self, table: str) -> LandingBroken:
        return LandingBroken(
            table, "the stored file is missing, was changed or belongs to another batch", "Extract the interval again"
        )

    def _all(self, table: str, ending: str) -> list[Path]:
        """The files of a table, the last segment's before the others."""
        last = self._folder / f"{table}.{ending}"
        return [*([last] if last.exists() else []), *sorted(self._folder.glob(f"{table}{_MARK}*.{ending}"))]

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"

    def _key_file(self, name: str) -> Path:
        return self._folder / f"{name}.key"

    def _draft(self, table: str) -> Path:
        return self._folder / f"{table}.partial"


def _settle(file: Path) -> None:
    """The bytes are on the disk before the file gets its name."""
    with file.open("rb") as handle:
        os.fsync(handle.fileno())
