"""An agency's exchange database, filled as a page says."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from simulator.agencies.postgres import Server, running_postgres

Filled = Callable[[str], Server]


@pytest.fixture
def exchange() -> Iterator[Filled]:
    """Start a server whose database `exchange` holds what the statements make, for `exchange_reader` to read."""
    with ExitStack() as stack:

        def fill(statements: str) -> Server:
            # Not below pytest's own folder, which is closed to the account of the server.
            folder = Path(stack.enter_context(TemporaryDirectory()))
            server = stack.enter_context(running_postgres(folder))
            with closing(server.connect("postgres")) as connection:
                connection.autocommit = True
                connection.cursor().execute("CREATE DATABASE exchange")
            with closing(server.connect("exchange")) as connection, connection, connection.cursor() as cursor:
                cursor.execute(statements)
                cursor.execute(f"CREATE ROLE exchange_reader LOGIN PASSWORD '{server.password}'")
                cursor.execute("GRANT USAGE ON SCHEMA exchange TO exchange_reader")
                cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA exchange TO exchange_reader")
            return server

        yield fill
