"""The servers of the demo as child processes with logs, none of which outlives us."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_GUARD = Path(__file__).with_name("guard.py")
_LAST_LINES = 12


class ChildEndedError(RuntimeError):
    """A server of the demo ended by itself; the message closes with the last lines of its log."""


@dataclass(frozen=True)
class Child:
    """One running server."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """Raises ChildEndedError if it no longer runs."""
        if (code := self.process.poll()) is not None:
            raise ChildEndedError(f"{self.name} ended with code {code}. The end of {self.log}:\n{self._tail()}")

    def finish(self) -> None:
        """Wait for a child that ends by itself. Raises ChildEndedError if it failed."""
        if self.process.wait():
            self.check()

    def _tail(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_LAST_LINES:])


@contextmanager
def child(name: str, command: list[str], logs: Path, environment: Mapping[str, str] | None = None) -> Iterator[Child]:
    """Run `command` until we leave, writing what it says to `logs/<name>.log`. Without `environment` it has ours."""
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, str(_GUARD), *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    try:
        yield Child(name, process, log)
    finally:
        ask_to_end(process)
        process.wait()


def ask_to_end(process: subprocess.Popen[bytes]) -> None:
    """Close the pipe by which the guard knows that we live. Several can be asked before one is waited for."""
    if process.stdin:
        process.stdin.close()
