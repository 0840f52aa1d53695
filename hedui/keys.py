"""The keys of this site: files that only their owner can read.

Two roots, so that who can open landing cannot re-identify a token, and the other way round.
"""

import os
import secrets
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hedui.model.errors import TerminalError

Root = Literal["landing", "pseudonym", "ledger", "sender"]


class Keyring:
    """Root keys of 32 bytes in `folder`; a missing one is made at first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def root(self, name: Root) -> bytes:
        file = self._folder / f"{name}.key"
        if not file.exists():
            self._make(file)
        key = file.read_bytes()
        if len(key) != 32:
            raise TerminalError(str(file.name), "this key has not 32 bytes", "Restore the key file from its backup")
        return key

    def derived(self, root: Root, info: str, length: int = 32) -> bytes:
        """A key for one use, by HKDF-SHA256 (RFC 5869)."""
        return HKDF(SHA256(), length, salt=None, info=f"hedui/{info}".encode()).derive(self.root(root))

    def _make(self, file: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._folder / f"{file.name}.{secrets.token_hex(8)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(descriptor, "wb") as out:
            out.write(secrets.token_bytes(32))
            out.flush()
            os.fsync(descriptor)
        try:
            os.link(draft, file)  # fails where another process was first: its key is the one
        except FileExistsError:
            pass
        finally:
            draft.unlink()
