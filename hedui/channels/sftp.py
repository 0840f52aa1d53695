"""Files in a folder of the agency's SFTP server, each whole before it has its name, and read back."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import Any, Final, cast

import paramiko

from connectors.file_drop.session import LATER, session
from connectors.file_drop.sftp import Sftp
from hedui.channels.base import Channel, Receipt, Sending, receipt
from hedui.model.channels import SftpChannel
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, AgencyUnavailable
from hedui.model.facts import Document

_DIGITS: Final = 16  # of a digest, for people to compare


class SftpReports(Channel):
    """`<folder>/<reference>/<document>`; what was sent before under this reference is replaced.

    Connection: as `connectors.file_drop.session` asks for it. The receipt names size and digest of each file as the
    server gives it back.
    """

    def __init__(self, agency: str, declared: SftpChannel, credentials: Credentials) -> None:
        self._agency, self._credentials = agency, credentials
        self._folder = declared.folder.rstrip("/")

    def send(self, sending: Sending) -> Receipt:
        folder = f"{self._folder}/{sending.reference}"
        with (
            _in_our_words(self._agency),
            session(self._agency, self._credentials) as client,
            _refusals(self._agency, client),
        ):
            _make(client, folder)
            taken = [self._put(client, folder, document) for document in sending.files]
        return receipt(f"{folder}: {', '.join(taken)}")

    def _put(self, client: paramiko.SFTPClient, folder: str, document: Document) -> str:
        final, partial = f"{folder}/{document.name}", f"{folder}/.{document.name}.partial"
        try:
            client.putfo(BytesIO(document.content), partial)
            Sftp(client, "").move(partial, final)
        except BaseException:
            with suppress(OSError, EOFError, paramiko.SSHException):
                client.remove(partial)
            raise
        digest = hashlib.sha256(document.content).hexdigest()
        if _read_back(client, final) != (len(document.content), digest):
            raise AgencyUnavailable(self._agency, "its SFTP server gives back another file than was sent", LATER)
        return f"{document.name} {len(document.content)} B sha256:{digest[:_DIGITS]}"


def _make(client: paramiko.SFTPClient, folder: str) -> None:
    try:
        client.stat(folder)
    except FileNotFoundError:
        client.mkdir(folder)


class _Digest:
    """A file that only remembers what it was like."""

    def __init__(self) -> None:
        self.size, self.sha256 = 0, hashlib.sha256()

    def write(self, piece: bytes) -> int:
        self.size += len(piece)
        self.sha256.update(piece)
        return len(piece)


def _read_back(client: paramiko.SFTPClient, path: str) -> tuple[int, str]:
    read = _Digest()
    client.getfo(path, cast(Any, read))
    return read.size, read.sha256.hexdigest()


@contextmanager
def _refusals(agency: str, client: paramiko.SFTPClient) -> Iterator[None]:
    """The protocol has no word for a full disk: the server says that it failed, for which the driver has no number."""
    try:
        yield
    except OSError as error:
        channel = client.get_channel()
        if error.errno is not None or channel is None or channel.closed or isinstance(error, TimeoutError):
            raise
        raise AgencyUnavailable(
            agency, "its SFTP server does not take the report in; its disk may be full", LATER
        ) from None


@contextmanager
def _in_our_words(agency: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise AccessDenied(
            agency,
            "the folder of its `report_channel` is not on its SFTP server",
            "Ask the agency to make it, or correct the contract",
        ) from None
    except PermissionError:
        raise AccessDenied(
            agency,
            "its SFTP server does not let us write reports and read them back",
            "Ask the agency for both rights in the folder of `report_channel`",
        ) from None
