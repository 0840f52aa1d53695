"""A DuckDB for one step: bounded memory, and what does not fit is spilled only enciphered, under a key never stored."""

from importlib.util import find_spec
from pathlib import Path

import duckdb

MEMORY = "1GB"


def private_database(spill: Path, memory: str = MEMORY) -> duckdb.DuckDBPyConnection:
    """An in-memory database that spills to `spill` and asks no network for extensions."""
    spill.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    # Without httpfs DuckDB has no cipher it lets write, so the extension is loaded from its wheel.
    connection.load_extension(str(_httpfs()))
    connection.execute("SET temp_file_encryption = true")
    connection.execute("SET temp_directory = ?", [str(spill)])
    connection.execute("SET memory_limit = ?", [memory])
    connection.execute("SET enable_progress_bar = false")
    return connection


def _httpfs() -> Path:
    found = find_spec("duckdb_extension_httpfs")
    assert found and found.submodule_search_locations  # noqa: S101 - a pinned dependency
    return next(Path(found.submodule_search_locations[0]).glob("extensions/*/httpfs.duckdb_extension"))
