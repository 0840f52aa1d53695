"""MariaDB in place of an agency's PostgreSQL: the same contract, the same promises."""

import pyarrow.parquet as pq
import pytest

from connectors.conformance import conformance
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied
from tests.connectors.hostile.database import reached
from tests.connectors.mariadb import PASSWORD

_TYPES = {"fund_pay_sumamt": "decimal(18,2)", "medfee_sumamt": "decimal(18,2)", "setl_id": "varchar(20) PRIMARY KEY"}


@pytest.fixture(scope="module")
def settlements(mariadb_server, province) -> Credentials:
    """The settlements of the tiny province, in MariaDB."""
    feed = pq.read_table(province / "feeds" / "health.settlements.parquet").drop_columns(["updt_time"])
    feed = feed.rename_columns([{"changed_at": "updt_time"}.get(name, name) for name in feed.column_names])
    types = _TYPES | {"updt_time": "timestamp(6) NULL"}
    columns = ", ".join(f"{name} {types.get(name, 'varchar(100)')}" for name in feed.column_names)
    mariadb_server.say("DROP TABLE IF EXISTS settlement", f"CREATE TABLE settlement ({columns})")
    with mariadb_server.open() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
        rows = [tuple(row.values()) for row in feed.to_pylist()]
        cursor.executemany(f"INSERT INTO settlement VALUES ({', '.join(['%s'] * feed.num_columns)})", rows)
    return mariadb_server.credentials


test_mariadb = conformance("health.settlements", "settlements", "2026-06-20", "2026-06-30")


def test_a_server_that_asks_for_our_certificate_gets_it(mariadb_server):
    mariadb_server.count("visits", 3)
    mariadb_server.say(f"CREATE OR REPLACE USER careful IDENTIFIED BY '{PASSWORD}' REQUIRE X509")
    mariadb_server.say("GRANT SELECT ON exchange.* TO careful")
    files = mariadb_server.certificate
    trusting = {"login": "careful", "ca_file": str(files.authority)}
    ours = {"client_cert_file": str(files.chain), "client_key_file": str(files.key)}
    assert len(mariadb_server.rows("visits", "id", credentials=reached(mariadb_server, **trusting, **ours))) == 3
    with pytest.raises(AccessDenied):
        mariadb_server.rows("visits", "id", credentials=reached(mariadb_server, **trusting))
