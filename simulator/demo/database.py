"""The embedded PostgreSQL in a process of its own: it stops even when we are killed.

A file to be run by its path: `python database.py DATA` prints its URLs as one line of JSON when it answers.
"""

import json
import signal
import sys
from pathlib import Path

import sqlalchemy as sa

from hedui.embedded import EmbeddedPostgres

# As the pipeline itself names them where it finds the server without our help.
DATABASES = {"ledger": "hedui_ledger", "catalog": "hedui_catalog", "door": "hedui_door", "airflow": "airflow"}


def main(data: Path) -> None:
    """Run until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    with EmbeddedPostgres(data) as server:
        _trade_safety_for_speed(server.url("airflow"))
        print(json.dumps({purpose: server.url(name) for purpose, name in DATABASES.items()}), flush=True)  # noqa: T201
        signal.pause()


def _trade_safety_for_speed(url: str) -> None:
    """Do not wait for the disk: a demo survives a kill this way, and need not survive a power cut."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text("ALTER SYSTEM SET fsync = off"))
        connection.execute(sa.text("SELECT pg_reload_conf()"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
