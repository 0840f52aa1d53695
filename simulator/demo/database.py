"""The embedded PostgreSQL in a process of its own: it stops even when we are killed.

A file to be run by its path: `python database.py DATA` prints its URLs as one line of JSON when it answers.
"""

import json
import signal
import sys
from pathlib import Path

from hedui.embedded import EmbeddedPostgres

PURPOSES = ("ledger", "catalog", "door", "airflow")


def main(data: Path) -> None:
    """Run until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    with EmbeddedPostgres(data) as server:
        print(json.dumps({purpose: server.url(purpose) for purpose in PURPOSES}), flush=True)  # noqa: T201
        signal.pause()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
