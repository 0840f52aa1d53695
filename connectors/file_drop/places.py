"""Where files lie: an SFTP server, a folder of this machine or object storage. One small interface for the three."""

import posixpath
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol

from hedui.model.credentials import Credentials
from hedui.model.sources import FileDropSource

_TRANSPORTS: Final = {
    "sftp": ("connectors.file_drop.sftp", "sftp"),
    "folder": ("connectors.file_drop.local_folder", "local_folder"),
    "object_storage": ("connectors.file_drop.object_storage", "object_storage"),
}


@dataclass(frozen=True)
class Entry:
    """A file as a listing shows it; `changed_at` in seconds, by the clock over there."""

    size: int
    changed_at: float


class Stream(Protocol):
    """A file that is open."""

    def read(self, size: int, /) -> bytes: ...


class Place(Protocol):
    """All errors are those of files, OSError; the transport that made the place turns them into ours."""

    title: str  # in words, for people

    def files(self, folder: str) -> dict[str, Entry]: ...

    def folders(self, folder: str) -> list[str]: ...

    def open(self, path: str) -> AbstractContextManager[Stream]: ...

    def move(self, path: str, target: str) -> None:
        """Into a folder that is made where there is none; what has that name there is replaced."""


@contextmanager
def reached(where: str, source: FileDropSource, credentials: Credentials) -> Iterator[Place]:
    """The place that `source` speaks of.

    Raises AgencyUnavailable, AccessDenied; DeliveryIncomplete where a file or folder asked for is not there.
    """
    module, name = _TRANSPORTS[source.transport]
    with getattr(import_module(module), name)(where, credentials) as place:
        yield place


def below(folder: str, name: str) -> str:
    """The path of `name`, seen from `folder`."""
    return name if "://" in name else posixpath.join(folder, name)
