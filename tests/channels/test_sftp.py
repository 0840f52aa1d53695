"""Reports by SFTP: whole files in the agency's folder, read back; what goes wrong is told and leaves nothing half."""

import errno
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from hedui.channels import Receipt
from hedui.channels.sftp import SftpReports
from hedui.model.channels import SftpChannel
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, AgencyUnavailable
from tests.channels.conftest import LIST, NOTICE, PAGE, SENDING, Fails
from tests.connectors.file_agency import embedded_sftp

DECLARED = SftpChannel(kind="sftp", connection="health", folder="/reports/")


def send(credentials: Credentials, sending=SENDING) -> Receipt:
    return SftpReports("health", DECLARED, credentials).send(sending)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "reports").mkdir()
    return tmp_path


@pytest.fixture
def server(root: Path) -> Iterator[Credentials]:
    with embedded_sftp(root) as credentials:
        yield credentials


def files(root: Path) -> list[str]:
    return sorted(str(file.relative_to(root)) for file in root.rglob("*") if file.is_file())


def test_every_document_stands_whole_under_its_reference_and_the_receipt_has_its_digest(root, server):
    receipt = send(server)
    folder = root / "reports" / SENDING.reference
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {d.name: d.content for d in (PAGE, LIST)}
    for document in (PAGE, LIST):
        digest = hashlib.sha256(document.content).hexdigest()[:16]
        assert f"{document.name} {len(document.content)} B sha256:{digest}" in receipt


def test_sent_again_it_stands_there_once(root, server):
    assert send(server) == send(server)
    assert len(files(root)) == 2


def test_a_notice_is_a_text_that_windows_reads(root, server):
    send(server, NOTICE)
    (file,) = (root / "reports" / NOTICE.reference).iterdir()
    assert file.suffix == ".txt"
    assert NOTICE.text.splitlines()[0] in file.read_bytes().decode("utf-8-sig")


class FullDisk(asyncssh.SFTPServer):
    def write(self, *_: Any) -> int:
        raise OSError(errno.ENOSPC, "said by the server")


class ReadOnly(asyncssh.SFTPServer):
    def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        raise asyncssh.SFTPPermissionDenied("said by the server")


class WriteOnly(asyncssh.SFTPServer):
    def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        if pflags & asyncssh.FXF_READ and not pflags & asyncssh.FXF_WRITE:
            raise asyncssh.SFTPPermissionDenied("said by the server")
        return super().open(path, pflags, attrs)


class Forgetful(asyncssh.SFTPServer):
    def write(self, file: Any, offset: int, data: bytes) -> Any:
        return super().write(file, offset, bytes(len(data)))


class CutOff(asyncssh.SFTPServer):
    def __init__(self, channel: Any, **more: Any) -> None:
        super().__init__(channel, **more)
        self._line = channel

    def write(self, *_: Any) -> int:
        self._line.get_connection().abort()
        return 0


@pytest.mark.parametrize(
    ("kind", "error", "says"),
    [
        (FullDisk, AgencyUnavailable, "does not take the report in; its disk may be full"),
        (ReadOnly, AccessDenied, "does not let us write reports"),
        (WriteOnly, AccessDenied, "does not let us write reports and read them back"),
        (Forgetful, AgencyUnavailable, "gives back another file than was sent"),
        (CutOff, AgencyUnavailable, "does not answer"),
    ],
)
def test_a_server_that_does_not_keep_it_is_told_of(root: Path, fails: Fails, kind: type, error: type, says: str):
    with embedded_sftp(root, kind) as server, fails(error, says):
        send(server)


@pytest.mark.parametrize("kind", [FullDisk, ReadOnly, CutOff])
def test_what_broke_off_has_no_documents_name(root, kind):
    with embedded_sftp(root, kind) as server, pytest.raises((AgencyUnavailable, AccessDenied)):
        send(server)
    assert all(Path(name).name.startswith(".") for name in files(root))


def test_a_folder_that_is_not_there_is_named_as_the_contracts(tmp_path, fails):
    with embedded_sftp(tmp_path) as server, fails(AccessDenied, "folder of its `report_channel` is not on its SFTP"):
        send(server)


def test_another_host_key_is_not_trusted_with_a_report(root, server, fails):
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().split()[:2]
    changed = Credentials.model_validate({**server.model_dump(), "extra": {"host_key": " ".join(other)}})
    with fails(AccessDenied, "another host key than the pinned one"):
        send(changed)
    assert files(root) == []
