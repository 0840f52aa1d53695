"""A small province whose agencies run, and a site on which everything has been done once."""

from collections.abc import Iterator

import pytest
from sites import Province, work

from hedui.embedded import EmbeddedPostgres
from hedui.pipeline import Pipeline
from hedui.settings import Settings
from simulator import write_province
from simulator.agencies import running_agencies


@pytest.fixture(scope="session")
def lively_province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    folder = tmp_path_factory.mktemp("lively") / "province"
    write_province(folder, seed=7, people=2_000)
    with running_agencies(folder) as connections:
        yield Province(folder, connections)


@pytest.fixture(scope="session")
def worked_site(
    lively_province: Province, postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """History and daily intervals of every dataset, and every rule after each."""
    home = tmp_path_factory.mktemp("worked")
    urls = {purpose: postgres.url(f"worked_{purpose}") for purpose in ("ledger", "catalog", "door")}
    settings = Settings(home / "home", urls, home / "connections.json")
    with Pipeline.open(settings) as pipeline:
        work(pipeline, lively_province)
    return settings
