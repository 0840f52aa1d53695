"""Import beforehand what the steps import when they are first asked: for a process whose forks will run the steps."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from sqlalchemy.orm import configure_mappers

import hedui
from hedui.validation.duckdb_engine import prepared_gx

_NO_STEP_NEEDS = (
    "hedui.cli",
    "hedui.ledger.migrations",
    "hedui.pipeline.quarantine.looking",
    "hedui.pipeline.suite_proposal",
    "hedui.proposing",
)
_LAZY_LIBRARIES = (
    "alembic.command",
    "multiprocessing.pool",
    "psycopg2",
    "pyiceberg.catalog.sql",
    "pyiceberg.expressions.visitors",
    "pyiceberg.io.pyarrow",
    "pyroaring",
    "sqlalchemy.dialects.postgresql",
    "sqlglot.dialects.duckdb",
)


def warm() -> None:
    """Takes seconds, which each fork then saves. Opens nothing and starts no thread."""
    prepared_gx()
    for module in (*_rooms(), *_LAZY_LIBRARIES):
        import_module(module)
    configure_mappers()


def _rooms(package: ModuleType = hedui) -> Iterator[str]:
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        # Importing a `__main__` would run it.
        if not found.name.startswith(_NO_STEP_NEEDS) and not found.name.endswith(".__main__"):
            yield found.name
            if found.ispkg:
                yield from _rooms(import_module(found.name))
