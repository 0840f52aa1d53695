"""Packages of a delivery, numbered and put into the gateway's folder: all of them or none, and no number twice."""

import os
import re
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from shutil import copyfile
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hedui.model.errors import TerminalError
from hedui.sealing.filling import Rows
from hedui.sealing.keys import ReaderPublic
from hedui.sealing.package import HEADER_ROOM, SEGMENT, SIGNATURE, TAG, Header
from hedui.sealing.writing import sealed

_PACKAGE: Final = re.compile(r"(\d{6,12})\.pkg")
_DRAFT: Final = re.compile(r"(\d{6,12})\.([0-9a-f]{16})\.partial")
_STATE: Final = re.compile(r"(\d{1,12}) ([0-9a-f]{16})")


@dataclass(frozen=True)
class Sender:
    """Who seals, for whom, and where to. `numbers` is a file of the sender's: the highest number that was used."""

    writer: Ed25519PrivateKey
    readers: Sequence[ReaderPublic]
    cipher: str
    into: Path
    numbers: Path
    keep: Path | None = None


def room(limit: int) -> int:
    """How large a content may be, so that its package is no larger than `limit`."""
    return limit - HEADER_ROOM - SIGNATURE - TAG * (limit // SEGMENT + 1)


def send(
    sender: Sender, contents: Iterable[Rows], header: Header, last: Header, told: Callable[[int], None]
) -> list[Path]:
    """Seal each content under the next number; `last` is added to the last one's header. `told` hears of rows.

    Killed at any moment, it has sent everything, or nothing once it is called again.
    """
    with _alone(sender.numbers):
        used, run = _last(sender.numbers)
        _finish(sender.into, used, run)
        number, run = max(used, _highest(sender.into)), secrets.token_hex(8)
        drafts: list[Path] = []
        try:
            for content, further in _with_last(contents, last):
                number += 1
                drafts.append(sender.into / f"{number:06}.{run}.partial")
                stated = {**header, "sequence": number, "rows": content.count, **further}
                _write(drafts[-1], sealed(BytesIO(content.content), len(content.content), stated, *_how(sender)))
                told(content.count)
            for draft in drafts if sender.keep else ():
                copyfile(draft, (sender.keep or draft.parent) / _final(draft).name)
        except BaseException:
            for draft in drafts:
                draft.unlink(missing_ok=True)
            raise
        _note(sender.numbers, f"{number} {run}")
        return [draft.rename(_final(draft)) for draft in drafts]


def _how(sender: Sender) -> tuple[Sequence[ReaderPublic], Ed25519PrivateKey, str]:
    return sender.readers, sender.writer, sender.cipher


def _with_last(contents: Iterable[Rows], last: Header) -> Iterator[tuple[Rows, Header]]:
    held: Rows | None = None
    for content in contents:
        if held is not None:
            yield held, {}
        held = content
    if held is not None:
        yield held, last


def _finish(into: Path, used: int, run: str) -> None:
    """What a killed run left: drafts of the run that got its numbers are whole, all others are nothing."""
    for file in into.iterdir():
        if draft := _DRAFT.fullmatch(file.name):
            if draft[2] == run and int(draft[1]) <= used:
                file.rename(_final(file))
            else:
                file.unlink()


def _highest(into: Path) -> int:
    return max((int(name[1]) for file in into.iterdir() if (name := _PACKAGE.fullmatch(file.name))), default=0)


def _final(draft: Path) -> Path:
    return draft.with_name(f"{draft.name.partition('.')[0]}.pkg")


def _last(numbers: Path) -> tuple[int, str]:
    if not numbers.exists():
        return 0, ""
    if not (state := _STATE.fullmatch(numbers.read_text("ascii", errors="replace").strip())):
        raise TerminalError(numbers.name, "it names no number", "Write the highest number used and sixteen zeros")
    return int(state[1]), state[2]


def _note(numbers: Path, state: str) -> None:
    draft = numbers.with_name(f"{numbers.name}.partial")
    _write(draft, [f"{state}\n".encode()])
    draft.replace(numbers)


def _write(file: Path, pieces: Iterable[bytes]) -> None:
    with file.open("wb") as out:
        for piece in pieces:
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())


@contextmanager
def _alone(numbers: Path) -> Iterator[None]:
    """Two that seal at once would take the same numbers. The lock ends with the process, however it ends."""
    with numbers.with_name(f"{numbers.name}.lock").open("a") as lock:
        try:
            _lock(lock.fileno())
        except OSError:
            raise TerminalError(numbers.name, "another `hedui seal` is at work", "Wait until it is done") from None
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
