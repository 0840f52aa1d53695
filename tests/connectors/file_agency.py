"""A folder of files for tests, served in one of four ways, and a contract that is read from it."""

import asyncio
import getpass
import hashlib
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import pyarrow as pa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from connectors import connector
from connectors.base import Connector, Wanted
from hedui.model.credentials import Credentials
from hedui.model.interval import Interval
from hedui.model.sources import FileDropSource

DAY = Interval.parse("2026-06-21", "2026-06-22")
HEADER, ROW = "编号,姓名,更新时间", "1,张三,2026-06-21 00:00:00"
PATIENCE = 30.0


@dataclass
class FileAgency:
    """Files lie in `folder`; `put` and `taken` work on them as the agency sees them."""

    credentials: Credentials
    source: dict[str, Any]
    put: Callable[[str, bytes], None]
    names: Callable[[str], list[str]]
    columns: tuple[str, ...] = ("编号", "姓名")
    words: dict[str, Any] = field(default_factory=lambda: {"control": "x_{date}.ctl"})

    def deliver(self, *parts: tuple[str, bytes, int], digest: str = "sha256", day: str = "20260621") -> None:
        """Parts with their rows, and the control file behind them."""
        for name, body, _ in parts:
            self.put(name, body)
        lines = [f"{name},{rows},{hashed(body, digest)}\n" for name, body, rows in parts]
        self.put(f"x_{day}.ctl", "".join(lines).encode())

    def connector(self, **words: Any) -> Connector:
        source = FileDropSource.model_validate({"kind": "file_drop", **self.source, **self.words, **words})
        return connector(Wanted("test.files", source, self.columns), self.credentials)

    def rows(self, interval: Interval = DAY, **words: Any) -> list[dict[str, Any]]:
        return [row for batch in self.connector(**words).read(interval) for row in batch.to_pylist()]

    def values(self, column: str = "编号", **words: Any) -> list[Any]:
        return [row[column] for row in self.rows(**words)]


def hashed(body: bytes, kind: str) -> str:
    return hashlib.new(kind, body).hexdigest()


def csv(*numbers: int, encoding: str = "utf-8") -> bytes:
    """A row for each number."""
    return "".join(f"{line}\r\n" for line in (HEADER, *(f"{n}{ROW[1:]}" for n in numbers))).encode(encoding)


def in_folder(root: Path) -> FileAgency:
    """A folder of this machine."""
    credentials = Credentials.model_validate({"conn_type": "fs", "extra": {"folder": str(root)}})
    return _on_disk(root, credentials, {"transport": "folder", "folder": "/outbox"})


def by_sftp(root: Path, credentials: Credentials, folder: str = "/outbox") -> FileAgency:
    """A folder that an SFTP server shows."""
    return _on_disk(root, credentials, {"transport": "sftp", "folder": folder})


def _on_disk(root: Path, credentials: Credentials, source: dict[str, Any]) -> FileAgency:
    outbox = root / "outbox"
    outbox.mkdir()
    return FileAgency(
        credentials,
        source,
        lambda name, body: _write(outbox / name, body),
        lambda below: sorted(f.name for f in (outbox / below).iterdir() if f.is_file()),
    )


def _write(file: Path, body: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body)


@contextmanager
def object_store() -> Iterator[Callable[[str], FileAgency]]:
    """A real S3 service on the loopback; each bucket is an agency."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        url = "http://{}:{}".format(*server.get_host_and_port())
        keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
        client = boto3.client("s3", endpoint_url=url, **keys)

        def agency(bucket: str) -> FileAgency:
            client.create_bucket(Bucket=bucket)
            who = {"conn_type": "aws", "login": "k", "password": "s", "extra": {"endpoint_url": url}}
            return FileAgency(
                Credentials.model_validate(who),
                {"transport": "object_storage", "folder": f"s3://{bucket}/outbox"},
                lambda name, body: client.put_object(Bucket=bucket, Key=f"outbox/{name}", Body=body),
                lambda below: _objects(client, bucket, below),
            )

        yield agency
    finally:
        server.stop()


def _objects(client: Any, bucket: str, below: str) -> list[str]:
    start = f"outbox/{below}/" if below else "outbox/"
    found = client.list_objects_v2(Bucket=bucket, Prefix=start).get("Contents", [])
    return sorted(name for one in found if "/" not in (name := one["Key"].removeprefix(start)))


@contextmanager
def embedded_sftp(root: Path, kind: type[Any] = asyncssh.SFTPServer) -> Iterator[Credentials]:
    """An SFTP server in this process, whose visitors may also write and move files; `kind` says what it does then."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()

    class SignIn(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("u", "p")

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.create_server(
            SignIn,
            "127.0.0.1",
            0,
            server_host_keys=[key],
            sftp_factory=lambda channel: kind(channel, chroot=bytes(root)),
        )

    server = loop.run_until_complete(listen())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    extra = {"host_key": " ".join(key.export_public_key().decode().split()[:2])}
    who = {"conn_type": "sftp", "host": "127.0.0.1", "port": server.get_port(), "login": "u", "password": "p"}
    try:
        yield Credentials.model_validate({**who, "extra": extra})
    finally:
        asyncio.run_coroutine_threadsafe(_closed(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _closed(server: asyncssh.SSHAcceptor) -> None:
    server.close()
    await server.wait_closed()


SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def openssh(folder: Path) -> Iterator[Credentials]:
    """Debian's OpenSSH server, for login by key."""
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # which the server asks for, and an init system makes
    host, user = (_key(folder / name) for name in ("host", "user"))
    (folder / "authorized").write_text(user)
    port = _free_port()
    config = folder / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nPidFile none\nUsePAM no\nStrictModes no\n"
        f"PasswordAuthentication no\nAuthorizedKeysFile {folder / 'authorized'}\nSubsystem sftp internal-sftp\n"
    )
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([SSHD or "sshd", "-D", "-e", "-f", str(config)], stderr=log)
    try:
        _wait_for(port, server, folder / "log")
        extra = {"host_key": host, "key_file": str(folder / "user")}
        who = {"conn_type": "sftp", "host": "127.0.0.1", "port": port, "login": getpass.getuser(), "extra": extra}
        yield Credentials.model_validate(who)
    finally:
        server.terminate()
        server.wait()


def _key(file: Path) -> str:
    key = Ed25519PrivateKey.generate()
    file.touch(0o600)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"sshd did not start: {log.read_text()}")


def table(agency: FileAgency, **words: Any) -> pa.Table:
    """What arrives, with its types."""
    return pa.Table.from_batches(list(agency.connector(**words).read(DAY)))
