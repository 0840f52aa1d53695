"""A real MariaDB, where this machine has one: its own folder, the loopback, and gone with the tests."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pymysql

BINARY: Final = shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
MISSING: Final = (
    "MariaDB is not installed here, so NOTHING is tested against MySQL's protocol: install mariadb-server-core"
)
DATABASE: Final = "exchange"
READER: Final = "exchange_reader"
PASSWORD: Final = "read-only-by-luck"
_PATIENCE: Final = 60.0  # seconds
# Nobody needs these rows after a power cut.
_SETTINGS: Final = (
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--character-set-server=utf8mb4",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=64M",
    "--max-allowed-packet=32M",
    "--local-infile=1",
)


@dataclass(frozen=True)
class MariaDb:
    """Where a running server is reached. Its owner is `root`, without a password."""

    port: int

    def connect(self, database: str = DATABASE) -> Any:
        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user="root",
            database=database or None,
            charset="utf8mb4",
            autocommit=True,
            local_infile=True,
        )


@contextmanager
def running_mariadb(folder: Path, *options: str) -> Iterator[MariaDb]:
    """A new server with an empty database and an account that may do anything in it."""
    data, temporary = folder / "data", folder / "temporary"
    temporary.mkdir()
    # A server that starts clears its temporary folder, of other servers' tables too.
    environment = os.environ | {"TMPDIR": str(temporary)}
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"]
    subprocess.run([*install, "--skip-test-db", *_as_root()], check=True, capture_output=True, env=environment)
    server = MariaDb(_free_port())
    places = [f"--datadir={data}", f"--port={server.port}", f"--socket={folder}/socket", f"--pid-file={folder}/pid"]
    with (folder / "log").open("wb") as log:
        command = [BINARY, "--no-defaults", *places, *_SETTINGS, *options, *_as_root()]
        child = subprocess.Popen(command, stderr=log, env=environment)
    try:
        _until_ready(server, child)
        with closing(server.connect("")) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {DATABASE}")
            cursor.execute(f"CREATE USER {READER} IDENTIFIED BY '{PASSWORD}'")
            cursor.execute(f"GRANT ALL ON {DATABASE}.* TO {READER}")
        yield server
    finally:
        child.terminate()
        child.wait(_PATIENCE)


def _as_root() -> list[str]:
    return ["--user=root"] if os.geteuid() == 0 else []


def _until_ready(server: MariaDb, child: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _PATIENCE
    while child.poll() is None and time.monotonic() < until:
        try:
            server.connect("").close()
        except pymysql.OperationalError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("MariaDB did not start")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
