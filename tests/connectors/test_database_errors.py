"""A database that fails us, and one that would show more than the contract allows."""

from contextlib import closing
from datetime import UTC, timedelta

import psycopg2
import pytest
import sqlalchemy as sa

from connectors import connector
from connectors.base import Wanted
from connectors.database.session import session
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, AgencyUnavailable, DeliveryBroken, SchemaDrift
from hedui.model.interval import Interval
from tests.connectors import tiny_province
from tests.connectors.conftest import read


@pytest.fixture
def settlements(contracts):
    return contracts["health.settlements"]


@pytest.fixture
def owner(connections, province):
    """The agency's own sign-in to its database."""
    password = (province / "agencies" / "health" / "owner.password").read_text()
    with closing(
        psycopg2.connect(
            host="127.0.0.1", port=connections["health"].port, user="postgres", password=password, dbname="exchange"
        )
    ) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def of_table(dataset, table):
    return dataset.model_copy(update={"source": dataset.source.model_copy(update={"table": table})})


@pytest.mark.parametrize(
    ("wrong", "says"),
    [({"password": "x"}, "refused us"), ({"login": "nobody"}, "refused us"), ({"database": "none"}, "refused us")],
)
def test_wrong_credentials_are_access_denied(wrong, says, settlements, connections, changed, fails):
    with fails(AccessDenied, says):
        read(settlements, changed(connections["health"], **wrong))


def test_a_refused_connection_is_an_agency_that_is_down(settlements, connections, unused_port, fails):
    with fails(AgencyUnavailable, "database does not answer"):
        read(settlements, connections["health"].model_copy(update={"port": unused_port}))


def test_a_missing_table_is_a_drift(settlements, connections, fails):
    with fails(SchemaDrift, "lacks the table"):
        read(of_table(settlements, "exchange.renamed"), connections["health"])


@pytest.mark.parametrize("field", ["hospital", "updated_at"])
def test_a_missing_column_is_a_drift(field, settlements, connections, fails):
    renamed = settlements.fields[field].model_copy(update={"source": "renamed"})
    with fails(SchemaDrift, "renamed"):
        read(settlements.model_copy(update={"fields": {**settlements.fields, field: renamed}}), connections["health"])


def test_a_table_we_may_not_read_is_access_denied(settlements, connections, owner, fails):
    owner.execute("CREATE TABLE exchange.closed AS TABLE exchange.settlement")
    with fails(AccessDenied, "refused us"):
        read(of_table(settlements, "exchange.closed"), connections["health"])


def test_only_the_columns_of_the_contract_are_asked_for(settlements, connections, owner):
    """The right to read them one by one is enough: nothing else is selected, not even to be thrown away."""
    promised = ", ".join(f.source for f in settlements.fields.values())
    owner.execute("CREATE TABLE exchange.wider AS SELECT *, 'secret' AS diagnosis FROM exchange.settlement")
    owner.execute(f"GRANT SELECT ({promised}) ON exchange.wider TO exchange_reader")
    assert read(of_table(settlements, "exchange.wider"), connections["health"]) == 54


def test_the_connector_cannot_write_even_where_it_may(settlements, connections, owner):
    owner.execute("CREATE TABLE exchange.open (a int)")
    owner.execute("GRANT ALL ON exchange.open TO exchange_reader")
    with session(connections["health"]) as connection, pytest.raises(sa.exc.DBAPIError, match="read-only"):
        connection.exec_driver_sql("INSERT INTO exchange.open VALUES (1)")


def test_a_value_no_type_of_ours_can_hold_is_named_without_being_shown(settlements, connections, owner, fails):
    owner.execute("CREATE TABLE exchange.wild AS TABLE exchange.settlement")
    owner.execute("ALTER TABLE exchange.wild ALTER enddate TYPE date, ALTER fund_pay_sumamt TYPE numeric(18,2)")
    owner.execute("UPDATE exchange.wild SET fund_pay_sumamt = 'NaN', enddate = 'infinity', psn_name = '张三'")
    owner.execute("GRANT SELECT ON exchange.wild TO exchange_reader")
    with fails(DeliveryBroken, "the column (enddate|fund_pay_sumamt) holds what is no"):
        read(of_table(settlements, "exchange.wild"), connections["health"])


def test_any_other_dialect_is_read_the_same_way(settlements, tmp_path):
    """SQLite here; its times have no zone and mean the province's."""
    start = tiny_province.HISTORY.start.replace(tzinfo=None)
    columns = [
        sa.Column(f.source, sa.DateTime if name == "updated_at" else sa.Text) for name, f in settlements.fields.items()
    ]
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'exchange.db'}")
    table = sa.Table("settlement", sa.MetaData(), *columns)
    with engine.begin() as connection:
        table.create(connection)
        row = {column.name: "1" for column in columns}
        moments = [start - timedelta(seconds=1), start, start + timedelta(days=9), start + timedelta(days=10)]
        connection.execute(table.insert(), [{**row, "updt_time": moment} for moment in moments])
    credentials = Credentials(conn_type="sqlite", database=str(tmp_path / "exchange.db"))
    in_utc = Interval(*(bound.astimezone(UTC) for bound in (tiny_province.HISTORY.start, tiny_province.HISTORY.end)))
    assert read(of_table(settlements, "settlement"), credentials, in_utc) == 2


def test_any_other_dialect_goes_on_behind_a_place_and_tells_what_it_cannot_promise(settlements, tmp_path):
    file = tmp_path / "exchange.db"
    with sa.create_engine(f"sqlite:///{file}").begin() as connection:
        connection.exec_driver_sql("CREATE TABLE visits (id INTEGER PRIMARY KEY, note TEXT, updated DATETIME)")
        for minute in range(9):
            connection.exec_driver_sql(
                f"INSERT INTO visits VALUES ({minute}, 'x', '2026-06-21 00:0{minute}:00.000000')"
            )
    source = settlements.source.model_copy(update={"table": "visits", "fetch_rows": 4, "slice_hours": 12})
    wanted = Wanted("health.visits", source, ("id", "note", "updated"), "updated", ("id",))
    reading = connector(wanted, Credentials(conn_type="sqlite", database=str(file)))
    pages = list(reading.pages(tiny_province.HISTORY))
    places = [n for n, page in enumerate(pages) if page.position]
    for n in places[:: len(places) // 9]:
        rest = [
            row for page in reading.pages(tiny_province.HISTORY, pages[n].position) for row in page.rows.to_pylist()
        ]
        assert rest == [row for page in pages[n + 1 :] for row in page.rows.to_pylist()]
    assert any("does not say" in checked.title for checked in reading.check())
