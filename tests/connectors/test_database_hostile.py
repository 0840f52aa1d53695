"""However an exchange database fails us, it ends in the right error, and nothing doubtful arrives."""

import pytest

from tests.connectors.hostile.database import BOTH, MARIADB, POSTGRES


@pytest.mark.parametrize("case", BOTH, ids=lambda case: case.title)
def test_either(case, exchange):
    case.run(exchange)


@pytest.mark.parametrize("case", POSTGRES, ids=lambda case: case.title)
def test_postgres(case, postgres_server):
    case.run(postgres_server)


@pytest.mark.parametrize("case", MARIADB, ids=lambda case: case.title)
def test_mariadb(case, mariadb_server):
    case.run(mariadb_server)
