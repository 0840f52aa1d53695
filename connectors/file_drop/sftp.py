"""What an SFTP server shows us."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import paramiko

from connectors.file_drop.places import Entry, Stream
from connectors.file_drop.session import LATER, session
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, DeliveryBroken, DeliveryIncomplete

_REQUEST: Final = 128 * 1024
_WINDOW: Final = 16 * _REQUEST  # asked for at once: fills a long line, bounds the memory


@contextmanager
def sftp(where: str, credentials: Credentials) -> Iterator["Sftp"]:
    """The server of a connection as `session` asks for it.

    Raises AgencyUnavailable, AccessDenied; DeliveryIncomplete where a file or folder asked for is not there.
    """
    try:
        with session(where, credentials) as client:
            yield Sftp(client, f"the SFTP server {credentials.host}")
    except FileNotFoundError:
        raise DeliveryIncomplete(where, "the folder or a file of the delivery is not there", LATER) from None
    except PermissionError:
        raise AccessDenied(
            where, "the server does not let us read the delivery", "Ask the agency for the right"
        ) from None
    except UnicodeDecodeError:
        raise DeliveryBroken(
            where, "a file in the folder has a name that is not UTF-8", "Ask the agency to rename it"
        ) from None


class Sftp:
    """What the server shows us."""

    def __init__(self, client: paramiko.SFTPClient, title: str) -> None:
        self._client = client
        self.title = title

    def files(self, folder: str) -> dict[str, Entry]:
        found = {one.filename: one for one in self._client.listdir_attr(folder)}
        kinds = {name: stat.S_IFMT(one.st_mode or 0) for name, one in found.items()}
        # Where a link leads is the server's business; what it leads to has to be looked at.
        links = {name: self._client.stat(f"{folder}/{name}") for name, kind in kinds.items() if kind == stat.S_IFLNK}
        plain = {name: one for name, one in found.items() if kinds[name] in (stat.S_IFREG, 0)}
        return {name: Entry(one.st_size or 0, one.st_mtime or 0) for name, one in (plain | links).items()}

    def folders(self, folder: str) -> list[str]:
        found = self._client.listdir_attr(folder)
        return sorted(one.filename for one in found if stat.S_ISDIR(one.st_mode or 0))

    @contextmanager
    def open(self, path: str) -> Iterator[Stream]:
        with self._client.open(path) as file:
            yield _Windows(file)

    def move(self, path: str, target: str) -> None:
        folder = target.rpartition("/")[0]
        try:
            self._client.stat(folder)
        except FileNotFoundError:
            self._client.mkdir(folder)
        try:
            self._client.posix_rename(path, target)
        except PermissionError:
            raise
        except OSError:  # a server without this extension does not replace what is there
            self._client.remove(target)
            self._client.rename(path, target)


class _Windows:
    """A remote file, many requests of it on their way at once."""

    def __init__(self, file: paramiko.SFTPFile) -> None:
        self._file, self._at = file, 0
        self._size = int(file.stat().st_size or 0)

    def read(self, size: int, /) -> bytes:
        end = min(self._at + min(size, _WINDOW), self._size)
        asked = [(at, min(_REQUEST, end - at)) for at in range(self._at, end, _REQUEST)]
        window = b"".join(self._file.readv(asked)) if asked else b""
        if len(window) < end - self._at:
            raise EOFError("the file is shorter than the server said")
        self._at = end
        return window
