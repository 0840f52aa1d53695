"""Where the demo runs, and the province that it runs for."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from simulator.province import ProvinceFacts, read_facts, write_province


@dataclass(frozen=True)
class Place:
    """The pipeline's home, and the folder, seed and size of the province."""

    home: Path
    province: Path
    seed: int
    people: int

    @property
    def folder(self) -> Path:
        """The demo's own files."""
        return self.home / "demo"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def accounts(self) -> Path:
        return self.folder / "accounts.json"

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Keep a second demo out of the home, and what another province left there.

        Raises RuntimeError if a demo runs there already, or if the home holds data that no demo put there.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RuntimeError(f"another demo runs in {self.home}: end it, or set HEDUI_HOME") from None
            self._claim()
            yield

    def province_facts(self) -> ProvinceFacts:
        """What stands in the province, which is written where it is missing or is another one."""
        if (self.province / "province.json").exists():
            facts = read_facts(self.province)
            if (facts.seed, facts.people) == (self.seed, self.people):
                return facts
        return write_province(self.province, self.seed, self.people)

    def _claim(self) -> None:
        """Empty the home where a demo filled it from another province: two provinces in one warehouse mean nothing."""
        mark, ours = self.folder / "province", f"seed {self.seed}, {self.people} people\n"
        others = [entry for entry in self.home.iterdir() if entry != self.folder]
        if not mark.exists() and others:
            raise RuntimeError(f"{self.home} holds data that no demo put there: set HEDUI_HOME to another folder")
        if mark.exists() and mark.read_text() != ours:
            for entry in others:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        mark.write_text(ours)
