"""A step's database loads one extension, as its makers signed it, and then none any more."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from hedui import scratch
from hedui.scratch import private_database

UNSIGNED = "signature is either missing or invalid"


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A wheel in whose extension one bit is another one."""
    content = bytearray(scratch._httpfs().read_bytes())
    content[1000] ^= 1
    file = tmp_path / "extensions" / "any" / "httpfs.duckdb_extension"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    return file


@pytest.fixture
def forgotten() -> Iterator[None]:
    """The extension has not been looked for yet."""
    scratch._httpfs.cache_clear()
    yield
    scratch._httpfs.cache_clear()


def test_an_extension_that_was_changed_is_refused(
    changed: Path, forgotten: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(scratch, "find_spec", lambda _: wheel)
    with pytest.raises(duckdb.IOException, match=UNSIGNED):
        private_database(tmp_path)


def test_no_unsigned_extension_is_loaded_afterwards(changed: Path, tmp_path: Path) -> None:
    other = changed.rename(changed.with_name("other.duckdb_extension"))
    with private_database(tmp_path) as connection:
        with pytest.raises(duckdb.IOException, match=UNSIGNED):
            connection.load_extension(str(other))
        with pytest.raises(duckdb.InvalidInputException, match="while database is running"):
            connection.execute("SET GLOBAL allow_unsigned_extensions = true")
