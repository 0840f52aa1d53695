"""A DuckDB for one step: bounded memory, and what does not fit is spilled only enciphered, under a key never stored."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

MEMORY = "1GB"
_OFFLINE: dict[str, Any] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}


def private_database(spill: Path, memory: str = MEMORY) -> duckdb.DuckDBPyConnection:
    """An in-memory database that spills to `spill` and asks no network for extensions."""
    spill.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(config={**_OFFLINE, "allow_unsigned_extensions": True})
    # Without httpfs DuckDB has no cipher it lets write, so the extension is loaded from its wheel.
    connection.load_extension(str(_httpfs()))
    # For good: a running database does not let it be allowed again.
    connection.execute("SET GLOBAL allow_unsigned_extensions = false")
    connection.execute("SET temp_file_encryption = true")
    connection.execute("SET temp_directory = ?", [str(spill)])
    connection.execute("SET memory_limit = ?", [memory])
    connection.execute("SET enable_progress_bar = false")
    return connection


@cache
def _httpfs() -> Path:
    """The extension, its signature checked: once for a process, since that takes longer than all else of a database."""
    found = find_spec("duckdb_extension_httpfs")
    assert found and found.submodule_search_locations  # noqa: S101 - a pinned dependency
    file = next(Path(found.submodule_search_locations[0]).glob("extensions/*/httpfs.duckdb_extension"))
    with duckdb.connect(config=_OFFLINE) as signed_only:
        signed_only.load_extension(str(file))
    return file
