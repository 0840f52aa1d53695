"""Import beforehand what the steps import when they are first asked: for a process whose forks will run the steps."""

import pkgutil
from importlib import import_module

from sqlalchemy.orm import configure_mappers

import hedui
from hedui.validation.duckdb_engine import prepared_gx

_NO_STEP_NEEDS = ("hedui.cli", "hedui.ledger.migrations", "hedui.proposing")
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


def _rooms() -> list[str]:
    found = pkgutil.walk_packages(hedui.__path__, "hedui.")
    names = [module.name for module in found if not module.name.startswith(_NO_STEP_NEEDS)]
    return [name for name in names if not name.endswith(".__main__")]  # a command, which an import would run
