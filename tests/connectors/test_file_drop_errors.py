"""Deliveries by SFTP that are late, cut, exchanged or wrong; and a server that is not the one we know."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import asyncssh
import paramiko
import pyarrow as pa
import pytest

from connectors import connector_for
from connectors.file_drop.sftp import sftp
from hedui.model.errors import AccessDenied, AgencyUnavailable, DeliveryBroken, DeliveryIncomplete, SchemaDrift
from hedui.model.interval import PROVINCE_TIME, Interval
from tests.connectors import tiny_province
from tests.connectors.conftest import read

HEADER = "人员编号,身份证号,姓名,单位名称,编制类型,职级,任职日期,离职日期,管理地区,更新时间"
ROW = "U1-1-1,62010219700101001X,张三,岷县一中,事业,,2020-01-01,,621126,2026-06-21 00:00:00"


@pytest.fixture
def employees(contracts):
    return contracts["hr.public_employees"]


@pytest.fixture
def outbox(connections, province) -> Iterator[Path]:
    """The outbox, which other tests find as it was."""
    folder = province / "agencies" / "hr" / "root" / "outbox" / "public_employees"
    before = {*folder.iterdir()}
    yield folder
    for laid in {*folder.iterdir()} - before:
        laid.unlink()


@pytest.fixture
def arrives(employees, connections, outbox):
    """Put a delivery of one part into the outbox, and read its day."""

    def read_day(day, body: bytes = b"", **stated):
        name = f"public_employees_{day}_part01.csv"
        stated = {"rows": 1, "sha256": hashlib.sha256(body).hexdigest(), "part": name, **stated}
        (outbox / name).write_bytes(body)
        control = stated.get("control", "{part},{rows},{sha256}\n".format(**stated))
        (outbox / f"public_employees_{day}.ctl").write_text(control, encoding="utf-8")
        return pa.Table.from_batches(connector_for(employees, connections["hr"]).read(the_day(day)))

    return read_day


def the_day(day: str) -> Interval:
    start = datetime.strptime(day, "%Y%m%d").replace(tzinfo=PROVINCE_TIME)
    return Interval(start, start + timedelta(days=1))


def csv(*rows: str, header: str = HEADER, encoding: str = "gb18030") -> bytes:
    return "".join(line + "\r\n" for line in (header, *rows)).encode(encoding)


def test_a_day_without_control_file_is_incomplete(employees, connections, fails):
    with fails(DeliveryIncomplete, "no control file public_employees_{date}.ctl for 2026-01-01"):
        read(employees, connections["hr"], Interval.parse("2026-01-01", "2026-01-02"))


def test_a_part_that_is_not_there_is_incomplete(arrives, fails):
    with fails(DeliveryIncomplete, "absent.csv, which is not there"):
        arrives("20260801", csv(ROW), part="absent.csv")


def test_a_control_file_that_is_still_empty_is_incomplete(arrives, fails):
    with fails(DeliveryIncomplete, "public_employees_20260818.ctl names no part"):
        arrives("20260818", csv(ROW), control="")


def test_a_control_file_of_an_impossible_day_is_named(employees, connections, outbox, fails):
    (outbox / "public_employees_20260231.ctl").write_text("", encoding="utf-8")
    with fails(DeliveryBroken, "public_employees_20260231.ctl is named after a day that no calendar has"):
        read(employees, connections["hr"])


def test_a_folder_that_is_not_there_is_incomplete(employees, connections, fails):
    elsewhere = employees.model_copy(update={"source": employees.source.model_copy(update={"folder": "/none"})})
    with fails(DeliveryIncomplete, "is not there"):
        read(elsewhere, connections["hr"])


@pytest.mark.parametrize(
    ("day", "body", "stated", "says"),
    [
        ("20260802", csv(ROW), {"sha256": "0" * 64}, "the SHA-256 differs"),
        ("20260803", csv(ROW), {"rows": 2}, "has 1 rows, its control file says 2"),
        ("20260804", csv(ROW, ROW), {}, "has 2 rows, its control file says 1"),
        ("20260805", csv(ROW) + b"\xff\xff\r\n", {}, "not gb18030 throughout"),
        ("20260806", csv(ROW, "张三,1"), {}, "not the CSV the contract describes at line 3"),
        ("20260807", b"", {"rows": 0}, "not the CSV the contract describes"),
        ("20260808", csv(ROW, "张三,1"), {"sha256": "0" * 64}, "the SHA-256 differs"),
        ("20260809", csv(ROW), {"control": "part01.csv,many,0\n"}, "not lines of name, rows, SHA-256"),
        ("20260810", csv(ROW), {"control": "part01.csv\n"}, "not lines of name, rows, SHA-256"),
        ("20260816", csv(ROW), {"control": "a,1,0\rb,1,0\r"}, "not lines of name, rows, SHA-256"),
        ("20260817", csv(f"{ROW},李四", header=f"{HEADER},姓名"), {}, "names a column twice in its header"),
    ],
)
def test_a_delivery_that_contradicts_itself_is_broken(day, body, stated, says, arrives, fails):
    with fails(DeliveryBroken, says):
        arrives(day, body, **stated)


def test_a_renamed_column_is_a_drift_even_without_rows(arrives, fails):
    with fails(SchemaDrift, "身份证号"):
        arrives("20260811", csv(header=HEADER.replace("身份证号", "证件号")), rows=0)


def test_a_byte_order_mark_and_the_order_of_columns_do_not_matter(arrives):
    header, row = (",".join(reversed(line.split(","))) for line in (HEADER, ROW))
    rows = arrives("20260812", csv(row, header="\ufeff" + header))
    assert rows["姓名"].to_pylist() == ["张三"]
    assert rows["离职日期"].to_pylist() == [None]


def test_characters_of_two_and_four_bytes_survive_every_seam_of_the_stream(arrives):
    """Larger than what is asked for at once and than a block of the parser; the odd length moves the seams about."""
    lines = [ROW.replace("张三", "㛃𬱖䶮" * 40 + "x" * (n % 7)) for n in range(9_000)]
    rows = arrives("20260813", csv(*lines), rows=len(lines))
    assert rows["姓名"].to_pylist() == [line.split(",")[2] for line in lines]
    assert rows["_position"].to_pylist() == list(range(1, len(lines) + 1))


def test_two_deliveries_of_an_interval_come_in_the_order_of_their_dates(employees, arrives, connections):
    arrives("20260815", csv(ROW))
    arrives("20260814", csv(ROW))
    both = Interval(the_day("20260814").start, the_day("20260815").end)
    rows = pa.Table.from_batches(connector_for(employees, connections["hr"]).read(both))
    assert [name[17:25] for name in rows["_source"].to_pylist()] == ["20260814", "20260815"]


@pytest.mark.parametrize("wrong", [{"password": "x"}, {"login": "nobody"}])
def test_wrong_credentials_are_access_denied(wrong, employees, connections, changed, fails):
    with fails(AccessDenied, "refused login or password"):
        read(employees, changed(connections["hr"], **wrong))


def test_another_host_key_than_the_pinned_one_is_access_denied(employees, connections, changed, fails):
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with fails(AccessDenied, "another host key"):
        read(employees, changed(connections["hr"], extra={"host_key": other}))


@pytest.mark.parametrize("key", ["", "ssh-ed25519", "ssh-ed25519 nonsense", "ssh-ed25519 AAAA"])
def test_without_a_pinned_host_key_nothing_is_sent(key, employees, connections, changed, fails):
    with fails(AccessDenied, "no usable `host_key`"):
        read(employees, changed(connections["hr"], extra={"host_key": key}))


def test_a_refused_connection_is_an_agency_that_is_down(employees, connections, unused_port, fails):
    with fails(AgencyUnavailable, "SFTP server does not answer"):
        read(employees, connections["hr"].model_copy(update={"port": unused_port}))


def test_a_session_that_ends_in_the_middle_is_an_agency_that_is_down(employees, connections, fails, monkeypatch):
    reading = connector_for(employees, connections["hr"]).read(tiny_province.HISTORY)
    opened: list[paramiko.SSHClient] = []
    connect = paramiko.SSHClient.connect
    monkeypatch.setattr(paramiko.SSHClient, "connect", lambda ssh, *a, **k: (opened.append(ssh), connect(ssh, *a, **k)))
    next(reading)
    opened[0].get_transport().close()
    with fails(AgencyUnavailable, "SFTP server does not answer"):
        list(reading)


def test_the_outbox_is_for_reading_only(connections):
    with sftp("hr.public_employees", connections["hr"]) as place:
        client = place._client
        with pytest.raises(PermissionError):
            client.remove("/outbox/public_employees/public_employees_20260630.ctl")
        with pytest.raises(PermissionError):
            client.open("/outbox/public_employees/new", "w")
