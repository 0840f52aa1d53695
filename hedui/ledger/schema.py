"""Bring the ledger's tables to the version this code expects."""

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.config import Config

# Raised together with a new file in migrations/versions; a test holds the two together.
HEAD = "0005"
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('hedui.ledger.schema'))")


def migrate(engine: sa.Engine) -> None:
    """Run the missing migrations, once, however many processes start at the same time."""
    if _version(engine) == HEAD:
        return
    from alembic import command  # only a first start pays for this import

    with engine.begin() as connection:
        connection.execute(_LOCK)
        command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: sa.Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _version(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        version: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return version
