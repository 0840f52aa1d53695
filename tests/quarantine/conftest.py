"""A site with one small dataset that stands on shelves of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hedui import shelves
from hedui.pipeline.stores import Stores
from tests.quarantine.site import KEYS, ROUND_NUMBERS, Site, limit


@pytest.fixture
def site(stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "expectations" / "office").mkdir(parents=True)
    monkeypatch.setenv("HEDUI_CONTRACTS", str(tmp_path / "contracts"))
    monkeypatch.setenv("HEDUI_EXPECTATIONS", str(tmp_path / "expectations"))
    made = Site(stores, tmp_path)
    made.declare()
    made.expect(KEYS, ROUND_NUMBERS, limit(99))
    yield made
    shelves._agencies.cache_clear()
