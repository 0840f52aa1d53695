"""What every agency's process does beside serving: say that it is ready, keep its secrets, end with its parent."""

import asyncio
import json
import os
import secrets
import select
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType

from hedui.model.credentials import Credentials


def own_folder(agency: str, folder: Path) -> Path:
    """Where an agency keeps its keys and files."""
    own = folder / "agencies" / agency
    own.mkdir(parents=True, exist_ok=True)
    return own


def announce(**fields: object) -> None:
    """Tell the parent how to reach us: we answer from now on."""
    Credentials.model_validate(fields)
    print(json.dumps(fields), flush=True)  # noqa: T201


def kept(file: Path, make: Callable[[], bytes]) -> bytes:
    """A secret of this province: made once, then always the same."""
    if not file.exists():
        partial = file.with_suffix(".partial")
        partial.touch(0o600)
        partial.write_bytes(make())
        partial.replace(file)
    return file.read_bytes()


def kept_password(file: Path) -> str:
    """A random password, made once."""
    return kept(file, lambda: secrets.token_urlsafe(24).encode()).decode()


def wait_for_end() -> None:
    """Return when the parent has ended, by whatever cause, or SIGTERM arrives."""
    reading, writing = os.pipe()

    def leave(_number: int, _frame: FrameType | None) -> None:
        os.write(writing, b".")

    signal.signal(signal.SIGTERM, leave)
    select.select([sys.stdin.fileno(), reading], [], [])


async def end_of_parent() -> None:
    """The same for a server on asyncio."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), ended.set)
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    loop.remove_reader(sys.stdin.fileno())


def unchanged(own: Path, feeds: Iterable[Path]) -> bool:
    """Whether what we made from `feeds` the last time still stands; `remember` says when it does."""
    mark = own / "made_from"
    return mark.exists() and mark.read_text() == _fingerprint(feeds)


def remember(own: Path, feeds: Iterable[Path]) -> None:
    (own / "made_from").write_text(_fingerprint(feeds))


def _fingerprint(feeds: Iterable[Path]) -> str:
    states = [(feed.name, feed.stat()) for feed in feeds]
    return "".join(f"{name} {state.st_size} {state.st_mtime_ns}\n" for name, state in states)
