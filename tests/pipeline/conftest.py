"""A small province whose agencies run, and a site on which everything has been done once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from hedui import shelves
from hedui.embedded import EmbeddedPostgres
from hedui.model.credentials import Credentials
from hedui.model.interval import Interval
from hedui.pipeline import Pipeline
from hedui.settings import Settings
from simulator import write_province
from simulator.agencies import running_agencies

HISTORY = Interval.parse("2024-07-01", "2026-06-30")
DAILY = Interval.parse("2026-06-30", "2026-07-01")


@dataclass(frozen=True)
class Province:
    """A written province and how to reach its agencies."""

    folder: Path
    connections: Mapping[str, Credentials]

    def of(self, dataset: str) -> Credentials:
        return self.connections[shelves.dataset(dataset).agency]


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


def work(pipeline: Pipeline, province: Province) -> None:
    for interval in (HISTORY, DAILY):
        for dataset in shelves.datasets():
            pipeline.run(dataset, interval, province.of(dataset))
        for rule in shelves.rules():
            pipeline.match(rule)
