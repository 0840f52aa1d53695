from pathlib import Path

import pytest

from simulator.drafts import DATASETS
from simulator.province import write_province

NOTHING = {dataset: {} for dataset in DATASETS}
PEOPLE = 20_000


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A province whose clerks make no mistakes."""
    folder = tmp_path_factory.mktemp("clean")
    write_province(folder, 5, PEOPLE, dirt={})
    return folder


@pytest.fixture(scope="session")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same province as it is delivered."""
    folder = tmp_path_factory.mktemp("dirty")
    write_province(folder, 5, PEOPLE)
    return folder
