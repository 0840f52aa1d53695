"""Pages whose files and commands are tried: a page's blocks, a repository with its files, a run of its commands."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hedui.settings import Settings

CODE = Path(__file__).parents[2]
_FENCED = r"(?:^`(?P<file>(?:site|outbox)/[^`\n]+)`\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$"
_MARK = "--- the next block of commands ---"


@dataclass(frozen=True)
class Block:
    """One fenced block of a page; `file` where it is the content of one."""

    kind: str
    text: str
    file: str | None


def blocks(page: str) -> list[Block]:
    """The blocks of `docs/<page>`, in their order."""
    text = (CODE / "docs" / page).read_text("utf-8")
    found = re.finditer(_FENCED, text, re.MULTILINE | re.DOTALL)
    return [Block(block["kind"], block["text"], block["file"]) for block in found]


def repository_with(folder: Path, files: Sequence[Block]) -> Path:
    """The repository as somebody has it who has copied a page's files."""
    folder.mkdir()
    for entry in CODE.iterdir():
        (folder / entry.name).symlink_to(entry)
    (folder / ".venv").unlink(missing_ok=True)
    (folder / ".venv").symlink_to(sys.prefix)
    for block in files:
        if block.file:
            (folder / block.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.file).write_text(block.text, encoding="utf-8")
    return folder


def printed(page: Sequence[Block], repository: Path, settings: Settings) -> list[str]:
    """What each block of commands of a page prints, run one after another in one shell."""
    commands = [block.text for block in page if block.kind == "sh"]
    script = f"set -euo pipefail\n{f'echo {_MARK!r}{chr(10)}'.join(commands)}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=repository, env=_environment(settings), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout.split(f"{_MARK}\n")


def prints_what_it_says(page: Sequence[Block], outputs: Sequence[str]) -> None:
    """Each block of text stands in what the commands before it printed."""
    for number, block in enumerate(page):
        if block.kind == "text":
            before = sum(one.kind == "sh" for one in page[:number])
            assert _words(block.text) in _words(outputs[before - 1])


def shows_every_output(page: Sequence[Block]) -> bool:
    """Whether each block of commands is followed by what it prints."""
    kinds = [block.kind for block in page if block.kind in ("sh", "text")]
    return kinds == ["sh", "text"] * (len(kinds) // 2)


def _environment(settings: Settings) -> dict[str, str]:
    urls = {f"HEDUI_DATABASE_URL_{purpose.upper()}": url for purpose, url in settings.database_urls.items()}
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW_", "HEDUI_", "PYTEST"))}
    airflow = str(settings.home / "airflow")
    return {**plain, **urls, "HEDUI_HOME": str(settings.home), "AIRFLOW_HOME": airflow, "LANG": "C.UTF-8"}


def _words(text: str) -> str:
    """Without the spaces and rules that depend on the width of the terminal."""
    return " ".join(text.replace("─", " ").split())
