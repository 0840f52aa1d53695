"""Sites on which everything has been done once."""

from pathlib import Path

import pytest

from hedui.embedded import EmbeddedPostgres
from hedui.pipeline import Pipeline
from hedui.settings import Settings
from tests.pipeline.sites import DAILY, HISTORY, Province, work


@pytest.fixture(scope="session")
def worked_site(
    lively_province: Province, postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """History and daily intervals of every dataset, and every rule after each."""
    settings = _site(postgres, tmp_path_factory.mktemp("worked"))
    with Pipeline.open(settings) as pipeline:
        work(pipeline, lively_province)
    return settings


@pytest.fixture(scope="session")
def backward_site(
    lively_province: Province, postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """The same work in the opposite order."""
    settings = _site(postgres, tmp_path_factory.mktemp("backward"))
    with Pipeline.open(settings) as pipeline:
        work(pipeline, lively_province, intervals=(DAILY, HISTORY))
    return settings


def _site(postgres: EmbeddedPostgres, folder: Path) -> Settings:
    urls = {purpose: postgres.url(f"{folder.name}_{purpose}") for purpose in ("ledger", "catalog", "door")}
    return Settings(folder / "home", urls, folder / "connections.json")
