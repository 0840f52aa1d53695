"""Where state lies and which servers hold it: everything a site can set, read from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Settings:
    """`database_urls` name servers by purpose (ledger, catalog, door); what is missing is embedded under `home`."""

    home: Path
    database_urls: Mapping[str, str]
    connections: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        home = Path(environment.get("HEDUI_HOME", "var")).absolute()
        urls = {
            purpose: environment[variable]
            for purpose in ("ledger", "catalog", "door")
            if (variable := f"HEDUI_DATABASE_URL_{purpose.upper()}") in environment
        }
        connections = Path(environment.get("HEDUI_CONNECTIONS", home / "connections.json"))
        return cls(home, urls, connections)

    @property
    def postgres(self) -> Path:
        """The embedded server's data."""
        return self.home / "postgres"

    @property
    def keys(self) -> Path:
        """Key files, each readable by their owner alone."""
        return self.home / "keys"

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def quarantine(self) -> Path:
        return self.home / "quarantine"

    @property
    def warehouse(self) -> Path:
        return self.home / "warehouse"

    @property
    def reports(self) -> Path:
        return self.home / "reports"

    @property
    def outbox(self) -> Path:
        """Sealed lead sheets on their way to the offices."""
        return self.home / "outbox"

    @property
    def spill(self) -> Path:
        """Scratch of running steps; only encrypted bytes, removed with the step."""
        return self.home / "spill"
