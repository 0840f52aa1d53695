"""Start the agencies together, tell how to reach them, and leave none behind.

Each child holds the reading end of a pipe whose other end we hold: when we end, however we end, it ends too.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, Final

from hedui.model.credentials import Credentials

AGENCIES: Final = {
    "civil_affairs": "rest",
    "health": "database",
    "hr": "sftp",
    "police": "drop",
    "finance": "sftp",
    "trading": "rest",
    "hotlines": "rest",
    "agriculture": "sftp",
    "supervision": "returns",
}
# Each a process of its own. The mail server belongs to no agency, and brings some of them their reports.
_SERVERS: Final = {**AGENCIES, "mail": "mail"}
_START, _STOP = 60.0, 10.0  # seconds


def serve(folder: Path, ready: Callable[[Mapping[str, Credentials]], None] = lambda _: None) -> None:
    """Run the agencies until SIGINT or SIGTERM.

    As soon as they answer, `ready` is told how, and it is printed where their connections stand.
    """
    with _signals_end_us(), running_agencies(folder) as connections:
        ready(connections)
        print(folder / "connections.json", flush=True)  # noqa: T201
        signal.pause()


@contextmanager
def running_agencies(folder: Path) -> Iterator[dict[str, Credentials]]:
    """How to reach each agency and the mail server, while they run. Writes `connections.json` into the folder.

    Raises RuntimeError with the name of an agency that did not start and the end of its log.
    """
    folder = folder.resolve()
    with ExitStack() as stack:
        children = {agency: stack.enter_context(_child(agency, folder)) for agency in _SERVERS}
        connections = {agency: _announced(agency, child, folder) for agency, child in children.items()}
        _write(folder / "connections.json", connections)
        yield connections
        for child in children.values():
            _tell_to_end(child)


@contextmanager
def _child(agency: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    own = folder / "agencies" / agency
    own.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", f"simulator.agencies.{_SERVERS[agency]}", agency, str(folder)]
    with (own / "log").open("wb") as log:
        # A session of its own: Ctrl-C at the terminal reaches us alone, and we end the children in order.
        child = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )
    try:
        yield child
    finally:
        _end(child)


def _tell_to_end(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe:
            pipe.close()


def _end(child: subprocess.Popen[bytes]) -> None:
    _tell_to_end(child)
    try:
        child.wait(_STOP)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _announced(agency: str, child: subprocess.Popen[bytes], folder: Path) -> Credentials:
    line = _line(child.stdout, time.monotonic() + _START) if child.stdout else b""
    if not line.endswith(b"\n"):
        log = (folder / "agencies" / agency / "log").read_text(errors="replace")
        raise RuntimeError(f"the agency {agency} did not start:\n{log[-2000:]}")
    return Credentials.model_validate_json(line)


def _line(stream: IO[bytes], until: float) -> bytes:
    """What a child says until the end of the line, or what there is of it at its end or ours."""
    said = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while not said.endswith(b"\n") and selector.select(max(0.0, until - time.monotonic())):
            more = os.read(stream.fileno(), 65536)
            if not more:
                break
            said += more
    return said


def _write(file: Path, connections: dict[str, Credentials]) -> None:
    """Whole or not at all, and for our eyes only: the secrets stand there in clear."""
    partial = file.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        json.dump({agency: in_clear(c) for agency, c in connections.items()}, stream, indent=2)
    partial.replace(file)


def in_clear(credentials: Credentials) -> dict[str, object]:
    """The fields of `credentials` as JSON, secrets included."""
    secrets = {name: value.get_secret_value() for name, value in credentials.extra.items()}
    return {**credentials.model_dump(), "password": credentials.password.get_secret_value(), "extra": secrets}


@contextmanager
def _signals_end_us() -> Iterator[None]:
    """SIGTERM and SIGINT leave by the way of an exception, so that every `finally` runs."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    former = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
