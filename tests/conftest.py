"""What every room's tests may ask for: a real PostgreSQL, and the stores of a site that is new for each test."""

from collections.abc import Callable, Iterator, Mapping
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

_TESTS = Path(__file__).parent
# Made once for a worker, and not quickly: all that ask for the same one go to one worker.
_MADE_ONCE = ("lively_province", "connections", "exchange", "postgres_server", "mariadb_server", "clean", "dirty")
# The rooms that take longest. They begin, so that nobody waits for one of them at the end; those with an Airflow of
# their own lie apart.
_FIRST = ("demo", "pipeline", "cli", "connectors", "simulator", "deployment", "docs", "housekeeping", "quarantine")


@pytest.hookimpl(tryfirst=True)  # before xdist looks for its marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several workers share the tests (`-n`): which stay together, and which begin."""
    if hasattr(config, "workerinput"):
        for item in items:
            item.add_marker(pytest.mark.xdist_group(_together(item)))
        items.sort(key=_turn)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes go by their argument's name: they may hold the moment they were made, and all workers must agree."""
    return argname if isinstance(val, bytes) else None


def _together(item: pytest.Item) -> str:
    asked = item.fixturenames if isinstance(item, pytest.Function) else []
    return next((name for name in _MADE_ONCE if name in asked), str(item.path.relative_to(_TESTS)))


def _turn(item: pytest.Item) -> int:
    room = item.path.relative_to(_TESTS).parts[0]
    return _FIRST.index(room) if room in _FIRST else len(_FIRST)


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


@pytest.fixture(scope="session")
def new_site(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The databases of a site that has done nothing yet, by purpose: a copy is made sooner than all their tables."""
    names = {purpose: f"new_{purpose}" for purpose in ("ledger", "catalog", "door")}
    home = tmp_path_factory.mktemp("new")
    urls = {purpose: postgres.url(name) for purpose, name in names.items()}
    with Stores(Settings(home, urls, home / "connections.json")) as stores:
        assert stores.ledger and stores.warehouse  # opened for the first time, they make their tables
    return names


@pytest.fixture
def settings(tmp_path: Path, postgres: EmbeddedPostgres, new_site: Mapping[str, str]) -> Iterator[Settings]:
    mark = token_hex(4)
    names = {purpose: f"{purpose}_{mark}" for purpose in new_site}
    _say(postgres, *(f"CREATE DATABASE {name} TEMPLATE {new_site[purpose]}" for purpose, name in names.items()))
    server = sa.make_url(postgres.url("postgres"))
    urls = {purpose: server.set(database=name).render_as_string(False) for purpose, name in names.items()}
    yield Settings(tmp_path / "home", urls, tmp_path / "connections.json")
    _say(postgres, *(f"DROP DATABASE {name} WITH (FORCE)" for name in names.values()))


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
