"""Parquet under authenticated encryption, with a data key of its own for each file.

Parquet modular encryption (AES-GCM) authenticates every page with its place in the file; the file's name goes in as
AAD prefix and is not stored. A page moved, a file cut, renamed or put in another's place does not open.
"""

import base64
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hedui.model.errors import LandingBroken

_NONCE = 12


class EncryptedFiles:
    """Tables of one folder, each under a name such as `civil_affairs.deaths-20260701-1f2e3d4c`."""

    def __init__(self, folder: Path, master_key: bytes) -> None:
        self._folder = folder
        self._wrapping = AESGCM(master_key)

    def write(self, name: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
        """Stream `batches` into a new file and return their rows. The file appears whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key, draft, rows = secrets.token_bytes(32), self._draft(name), 0
        options = {"compression": "zstd", "compression_level": 1, "use_dictionary": False}
        try:
            with pq.ParquetWriter(
                draft,
                schema,
                encryption_properties=pe.create_encryption_properties(footer_key=key, **_bound(name)),
                **options,
            ) as writer:
                for batch in batches:
                    writer.write_batch(batch)
                    rows += batch.num_rows
            self._key_file(name).write_text(self._wrapped(name, key))
            _settle(draft)
            draft.rename(self._file(name))
        finally:
            draft.unlink(missing_ok=True)
        return rows

    def read(self, name: str) -> Iterator[pa.RecordBatch]:
        """The batches of a file. Raises LandingBroken where it was changed."""
        try:
            yield from self._open(name).iter_batches()
        except (OSError, InvalidTag, ValueError):
            raise self._broken(name) from None

    def schema(self, name: str) -> pa.Schema:
        """The columns of a file. Raises LandingBroken where it was changed."""
        try:
            return self._open(name).schema_arrow
        except (OSError, InvalidTag, ValueError):
            raise self._broken(name) from None

    def readable(self, name: str) -> bool:
        """Whether every page of a file is there and untouched."""
        try:
            for _ in self.read(name):
                pass
        except LandingBroken:
            return False
        return True

    def names(self) -> set[str]:
        return {file.stem for file in self._folder.glob("*.parquet")}

    def size(self, name: str) -> int:
        """The bytes of a file, 0 where it is gone."""
        file = self._file(name)
        return file.stat().st_size if file.exists() else 0

    def remove(self, name: str) -> None:
        """Delete a file, its key first: what is left of the bytes can then no longer be read."""
        self._key_file(name).unlink(missing_ok=True)
        self._file(name).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what a killed writer left behind."""
        for draft in self._folder.glob("*.partial"):
            draft.unlink(missing_ok=True)
        for key in self._folder.glob("*.key"):
            if not self._file(key.stem).exists():
                key.unlink(missing_ok=True)

    def _open(self, name: str) -> pq.ParquetFile:
        wrapped = json.loads(self._key_file(name).read_text())
        nonce, sealed = (base64.b64decode(wrapped[part]) for part in ("nonce", "key"))
        key = self._wrapping.decrypt(nonce, sealed, name.encode())
        properties = pe.create_decryption_properties(footer_key=key, aad_prefix=name.encode())
        return pq.ParquetFile(self._file(name), decryption_properties=properties)

    def _wrapped(self, name: str, key: bytes) -> str:
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._wrapping.encrypt(nonce, key, name.encode())
        return json.dumps({"nonce": base64.b64encode(nonce).decode(), "key": base64.b64encode(sealed).decode()})

    def _broken(self, name: str) -> LandingBroken:
        return LandingBroken(
            name, "the stored file is missing, was changed or belongs to another batch", "Extract the interval again"
        )

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"

    def _key_file(self, name: str) -> Path:
        return self._folder / f"{name}.key"

    def _draft(self, name: str) -> Path:
        return self._folder / f"{name}.partial"


def _bound(name: str) -> dict[str, object]:
    return {"aad_prefix": name.encode(), "store_aad_prefix": False}


def _settle(file: Path) -> None:
    """The bytes are on the disk before the file gets its name."""
    with file.open("rb") as handle:
        os.fsync(handle.fileno())
