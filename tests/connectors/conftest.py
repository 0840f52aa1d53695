"""The four agencies of a tiny province, started once for the whole room."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import tiny_province

from connectors import connector_for
from hedui.model.contract import Dataset
from hedui.model.credentials import Credentials
from hedui.model.errors import HeduiError
from hedui.model.interval import Interval
from hedui.shelves import datasets
from simulator.agencies import running_agencies

Refused = Callable[..., AbstractContextManager[None]]


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("province")
    tiny_province.write_province(folder)
    return folder


@pytest.fixture(scope="session")
def connections(province: Path) -> Iterator[dict[str, Credentials]]:
    with running_agencies(province) as reached:
        yield reached


@pytest.fixture(scope="session")
def contracts() -> dict[str, Dataset]:
    return datasets()


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
