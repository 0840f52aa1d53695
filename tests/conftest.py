"""What every room's tests may ask for: a real PostgreSQL, and the stores of a site that is new for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hedui.embedded import EmbeddedPostgres
from hedui.pipeline.stores import Stores
from hedui.settings import Settings


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres") / "data") as server:
        yield server


@pytest.fixture
def database(postgres: EmbeddedPostgres, tmp_path: Path) -> Callable[[str], str]:
    """URLs of databases that no other test uses."""
    return lambda purpose: postgres.url(f"{purpose}_{abs(hash(tmp_path)):x}")


@pytest.fixture
def settings(tmp_path: Path, database: Callable[[str], str]) -> Settings:
    urls = {purpose: database(purpose) for purpose in ("ledger", "catalog", "door")}
    return Settings(tmp_path / "home", urls, tmp_path / "connections.json")


@pytest.fixture
def stores(settings: Settings) -> Iterator[Stores]:
    with Stores(settings) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres_files(postgres: EmbeddedPostgres) -> Path:
    """The server's data folder: tables, write-ahead log and its own messages."""
    return postgres.data
