"""The page does what it says: its files and its commands, run against a real agency database, print what it prints."""

import json
from pathlib import Path

import pytest

from hedui.settings import Settings
from tests.docs.conftest import Filled
from tests.docs.pages import blocks, printed, prints_what_it_says, repository_with, shows_every_output

PAGE = blocks("add-a-dataset.md")


@pytest.fixture
def repository(tmp_path: Path, exchange: Filled) -> Path:
    agency = exchange(next(block.text for block in PAGE if block.kind == "sql" and not block.file))
    folder = repository_with(tmp_path / "repository", PAGE)
    connections = folder / "site" / "connections.json"
    reached = json.loads(connections.read_text("utf-8"))
    reached["housing"] |= {"port": agency.port, "password": agency.password}
    connections.write_text(json.dumps(reached), encoding="utf-8")
    return folder


def test_the_pages_commands_print_what_the_page_prints(repository: Path, settings: Settings) -> None:
    prints_what_it_says(PAGE, printed(PAGE, repository, settings))


def test_the_page_shows_what_every_command_prints() -> None:
    assert shows_every_output(PAGE)
