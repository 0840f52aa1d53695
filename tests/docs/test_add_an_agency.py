"""The page does what it says: two agencies that we have never read, on a real PostgreSQL and a real SFTP server."""

import asyncio
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
import pytest

from hedui.settings import Settings
from simulator.agencies.sftp import outbox_server
from tests.docs.conftest import Filled
from tests.docs.pages import blocks, printed, prints_what_it_says, repository_with, shows_every_output

PAGE = blocks("add-an-agency.md")
PASSWORD = "invented"  # pragma: allowlist secret
AN_HOUR_AGO = 3600


@contextmanager
def sftp(root: Path) -> Iterator[dict[str, object]]:
    """A server for the folder, in a thread of its own, and how it is reached."""
    loop, ready, reached = asyncio.new_event_loop(), threading.Event(), dict[str, object]()
    end = asyncio.Event()

    async def serve() -> None:
        async with outbox_server(root, asyncssh.generate_private_key("ssh-ed25519"), PASSWORD) as how:
            reached.update(how)
            ready.set()
            await end.wait()

    serving = threading.Thread(target=loop.run_until_complete, args=[serve()])
    serving.start()
    assert ready.wait(60)
    yield reached
    loop.call_soon_threadsafe(end.set)
    serving.join(60)
    loop.close()


@pytest.fixture
def repository(tmp_path: Path, exchange: Filled) -> Iterator[Path]:
    agency = exchange(next(block.text for block in PAGE if block.kind == "sql"))
    folder = repository_with(tmp_path / "repository", PAGE)
    for file in (folder / "outbox").rglob("*.csv"):  # not still being written
        os.utime(file, (file.stat().st_mtime - AN_HOUR_AGO,) * 2)
    connections = folder / "site" / "connections.json"
    with sftp(folder / "outbox") as grain:
        reached = json.loads(connections.read_text("utf-8"))
        reached["housing"] |= {"port": agency.port, "password": agency.password}
        connections.write_text(json.dumps(reached | {"grain": grain}), encoding="utf-8")
        yield folder


def test_the_pages_commands_print_what_the_page_prints(repository: Path, settings: Settings) -> None:
    prints_what_it_says(PAGE, printed(PAGE, repository, settings))


def test_the_page_shows_what_every_command_prints() -> None:
    assert shows_every_output(PAGE)
