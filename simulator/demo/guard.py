"""Run a command; end it, with everything that it started, when the parent ends, however the parent ends.

A file to be run by its path, so that it starts without importing the simulator: `python guard.py COMMAND...`.
Its standard input is a pipe that the parent holds and never writes to.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
from types import FrameType

import psutil

PATIENCE = 10.0  # seconds between asking and forcing
_ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER


def main(command: list[str]) -> int:
    """The exit code of the command; 0 where we ended it."""
    _adopt_orphans()
    reading, writing = os.pipe()
    _wake_on(signal.SIGTERM, writing)
    _wake_on(signal.SIGCHLD, writing)
    # A session of its own: Ctrl-C at the terminal reaches the parent alone, which ends its children in order.
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    try:
        return _wait(child, reading)
    finally:
        _end(child)


def _adopt_orphans() -> None:
    """Let grandchildren whose parent dies become our children, so that none is out of sight. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_ADOPT_ORPHANS, 1, 0, 0, 0)


def _wake_on(number: signal.Signals, writing: int) -> None:
    def wake(received: int, _frame: FrameType | None) -> None:
        os.write(writing, bytes([received]))

    signal.signal(number, wake)


def _wait(child: subprocess.Popen[bytes], reading: int) -> int:
    while True:
        ready, _, _ = select.select([0, reading], [], [])
        asked = reading in ready and signal.SIGTERM in os.read(reading, 512)
        if 0 in ready or asked:
            return 0
        if child.poll() is not None:
            return child.returncode


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
    left = psutil.Process().children(recursive=True)
    for process in left:
        process.kill()
    psutil.wait_procs(left, PATIENCE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
