"""What every room's tests may ask for: a real PostgreSQL, and the stores of a site that is new for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

from hedui.embedded import EmbeddedPostgres
from hedui.pipeline.stores import Stores
from hedui.settings import Settings
from simulator.agencies import running_agencies
from simulator.province import write_province
from tests.pipeline.sites import Province


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    # Not below pytest's own folder, which every start of pytest closes to other accounts, the server's among them.
    with TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "postgres") as server:
        _say(server, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")  # nobody needs these after a power cut
        yield server


def _say(server: EmbeddedPostgres, *statements: str) -> None:
    engine = sa.create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()


@pytest.fixture
def database(postgres: EmbeddedPostgres) -> Iterator[Callable[[str], str]]:
    """URLs of databases that no other test uses and that go with the test."""
    made = []

    def make(purpose: str) -> str:
        made.append(f"{purpose}_{token_hex(4)}")
        return postgres.url(made[-1])

    yield make
    _say(postgres, *(f"DROP DATABASE {name} WITH (FORCE)" for name in made))


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


@pytest.fixture(scope="session")
def lively_province() -> Iterator[Province]:
    """2,000 people whose agencies run."""
    with TemporaryDirectory() as home:
        folder = Path(home) / "province"
        write_province(folder, seed=7, people=2_000)
        with running_agencies(folder) as connections:
            yield Province(folder, connections)
