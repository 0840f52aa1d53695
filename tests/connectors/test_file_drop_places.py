"""The same deliveries by each way files come: two SFTP servers, a folder of this machine, object storage."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.base import Connector
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, AgencyUnavailable, DeliveryBroken, DeliveryIncomplete
from hedui.model.interval import Interval
from tests.connectors import file_agency
from tests.connectors.file_agency import DAY, FileAgency, csv


@pytest.fixture(scope="module")
def openssh(tmp_path_factory) -> Iterator[Credentials]:
    if not file_agency.SSHD:
        pytest.skip("NO OPENSSH HERE: install Debian's openssh-server to test against it")
    with file_agency.openssh(tmp_path_factory.mktemp("sshd")) as credentials:
        yield credentials


@pytest.fixture(scope="module")
def store() -> Iterator[Callable[[str], FileAgency]]:
    with file_agency.object_store() as agency:
        yield agency


@pytest.fixture(params=["openssh", "embedded sftp", "folder", "object storage"])
def agency(request, tmp_path) -> Iterator[FileAgency]:
    if request.param == "openssh":
        root = tmp_path
        yield file_agency.by_sftp(root, request.getfixturevalue("openssh"), str(root / "outbox"))
    elif request.param == "embedded sftp":
        with file_agency.embedded_sftp(tmp_path) as credentials:
            yield file_agency.by_sftp(tmp_path, credentials)
    elif request.param == "folder":
        yield file_agency.in_folder(tmp_path)
    else:
        name = f"b{abs(hash(request.node.name)):x}"
        yield request.getfixturevalue("store")(name)


def test_parts_arrive_in_the_order_of_the_control_file(agency):
    agency.deliver(("b.csv", csv(1, 2), 2), ("a.csv", csv(3), 1))
    assert agency.values() == ["1", "2", "3"]
    assert agency.values("_source") == ["b.csv", "b.csv", "a.csv"]


def test_a_part_larger_than_what_is_fetched_at_once_arrives_whole(agency):
    agency.deliver(("a.csv", csv(*range(150_000)), 150_000))
    assert agency.values() == [str(n) for n in range(150_000)]


def test_without_control_files_names_say_what_belongs_to_a_day(agency):
    for name in ("x_20260621_2.csv", "x_20260621_1.csv", "x_20260622_1.csv", "x_20260621_3.csv.part", "y.csv"):
        agency.put(name, csv(int(name[11]) if name[11:12].isdigit() else 9))
    assert agency.values(control="", files="x_{date}_*", settled_seconds=0) == ["1", "2"]


def test_a_missing_part_or_folder_is_waited_for(agency):
    agency.put("x_20260621.ctl", b"a.csv,1,%064d\n" % 0)
    with pytest.raises(DeliveryIncomplete, match=r"names the part a[.]csv, which is not there"):
        agency.rows()
    with pytest.raises(DeliveryIncomplete, match=r"not there|no control file"):
        agency.rows(folder=agency.source["folder"] + "/none")


def test_what_was_taken_in_moves_to_the_archive_and_can_be_read_again(agency):
    agency.deliver(("a.csv", csv(1), 1), ("b.csv", csv(2), 1))
    agency.deliver(("later.csv", csv(3), 1), day="20260622")
    reading = agency.connector(archive="done")
    assert sum(batch.num_rows for batch in reading.read(DAY)) == 2
    reading.taken(DAY)
    assert agency.names("") == ["later.csv", "x_20260622.ctl"]
    assert agency.names("done") == ["a.csv", "b.csv", "x_20260621.ctl"]
    assert agency.values(archive="done") == ["1", "2"]
    reading.taken(DAY)
    agency.connector(archive="done").taken(DAY)
    assert agency.names("done") == ["a.csv", "b.csv", "x_20260621.ctl"]


def test_a_move_that_broke_off_is_read_over_and_ends_another_time(agency):
    agency.deliver(("a.csv", csv(1), 1), ("b.csv", csv(2), 1))
    reading = agency.connector(archive="done")
    list(reading.read(DAY))
    with breaking_off(reading):
        reading.taken(DAY)
    assert len(agency.names("")) == 1
    assert agency.values(archive="done") == ["1", "2"]
    agency.connector(archive="done").taken(DAY)
    assert agency.names("") == []
    assert agency.names("done") == ["a.csv", "b.csv", "x_20260621.ctl"]


@contextmanager
def breaking_off(reading: Connector) -> Iterator[None]:
    """The third move never happens."""
    inner, moves = reading._place, []

    @contextmanager
    def place():
        with inner() as found:
            move = found.move

            def some(path, target):
                moves.append(path)
                if len(moves) > 2:
                    raise KeyboardInterrupt
                move(path, target)

            found.move = some
            yield found

    reading._place = place
    with pytest.raises(KeyboardInterrupt):
        yield


def test_a_correction_that_came_meanwhile_is_not_moved_unread(agency):
    agency.deliver(("a.csv", csv(1), 1))
    reading = agency.connector(archive="done")
    list(reading.read(DAY))
    agency.deliver(("a.csv", csv(1, 2), 2))
    reading.taken(DAY)
    assert agency.values(archive="done") == ["1", "2"]
    assert "a.csv" in agency.names("")


def test_a_correction_replaces_what_the_archive_holds(agency):
    agency.deliver(("a.csv", csv(1), 1))
    for numbers in ((1,), (1, 2)):
        agency.deliver(("a.csv", csv(*numbers), len(numbers)))
        reading = agency.connector(archive="done")
        assert sum(batch.num_rows for batch in reading.read(DAY)) == len(numbers)
        reading.taken(DAY)
    assert agency.values(archive="done") == ["1", "2"]


def test_reading_goes_on_behind_a_part(agency):
    agency.deliver(("a.csv", csv(1, 2), 2), ("b.csv", csv(3), 1), ("c.csv", csv(4), 1))
    pages = list(agency.connector().pages(DAY))
    places = [page.position for page in pages if page.position]
    assert len(places) == 3
    for read, place in enumerate(places, start=1):
        rest = [v for page in agency.connector().pages(DAY, place) for v in page.rows["编号"].to_pylist()]
        assert rest == ["3", "4"][read - 1 :]


def test_reading_does_not_go_on_in_another_delivery(agency):
    agency.deliver(("a.csv", csv(1), 1), ("b.csv", csv(3), 1))
    place = next(page.position for page in agency.connector().pages(DAY) if page.position)
    agency.deliver(("a.csv", csv(2), 1), ("b.csv", csv(3), 1))
    with pytest.raises(DeliveryBroken, match="exchanged since"):
        list(agency.connector().pages(DAY, place))


def test_a_check_tells_step_by_step_what_works(agency):
    agency.deliver(("a.csv", csv(1), 1))
    told = [one.title for one in agency.connector().check()]
    assert len(told) == 4
    assert "x_20260621.ctl" in told[2]


def test_what_is_offered_are_the_columns_of_the_newest_delivery(agency):
    agency.deliver(("a.csv", csv(1), 1))
    agency.deliver(("b.csv", b"k,l\n1,2\n", 1), day="20260622")
    assert agency.connector().offer().schema.names == ["k", "l"]


def test_a_source_can_be_chosen_from_what_lies_there(agency):
    agency.deliver(("pay_20260621_part01.csv", csv(1), 1), ("pay_20260621_part02.csv", csv(2), 1))
    agency.put("sub/z.csv", b"")
    folder = agency.source["folder"]
    assert agency.connector().choices() == [
        f"{folder}/sub/",
        f"{folder}/pay_{{date}}_part*.csv",
        f"{folder}/x_{{date}}.ctl",
    ]


def test_nothing_of_a_place_that_is_down_arrives(agency, unused_port):
    if agency.source["transport"] == "folder":
        pytest.skip("a folder is not down")
    extra = {name: agency.credentials.secret(name) for name in agency.credentials.extra}
    extra |= {"endpoint_url": f"http://127.0.0.1:{unused_port}"} if "endpoint_url" in extra else {}
    password = agency.credentials.password.get_secret_value()
    agency.credentials = Credentials.model_validate(
        {**agency.credentials.model_dump(), "password": password, "port": unused_port, "extra": extra}
    )
    with pytest.raises(AgencyUnavailable):
        agency.rows()


def test_login_by_a_key_that_the_server_does_not_know_is_refused(openssh, tmp_path):
    (tmp_path / "other").touch(0o600)
    file_agency._key(tmp_path / "other")
    agency = file_agency.by_sftp(tmp_path, changed_key(openssh, tmp_path / "other"))
    with pytest.raises(AccessDenied, match="refused login"):
        agency.rows()


def test_a_key_file_that_holds_no_key_is_said_to_be_one(openssh, tmp_path):
    (tmp_path / "none").write_text("nothing")
    for file in (tmp_path / "none", tmp_path / "absent"):
        with pytest.raises(AccessDenied, match="`key_file` holds no key"):
            list(file_agency.by_sftp(made(tmp_path / file.name[:1]), changed_key(openssh, file)).rows())


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def changed_key(credentials: Credentials, file: Path) -> Credentials:
    extra = {"host_key": credentials.secret("host_key"), "key_file": str(file)}
    return Credentials.model_validate({**credentials.model_dump(), "password": "", "extra": extra})


@pytest.mark.parametrize("link", ["a.csv", "x_20260621.ctl"])
def test_a_link_in_a_folder_of_this_machine_is_not_followed(link, tmp_path):
    agency = file_agency.in_folder(tmp_path)
    agency.deliver(("a.csv", csv(1), 1))
    inside = tmp_path / "outbox" / link
    inside.rename(tmp_path / "outside")
    inside.symlink_to(tmp_path / "outside")
    with pytest.raises(AccessDenied, match="or it is a link"):
        agency.rows()


def test_a_contract_cannot_lead_out_of_the_folder_of_the_connection(tmp_path):
    agency = file_agency.in_folder(tmp_path)
    agency.deliver(("a.csv", csv(1), 1))
    agency.credentials = Credentials.model_validate({"conn_type": "fs", "extra": {"folder": str(tmp_path / "inner")}})
    (tmp_path / "inner").mkdir()
    with pytest.raises(AccessDenied):
        agency.rows(folder="../outbox")


def test_a_pipe_in_the_folder_is_no_file(tmp_path):
    agency = file_agency.in_folder(tmp_path)
    agency.deliver(("a.csv", csv(1), 1))
    os.mkfifo(tmp_path / "outbox" / "b.csv")
    assert agency.values() == ["1"]


def test_an_interval_holds_the_deliveries_of_its_days(agency):
    for day in ("20260620", "20260621", "20260622"):
        agency.deliver((f"p{day}", csv(int(day[-2:])), 1), day=day)
    assert agency.values(interval=Interval.parse("2026-06-20", "2026-06-22")) == ["20", "21"]
