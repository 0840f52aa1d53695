"""A folder of this machine, such as a mounted share. Nothing outside of it is read, whatever links say."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from connectors.file_drop.places import Entry, Stream
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, AgencyUnavailable, DeliveryIncomplete

_LATER: Final = "It is tried again; if it lasts, see whether the share is mounted"


@contextmanager
def local_folder(where: str, credentials: Credentials) -> Iterator["LocalFolder"]:
    """Connection: extra `folder`, the root; what a contract names lies below it."""
    root = Path(credentials.secret("folder"))
    if not root.is_absolute():
        raise AccessDenied(where, "the connection names no absolute `folder`", "Set it: what lies outside is not read")
    try:
        yield LocalFolder(root.resolve())
    except FileNotFoundError:
        raise DeliveryIncomplete(where, "the folder or a file of the delivery is not there", _LATER) from None
    except PermissionError:
        raise AccessDenied(
            where, "we may not read the delivery, or it is a link", "Give us the right, or put the file itself there"
        ) from None
    except OSError:
        raise AgencyUnavailable(where, "the folder cannot be read", _LATER) from None


class LocalFolder:
    """What lies below `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.title = "the folder of the connection"

    def files(self, folder: str) -> dict[str, Entry]:
        with os.scandir(self._at(folder)) as found:
            # A link is listed, for `open` to refuse it by name.
            return {f.name: _entry(f.stat(follow_symlinks=False)) for f in found if f.is_file() or f.is_symlink()}

    def folders(self, folder: str) -> list[str]:
        with os.scandir(self._at(folder)) as found:
            return sorted(f.name for f in found if f.is_dir(follow_symlinks=False))

    def open(self, path: str) -> AbstractContextManager[Stream]:
        # A link could lead anywhere, also one that was laid between looking and opening.
        return os.fdopen(os.open(self._at(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb", buffering=0)

    def move(self, path: str, target: str) -> None:
        there = self._at(target)
        there.parent.mkdir(parents=True, exist_ok=True)
        self._at(path).replace(there)

    def _at(self, path: str) -> Path:
        """Raises PermissionError for what leads out of the root, or is a link."""
        there = self._root / path.strip("/")
        if there.is_symlink() or not there.resolve().is_relative_to(self._root):
            raise PermissionError
        return there


def _entry(stat: os.stat_result) -> Entry:
    return Entry(stat.st_size, stat.st_mtime)
