"""Where state lies and which servers hold it: everything a site can set, read from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from hedui.model.errors import DeclarationInvalid
from hedui.retention import Retention


@dataclass(frozen=True)
class Settings:
    """`database_urls` name servers by purpose (ledger, catalog, door); what is missing is embedded under `home`."""

    home: Path
    database_urls: Mapping[str, str]
    connections: Path
    retention: Retention = field(default_factory=Retention)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Raises DeclarationInvalid where a file of passwords that the environment names cannot be read."""
        home = home_of(environment)
        urls = {
            purpose: _url(purpose.upper(), environment)
            for purpose in ("ledger", "catalog", "door")
            if f"HEDUI_DATABASE_URL_{purpose.upper()}" in environment
        }
        connections = Path(environment.get("HEDUI_CONNECTIONS", home / "connections.json"))
        return cls(home, urls, connections, Retention.from_environment(environment))

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
    def data_docs(self) -> Path:
        """A folder per agency: what the suites said of its newest batches, and the pages made of it."""
        return self.home / "data_docs"

    @property
    def outbox(self) -> Path:
        """Sealed lead sheets on their way to the offices."""
        return self.home / "outbox"

    @property
    def spill(self) -> Path:
        """Scratch of running steps; only encrypted bytes, removed with the step."""
        return self.home / "spill"


def home_of(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of all state."""
    return Path(environment.get("HEDUI_HOME", "var")).absolute()


def _url(purpose: str, environment: Mapping[str, str]) -> str:
    """The URL that the environment states, with the password out of a file where it names one.

    A file shows neither in a list of processes nor in the description of a container.
    """
    url, variable = environment[f"HEDUI_DATABASE_URL_{purpose}"], f"HEDUI_DATABASE_PASSWORD_FILE_{purpose}"
    if variable not in environment:
        return url
    try:
        password = Path(environment[variable]).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise DeclarationInvalid(
            variable, f"the file it names cannot be read ({type(error).__name__})", "Put the password there"
        ) from None
    from sqlalchemy import make_url

    return make_url(url).set(password=password).render_as_string(hide_password=False)
