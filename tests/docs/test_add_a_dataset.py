"""The page does what it says: its files and its commands, run against a real agency database, print what it prints."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hedui.settings import Settings
from simulator.agencies.postgres import Server, running_postgres

CODE = Path(__file__).parents[2]
_FENCED = r"(?:^`(?P<file>site/[^`\n]+)`\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$"
_MARK = "--- the next block of commands ---"


@dataclass(frozen=True)
class Block:
    """One fenced block of the page; `file` where it is the content of one."""

    kind: str
    text: str
    file: str | None


BLOCKS = [
    Block(found["kind"], found["text"], found["file"])
    for found in re.finditer(_FENCED, (CODE / "docs" / "add-a-dataset.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
]


@pytest.fixture(scope="module")
def agency() -> Iterator[Server]:
    """The exchange database that the page describes, with the reader that its connection names."""
    # Not below pytest's own folder, which is closed to the account of the server.
    with TemporaryDirectory() as folder, running_postgres(Path(folder)) as server:
        with closing(server.connect("postgres")) as connection:
            connection.autocommit = True
            connection.cursor().execute("CREATE DATABASE exchange")
        with closing(server.connect("exchange")) as connection, connection, connection.cursor() as cursor:
            cursor.execute(next(block.text for block in BLOCKS if block.kind == "sql" and not block.file))
            cursor.execute(f"CREATE ROLE exchange_reader LOGIN PASSWORD '{server.password}'")
            cursor.execute("GRANT USAGE ON SCHEMA exchange TO exchange_reader")
            cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA exchange TO exchange_reader")
        yield server


@pytest.fixture
def repository(tmp_path: Path, agency: Server) -> Path:
    """The repository as somebody has it who has copied the page's files."""
    folder = tmp_path / "repository"
    folder.mkdir()
    for entry in CODE.iterdir():
        (folder / entry.name).symlink_to(entry)
    (folder / ".venv").unlink(missing_ok=True)
    (folder / ".venv").symlink_to(sys.prefix)
    for block in BLOCKS:
        if block.file:
            (folder / block.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.file).write_text(block.text, encoding="utf-8")
    connections = folder / "site" / "connections.json"
    reached = json.loads(connections.read_text("utf-8"))
    reached["housing"] |= {"port": agency.port, "password": agency.password}
    connections.write_text(json.dumps(reached), encoding="utf-8")
    return folder


def environment(settings: Settings) -> dict[str, str]:
    urls = {f"HEDUI_DATABASE_URL_{purpose.upper()}": url for purpose, url in settings.database_urls.items()}
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW_", "HEDUI_", "PYTEST"))}
    airflow = str(settings.home / "airflow")
    return {**plain, **urls, "HEDUI_HOME": str(settings.home), "AIRFLOW_HOME": airflow, "LANG": "C.UTF-8"}


def test_the_pages_commands_print_what_the_page_prints(repository: Path, settings: Settings) -> None:
    commands = [block.text for block in BLOCKS if block.kind == "sh"]
    script = f"set -euo pipefail\n{f'echo {_MARK!r}{chr(10)}'.join(commands)}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=repository, env=environment(settings), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    printed = done.stdout.split(f"{_MARK}\n")
    for number, block in enumerate(BLOCKS):
        if block.kind == "text":
            commands_before = sum(before.kind == "sh" for before in BLOCKS[:number])
            assert _words(block.text) in _words(printed[commands_before - 1])


def test_the_page_shows_what_every_command_prints() -> None:
    kinds = [block.kind for block in BLOCKS if block.kind in ("sh", "text")]
    assert kinds == ["sh", "text"] * (len(kinds) // 2)


def _words(text: str) -> str:
    """Without the spaces and rules that depend on the width of the terminal."""
    return " ".join(text.replace("─", " ").split())
