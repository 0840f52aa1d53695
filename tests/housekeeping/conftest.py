"""A site that merges from two files on, whose shelf holds the small dataset of the histories alone."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from hedui import shelves
from hedui.model.contract import Dataset
from hedui.retention import Retention
from hedui.settings import Settings
from tests.histories import dataset


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, retention=Retention(compaction_min_files=2))


@pytest.fixture
def things(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dataset]:
    """The only dataset that the pipeline knows while the test runs."""
    only = dataset()
    monkeypatch.setattr(shelves, "datasets", lambda: {only.full_name: only})
    monkeypatch.setattr(shelves, "rules", dict)
    yield only
