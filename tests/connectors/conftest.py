"""The agencies of a tiny province, started once for the whole room."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from connectors import connector_for
from hedui.model.contract import Dataset
from hedui.model.credentials import Credentials
from hedui.model.errors import HeduiError
from hedui.model.interval import Interval
from hedui.shelves import datasets
from simulator.agencies import running_agencies
from tests.connectors import tiny_province
from tests.connectors.exchange import Exchange, mariadb_exchange, postgres_exchange

Refused = Callable[..., AbstractContextManager[None]]


@pytest.fixture(scope="session")
def province() -> Iterator[Path]:
    # Not in pytest's own folder: each new run of pytest closes that to other accounts, PostgreSQL's among them.
    with TemporaryDirectory(prefix="province-") as folder:
        tiny_province.write_province(Path(folder))
        yield Path(folder)


@pytest.fixture(scope="session")
def connections(province: Path) -> Iterator[dict[str, Credentials]]:
    with running_agencies(province) as reached:
        yield reached


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Exchange]:
    with TemporaryDirectory(prefix="exchange-") as folder, postgres_exchange(Path(folder)) as exchange:
        yield exchange


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[Exchange]:
    with TemporaryDirectory(prefix="exchange-") as folder, mariadb_exchange(Path(folder)) as exchange:
        yield exchange


@pytest.fixture(params=["postgres_server", "mariadb_server"], ids=["PostgreSQL", "MariaDB"])
def exchange(request: pytest.FixtureRequest) -> Exchange:
    """Each of the databases that are read at Arrow's speed, with tables that a test makes itself."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def contracts() -> dict[str, Dataset]:
    """Of what the province delivers."""
    return tiny_province.delivered()


@pytest.fixture
def fails(connections: dict[str, Credentials]) -> Refused:
    """Reading fails with this error, which says it in one clear line and gives nothing away."""

    @contextmanager
    def refused(kind: type[HeduiError], says: str) -> Iterator[None]:
        with pytest.raises(kind, match=says) as caught:
            yield
        assert type(caught.value) is kind
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
        told = str(caught.value)
        assert "\n" not in told
        assert caught.value.where.split(" ")[0] in datasets()
        for name in filter(None, tiny_province.NAMES):
            assert name not in told
        for credentials in connections.values():
            for secret in (credentials.password, *credentials.extra.values()):
                assert not secret.get_secret_value() or secret.get_secret_value() not in told

    return refused


def read(dataset: Dataset, credentials: Credentials, interval: Interval = tiny_province.HISTORY) -> int:
    """How many rows arrive."""
    return sum(batch.num_rows for batch in connector_for(dataset, credentials).read(interval))


@pytest.fixture
def changed() -> Callable[..., Credentials]:
    """Credentials with some of them replaced."""

    def change(credentials: Credentials, **fields: object) -> Credentials:
        extra = {**{name: credentials.secret(name) for name in credentials.extra}, **fields.pop("extra", {})}
        whole = {**credentials.model_dump(), "password": credentials.password.get_secret_value(), "extra": extra}
        return Credentials.model_validate({**whole, **fields})

    return change


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@pytest.fixture
def now() -> int:
    return int(time.time())
