"""What PostgreSQL and MariaDB hold arrives exactly, from one moment, and reading can go on behind a crash."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import enumerate as all_threads

import pyarrow as pa
import pytest
import sqlalchemy as sa

from connectors.base import PLACE
from connectors.database.session import session
from hedui.model.errors import SchemaDrift
from hedui.model.interval import PROVINCE_TIME, Interval
from tests.connectors.exchange import WHOLE

COLUMNS = (
    "id varchar(20) PRIMARY KEY, note varchar(100), paid decimal(18,2), visits bigint, seen date, updated {moment}"
)
NAMES = ("id", "note", "paid", "visits", "seen", "updated")
TRICKY = [
    "张三",
    "㛃𬱖",
    "",
    "NULL",
    "a,b",
    'say "x"',
    "it's",
    "back\\slash",
    "two\nlines",
    "\r\n",
    "\t",
    "\\0",
    "\\Z",
    "\\",
    "%s%%",
    "''",
    "\x1a",
    "0000-00-00",
]


def test_values_arrive_as_they_are(exchange):
    at = "'2026-06-01 10:00:00.123456'"
    exchange.make(
        "visits",
        COLUMNS,
        f"'1', '张三', -0.50, 9223372036854775807, '0001-01-01', {at}",
        f"'2', NULL, NULL, NULL, NULL, {at}",
        f"'3', '', 9999999999999999.99, -1, '9999-12-31', {at}",
    )
    rows = exchange.rows("visits", *NAMES[:-1])
    assert rows[0] == {
        "id": "1",
        "note": "张三",
        "paid": Decimal("-0.50"),
        "visits": 2**63 - 1,
        "seen": date(1, 1, 1),
    }
    assert rows[1] == {"id": "2", "note": None, "paid": None, "visits": None, "seen": None}
    assert rows[2]["note"] == ""
    assert (rows[2]["paid"], rows[2]["seen"]) == (Decimal("9999999999999999.99"), date(9999, 12, 31))
    assert exchange.rows("visits", "updated")[0]["updated"].microsecond == 123456


def test_text_arrives_whatever_stands_in_it(exchange):
    exchange.make("visits", COLUMNS)
    with exchange.open() as cursor:
        for number, text in enumerate(TRICKY):
            row = [f"{number:03}", text, "2026-06-01 00:00:00"]
            cursor.execute("INSERT INTO visits (id, note, updated) VALUES (%s, %s, %s)", row)
    assert [row["note"] for row in exchange.rows("visits", "id", "note")] == TRICKY
    assert [row["note"] for row in exchange.rows("visits", "note")] == TRICKY


def test_types_are_the_same_with_rows_and_without(exchange):
    exchange.count("visits", 3)
    some, none = (
        {page.rows.schema for page in exchange.connector("visits", "id", "note", "updated").records(interval, None)}
        for interval in (WHOLE, Interval.parse("2020-01-01", "2020-01-02"))
    )
    assert some == none
    assert len(some) == 1


def test_a_type_that_arrow_lacks_arrives_as_text(exchange):
    wide = {"postgres": "numeric, '1.5e100'", "mysql": "double, 1.5e100"}[exchange.kind].split(", ")
    exchange.make("visits", f"id int, odd {wide[0]}, updated {{moment}}", f"1, {wide[1]}, '2026-06-01'")
    assert float(exchange.rows("visits", "odd")[0]["odd"]) == 1.5e100


def test_only_wanted_columns_are_asked_for_and_the_others_are_named(exchange):
    exchange.count("visits", 3)
    pages = list(exchange.connector("visits", "id", "updated").records(WHOLE, None))
    assert {tuple(page.rows.schema.names) for page in pages} == {("id", "updated", *PLACE)}
    assert {tuple(page.further.names) for page in pages} == {("note",)}


def test_rows_are_sorted_by_cursor_and_key_and_numbered(exchange):
    exchange.make("visits", COLUMNS, *(f"'{n}', 'x', 1, 1, NULL, '2026-06-0{1 + n % 2} 00:00:00'" for n in range(9)))
    rows = pa.Table.from_batches(exchange.connector("visits", *NAMES, source={"fetch_rows": 2}).read(WHOLE))
    assert rows["id"].to_pylist() == ["0", "2", "4", "6", "8", "1", "3", "5", "7"]
    assert rows["_position"].to_pylist() == list(range(1, 10))


def test_an_interval_holds_its_start_and_not_its_end(exchange):
    exchange.count("visits", 10)
    start, end = (datetime(2026, 1, 1, 0, m, tzinfo=PROVINCE_TIME) for m in (3, 7))
    assert [row["id"] for row in exchange.rows("visits", "id", "updated", interval=Interval(start, end))] == [
        3,
        4,
        5,
        6,
    ]


def test_without_a_cursor_all_of_a_table_is_read(exchange):
    exchange.count("visits", 10)
    exchange.say("UPDATE visits SET updated = NULL WHERE id > 5")
    empty = Interval.parse("2020-01-01", "2020-01-02")
    assert [row["id"] for row in exchange.rows("visits", "id", interval=empty, cursor="")] == list(range(1, 11))


@pytest.mark.parametrize("hours", [None, 0.5])
def test_reading_sees_the_table_as_it_stood_at_its_beginning(exchange, hours):
    exchange.count("visits", 100)
    source = {"fetch_rows": 1, "slice_hours": hours}
    day = Interval.parse("2026-01-01", "2026-01-02")
    reading = exchange.connector("visits", "id", "note", "updated", source=source).read(day)
    read = [next(reading)]
    exchange.say(
        "UPDATE visits SET note = 'changed', updated = updated + interval '1' hour WHERE id > 50",
        "DELETE FROM visits WHERE id = 30",
        "INSERT INTO visits SELECT id + 1000, note, updated FROM visits WHERE id = 20",
    )
    rows = pa.Table.from_batches([*read, *reading])
    assert rows["id"].to_pylist() == list(range(1, 101))
    assert rows["note"].to_pylist() == [f"note {n}" for n in range(1, 101)]


@pytest.mark.parametrize("hours", [None, 0.25])
def test_reading_goes_on_behind_every_place_it_names(exchange, hours):
    exchange.count("visits", 40)
    exchange.say("UPDATE visits SET updated = (SELECT m FROM (SELECT max(updated) m FROM visits) x) WHERE id > 30")
    source = {"fetch_rows": 7, "slice_hours": hours}
    connector = exchange.connector("visits", "id", "updated", source=source)
    hour = Interval.parse("2026-01-01", "2026-01-01T01:00")
    pages = list(connector.pages(hour))
    assert sum(page.rows.num_rows for page in pages) == 40
    places = [n for n, page in enumerate(pages) if page.position is not None]
    assert len(places) > 3
    for n in places:
        rest = [row for page in connector.pages(hour, pages[n].position) for row in page.rows.to_pylist()]
        assert rest == [row for page in pages[n + 1 :] for row in page.rows.to_pylist()]


def test_what_changes_before_reading_goes_on_comes_with_its_newest_cursor(exchange):
    """Nothing is lost: a delivered record that changed comes again, in its new place."""
    exchange.count("visits", 10)
    connector = exchange.connector("visits", "id", "updated", source={"fetch_rows": 4})
    first = next(page for page in connector.pages(WHOLE) if page.position)
    exchange.say("UPDATE visits SET updated = '2026-06-01 00:00:00' WHERE id = 1")
    rest = [row["id"] for page in connector.pages(WHOLE, first.position) for row in page.rows.to_pylist()]
    assert first.rows["id"].to_pylist() == [1, 2, 3]
    assert rest == [4, 5, 6, 7, 8, 9, 10, 1]


def test_equal_moments_are_never_parted(exchange):
    """Where all rows were changed at once, as by a bulk load, reading can only begin anew."""
    exchange.count("visits", 20)
    exchange.say("UPDATE visits SET updated = '2026-06-01 00:00:00'")
    pages = list(exchange.connector("visits", "id", "updated", source={"fetch_rows": 3}).pages(WHOLE))
    assert [page.position for page in pages] == [None] * 7


def test_nothing_can_be_written_in_the_session_although_the_account_may(exchange):
    exchange.count("visits", 1)
    for statement in ("INSERT INTO visits VALUES (2, 'x', NULL)", "DELETE FROM visits", "DROP TABLE visits"):
        with session(exchange.credentials) as connection, pytest.raises(sa.exc.DBAPIError, match=r"(?i)read.only"):
            connection.exec_driver_sql(statement)
    assert exchange.say("SELECT count(*) FROM visits") == [(1,)]


def test_a_look_at_the_beginning_leaves_nothing_running(exchange):
    exchange.count("visits", 200_000)
    threads = {*all_threads()}
    reading = exchange.connector("visits", "id", "note", source={"fetch_rows": 10}).pages(WHOLE)
    assert next(reading).rows.num_rows <= 10
    reading.close()
    assert {*all_threads()} <= threads  # and those of other tests may have ended
    _wait_until(lambda: not exchange.say(_SESSIONS[exchange.kind]))


def test_a_check_says_step_by_step_what_works(exchange):
    exchange.count("visits", 3)
    steps = [checked.title for checked in exchange.connector("visits", "id", "updated").check()]
    assert steps[0] == f"127.0.0.1:{exchange.server.port} answers"
    assert "signed in to exchange as exchange_reader" in steps
    assert any("cannot write" in step for step in steps)
    assert steps[-1].startswith("the cursor updated leads no index")
    exchange.say("CREATE INDEX by_cursor ON visits (updated)")
    assert list(exchange.connector("visits", "id", "updated").check())[-1].title == "the cursor updated is indexed"


def test_a_check_names_what_is_missing(exchange):
    exchange.count("visits", 3)
    last = list(exchange.connector("visits", "id", "gone", "updated").check())[-1]
    assert isinstance(last.error, SchemaDrift)
    assert "lacks the column gone" in last.title


def test_an_offer_has_all_columns_with_native_types_key_and_titles(exchange):
    exchange.make("offered", COLUMNS)
    if exchange.kind == "postgres":
        exchange.say("COMMENT ON COLUMN offered.note IS '备注'")
    else:
        exchange.say("ALTER TABLE offered MODIFY note varchar(100) COMMENT '备注'")
    offer = exchange.connector("offered").offer()
    assert offer.schema.names == list(NAMES)
    assert offer.schema.field("paid").type == pa.decimal128(18, 2)
    assert b"VARCHAR(100)" in offer.schema.field("note").metadata[b"native"]
    assert offer.key == ("id",)
    assert offer.titles == {"note": "备注"}


def test_the_choices_are_the_tables_and_views_we_see(exchange):
    exchange.count("visits", 1)
    exchange.view("recent", "SELECT * FROM visits")
    choices = exchange.connector("visits").choices()
    schema = {"postgres": "public", "mysql": "exchange"}[exchange.kind]
    assert {f"{schema}.visits", f"{schema}.recent"} <= set(choices)
    assert not [name for name in choices if name.startswith(("pg_", "information_schema", "mysql."))]


def test_a_view_is_read_like_a_table(exchange):
    exchange.count("visits", 5)
    exchange.view("recent", "SELECT * FROM visits WHERE id > 3")
    assert [row["id"] for row in exchange.rows("recent", "id", "updated")] == [4, 5]


def test_a_cursor_may_be_a_day(exchange):
    exchange.make("visits", "id int, updated date", "1, '2026-01-01'", "2, '2026-01-02'", "3, '2026-01-03'")
    middle = Interval.parse("2026-01-02", "2026-01-03")
    assert [row["id"] for row in exchange.rows("visits", "id", "updated", interval=middle)] == [2]
    pages = list(exchange.connector("visits", "id", "updated").pages(WHOLE))
    rest = exchange.connector("visits", "id", "updated").pages(WHOLE, pages[0].position)
    assert [page.rows["id"].to_pylist() for page in rest] == [[3]]


def test_a_cursor_that_is_no_time_is_refused(exchange):
    exchange.make("visits", "id int, updated varchar(20)", "1, '2026-01-01'")
    with pytest.raises(SchemaDrift, match="the cursor updated of the table visits is no date or time"):
        exchange.rows("visits", "id", "updated")


def test_a_renamed_column_is_fetched_under_its_other_name(exchange):
    exchange.count("visits", 2)
    also = {"note": "remark", "updated": "changed_at"}
    rows = exchange.rows("visits", "id", "remark", "changed_at", also=also, cursor="changed_at")
    assert [row["remark"] for row in rows] == ["note 1", "note 2"]


class TestMariaDb:
    """Where it has its own mind."""

    def test_no_date_is_null(self, mariadb_server):
        zero = "id int, seen date, at datetime, stamp timestamp(6) NULL, updated {moment}"
        mariadb_server.make("odd", zero)
        with mariadb_server.open() as cursor:
            cursor.execute("SET sql_mode = ''")
            cursor.execute("INSERT INTO odd VALUES (1, '0000-00-00', '0000-00-00 00:00:00', 0, '2026-01-01 00:00:00')")
        assert mariadb_server.rows("odd", "seen", "at", "stamp") == [{"seen": None, "at": None, "stamp": None}]

    def test_numbers_and_bytes_beyond_arrows_arrive_as_text(self, mariadb_server):
        columns = "id int, big bigint unsigned, yes tinyint(1), raw varbinary(10), flag bit(1), y year, t time"
        row = "1, 18446744073709551615, 2, 0x00ff0a, 1, 1999, '-25:01:02', '2026-01-01'"
        mariadb_server.make("odd", columns + ", updated {moment}", row)
        [row] = mariadb_server.rows("odd", "big", "yes", "raw", "flag", "y", "t")
        assert row == {
            "big": "18446744073709551615",
            "yes": 2,
            "raw": "00FF0A",
            "flag": "1",
            "y": "1999",
            "t": "-25:01:02",
        }

    def test_tables_in_gbk_and_latin1_arrive_as_unicode(self, mariadb_server):
        columns = "id int, name varchar(20) CHARACTER SET gbk, place varchar(20) CHARACTER SET latin1, updated {moment}"
        # 誠 and 鈇 end in GBK with the byte of a backslash
        mariadb_server.make("odd", columns, "1, '誠鈇张', 'café', '2026-01-01'")
        assert mariadb_server.rows("odd", "name", "place") == [{"name": "誠鈇张", "place": "café"}]

    def test_nul_arrives_as_it_is(self, mariadb_server):
        mariadb_server.make("odd", "id int, note varchar(20), updated {moment}", "1, 'a\\0b\\\\0c\\Z', '2026-01-01'")
        assert mariadb_server.rows("odd", "note") == [{"note": "a\0b\\0c\x1a"}]

    def test_a_timestamp_is_an_instant_and_a_datetime_means_the_provinces(self, mariadb_server):
        mariadb_server.make("odd", "id int, at datetime, updated timestamp")
        with mariadb_server.open() as cursor:
            cursor.execute("SET time_zone = '+05:00'")
            cursor.execute("INSERT INTO odd VALUES (1, '2026-01-01 12:00:00', '2026-01-01 12:00:00')")
        [row] = mariadb_server.rows("odd", "at", "updated")
        assert row["updated"] == datetime(2026, 1, 1, 7, tzinfo=UTC)
        assert row["at"] == datetime.fromisoformat("2026-01-01T12:00")
        at_seven = Interval.parse("2026-01-01T07:00+00:00", "2026-01-01T07:01+00:00")
        assert len(mariadb_server.rows("odd", "id", "updated", interval=at_seven)) == 1

    @pytest.mark.parametrize("mode", ["NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", "ORACLE", "ANSI,TRADITIONAL"])
    def test_the_servers_dialect_changes_nothing(self, mariadb_server, mode):
        mariadb_server.make("odd", "id int, note varchar(20), updated {moment}", r"1, 'it''s \\ \n', '2026-01-01'")
        before = mariadb_server.say("SELECT @@global.sql_mode")[0][0]
        mariadb_server.say(f"SET GLOBAL sql_mode = '{mode}'")
        try:
            assert mariadb_server.rows("odd", "note") == [{"note": "it's \\ \n"}]
        finally:
            mariadb_server.say(f"SET GLOBAL sql_mode = '{before}'")


class TestPostgres:
    """Where it has its own mind."""

    def test_odd_types_arrive_as_text(self, postgres_server):
        columns = "id int, j jsonb, raw bytea, many int[], yes boolean, span interval, updated {moment}"
        row = """1, '{"a": 1}', '\\x00ff', '{1,2}', true, '1 day', '2026-01-01'"""
        postgres_server.make("odd", columns, row)
        [row] = postgres_server.rows("odd", "j", "raw", "many", "yes", "span")
        assert row == {"j": '{"a": 1}', "raw": "\\x00ff", "many": "{1,2}", "yes": "true", "span": "1 day"}

    def test_a_time_without_a_zone_means_the_provinces(self, postgres_server):
        postgres_server.make("odd", "id int, updated timestamp", "1, '2026-01-01 00:30:00'", "2, '2025-12-31 23:30:00'")
        postgres_server.say("ALTER ROLE exchange_reader SET timezone = 'America/New_York'")
        try:
            rows = postgres_server.rows("odd", "id", "updated")
        finally:
            postgres_server.say("ALTER ROLE exchange_reader RESET timezone")
        assert rows == [{"id": 1, "updated": datetime.fromisoformat("2026-01-01T00:30")}]

    def test_the_servers_way_to_write_dates_changes_nothing(self, postgres_server):
        postgres_server.make("odd", "id int, seen date, updated {moment}", "1, '2026-03-02', '2026-01-01 00:00+08'")
        postgres_server.say("ALTER ROLE exchange_reader SET datestyle = 'German'")
        try:
            assert postgres_server.rows("odd", "seen") == [{"seen": date(2026, 3, 2)}]
        finally:
            postgres_server.say("ALTER ROLE exchange_reader RESET datestyle")

    def test_a_single_column_of_nulls_is_counted(self, postgres_server):
        postgres_server.make("odd", "id int, note text, updated {moment}", *("1, NULL, '2026-01-01'",) * 3)
        assert postgres_server.rows("odd", "note") == [{"note": None}] * 3


_SESSIONS = {
    "postgres": "SELECT pid FROM pg_stat_activity WHERE usename = 'exchange_reader'",
    "mysql": "SELECT id FROM information_schema.processlist WHERE user = 'exchange_reader'",
}


def _wait_until(condition):
    until = datetime.now(UTC) + timedelta(seconds=60)
    while not condition():
        assert datetime.now(UTC) < until, "it did not happen within a minute"
