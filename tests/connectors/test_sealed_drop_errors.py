"""A one-way drop in which packages are missing, exchanged, altered or forged: no row passes unnoticed or unread."""

import base64
import gzip
import io
import json
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors import connector_for
from connectors.base import Connector
from hedui.model.errors import AccessDenied, AgencyUnavailable, DeliveryBroken, DeliveryIncomplete
from hedui.model.interval import Interval
from hedui.sealing import key_id
from tests.connectors.conftest import read
from tests.connectors.sealed_drops import READER, ROW, TWO_DAYS, WRITER, Drop, aged


@pytest.fixture
def cases(contracts):
    return contracts["police.dui_cases"]


@pytest.fixture
def drop(tmp_path) -> Drop:
    return Drop.of_two_days(tmp_path / "drop")


@pytest.fixture
def reading(cases, drop) -> Callable[..., Connector]:
    return lambda **extra: connector_for(cases, drop.credentials(**extra))


def test_the_packages_of_the_interval_are_read_and_no_others(cases, drop):
    assert read(cases, drop.credentials(), TWO_DAYS) == 4


def test_rows_that_every_header_states_are_announced(reading, drop):
    for number, rows, header in ((4, 1, {}), (5, 1, {"last_of": "2026-06-30"})):
        drop.put(number, *(("2026-06-30T12:00", "2026-07-01") if header else ()), rows=rows, **header)
    said = {}
    for first in ("2026-06-29", "2026-06-30"):
        interval, connector = Interval.parse(first, "2026-07-01"), reading()
        assert connector.announced(interval) is None
        list(connector.read(interval))
        said[first] = connector.announced(interval)
    assert said == {"2026-06-29": None, "2026-06-30": 2}


@pytest.mark.parametrize("number", [2, 3, 4])
def test_a_gap_in_the_numbers_is_incomplete_and_named(number, cases, drop, fails):
    drop.file(number).unlink()
    with fails(DeliveryIncomplete, f"package 00000{number} is missing"):
        read(cases, drop.credentials(), TWO_DAYS)


def test_a_day_that_is_not_closed_is_incomplete(cases, drop, fails):
    drop.file(5).unlink()
    with fails(DeliveryIncomplete, "the package that closes 2026-06-30 is not there yet"):
        read(cases, drop.credentials(), TWO_DAYS)


def test_an_interval_before_anything_came_is_incomplete(cases, drop, fails):
    with fails(DeliveryIncomplete, "closes 2026-07-01"):
        read(cases, drop.credentials(), Interval.parse("2026-07-01", "2026-07-02"))


def test_packages_cleared_away_before_the_interval_are_no_gap(cases, drop):
    drop.put(10, "2026-07-01", "2026-07-02", last_of="2026-07-01")
    drop.put(11, "2026-07-02", "2026-07-03", last_of="2026-07-02")
    for number in range(1, 10):
        drop.file(number).unlink(missing_ok=True)
    assert read(cases, drop.credentials(), Interval.parse("2026-07-02", "2026-07-03")) == 1


def test_packages_of_other_datasets_in_the_same_series_are_left_alone(cases, drop):
    drop.put(4, "2026-06-30", "2026-06-30T12:00", dataset="police.vehicles")
    assert read(cases, drop.credentials(), TWO_DAYS) == 3


def test_a_damaged_package_after_the_interval_is_not_our_business_yet(cases, drop):
    drop.file(6).write_bytes(b"half a pack")
    assert read(cases, drop.credentials(), TWO_DAYS) == 4


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("place", [0, 40, 250, -70, -1])
def test_any_altered_package_is_broken(number, place, cases, drop, fails):
    """Also where the alteration hides the package from the interval, or the border it is counted from."""
    package = bytearray(drop.file(number).read_bytes())
    package[place] ^= 1
    drop.file(number).write_bytes(bytes(package))
    with fails(DeliveryBroken, f"00000{number}.pkg"):
        read(cases, drop.credentials(), TWO_DAYS)


@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_a_package_whose_stated_day_was_moved_is_broken_not_skipped(number, cases, drop, fails):
    package = drop.file(number).read_bytes()
    drop.file(number).write_bytes(package.replace(b"2026-06", b"2026-03").replace(b"2026-07", b"2026-03"))
    with fails(DeliveryBroken, f"00000{number}.pkg"):
        read(cases, drop.credentials(), TWO_DAYS)


def test_a_package_that_still_grows_is_incomplete_and_one_that_was_cut_is_broken(cases, drop, fails):
    drop.file(3).write_bytes(drop.file(3).read_bytes()[:-10])
    with fails(DeliveryIncomplete, "000003.pkg: it is not whole yet"):
        read(cases, drop.credentials(), TWO_DAYS)
    aged(drop.file(3))
    with fails(DeliveryBroken, "000003.pkg: it was cut"):
        read(cases, drop.credentials(), TWO_DAYS)


def test_two_packages_that_changed_places_are_broken(cases, drop, fails):
    two, three = drop.file(2).read_bytes(), drop.file(3).read_bytes()
    drop.file(2).write_bytes(three)
    drop.file(3).write_bytes(two)
    with fails(DeliveryBroken, "another sender or number"):
        read(cases, drop.credentials(), TWO_DAYS)


def test_a_package_sent_again_under_a_new_number_is_broken(cases, drop, fails):
    drop.file(4).write_bytes(drop.file(2).read_bytes())
    with fails(DeliveryBroken, "another sender or number"):
        read(cases, drop.credentials(), TWO_DAYS)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"writer": Ed25519PrivateKey.generate()}, "signature"),
        ({"sender": "someone"}, "another sender"),
        ({"content": b"no gzip"}, "not what its header calls json_lines"),
        ({"content": gzip.compress(json.dumps(ROW).encode())[:-5]}, "not what its header calls"),
        ({"content": gzip.compress(b'{"name": "\xe5\xbc\xa0')}, "line 1 is no JSON object"),
        ({"content": gzip.compress(b"[1]\n")}, "line 1 is no JSON object"),
        ({"content": gzip.compress(b'{"name": {}}\n')}, "a list or an object"),
        ({"content": b"PAR1", "format": "parquet"}, "not what its header calls parquet"),
        ({"content": gzip.compress(b"a,b\n1\n"), "format": "csv"}, "not what its header calls csv"),
        ({"content": gzip.compress(b"a,a\n1,2\n"), "format": "csv"}, "two of its columns have one name"),
        ({"format": "xlsx"}, "format that is not known"),
        ({"rows": 7}, "another number of rows"),
        ({"last_of": "2026-06-30"}, "closes a day with which its period does not end"),
    ],
)
def test_a_genuine_looking_package_with_wrong_content_is_broken(change, says, cases, drop, fails):
    drop.put(4, "2026-06-30", "2026-06-30T12:00", **change)
    with fails(DeliveryBroken, says):
        read(cases, drop.credentials(), TWO_DAYS)


def test_a_package_reaching_over_the_interval_is_refused(cases, drop, fails):
    with fails(DeliveryBroken, "only partly in"):
        read(cases, drop.credentials(), Interval.parse("2026-06-29T06:00", "2026-07-01"))


def test_a_package_for_another_reader_is_access_denied(cases, drop, fails):
    with fails(AccessDenied, "another key"):
        read(cases, drop.credentials(X25519PrivateKey.generate()), TWO_DAYS)


@pytest.mark.parametrize("key", ["", "short", "!"])
def test_an_unusable_key_is_access_denied(key, cases, drop, fails):
    with fails(AccessDenied, "no usable keys"):
        read(cases, drop.credentials(recipient_key=key), TWO_DAYS)


def test_a_folder_that_is_not_there_is_an_agency_that_is_down(cases, drop, fails):
    with fails(AgencyUnavailable, "folder is not there"):
        read(cases, drop.credentials(folder="/none"), TWO_DAYS)


def test_a_content_that_unpacks_without_end_is_broken(cases, drop, fails):
    drop.put(4, content=gzip.compress(b" " * 3_000_000 + json.dumps(ROW).encode()))
    small = cases.model_copy(update={"source": cases.source.model_copy(update={"largest_mib": 1})})
    with fails(DeliveryBroken, "unpacks to more than 1 MiB"):
        read(small, drop.credentials(), TWO_DAYS)


@pytest.mark.parametrize("name", ["000003 (1).pkg", "copy.pkg"])
def test_a_copy_of_a_package_under_another_name_is_read_once(name, cases, drop):
    (drop.folder / name).write_bytes(drop.file(3).read_bytes())
    assert read(cases, drop.credentials(), TWO_DAYS) == 4


def test_a_package_is_found_whatever_its_name(cases, drop):
    drop.file(3).rename(drop.folder / "resent.pkg")
    assert read(cases, drop.credentials(), TWO_DAYS) == 4


def test_two_packages_with_one_number_are_broken(cases, drop, fails):
    genuine = drop.file(3).read_bytes()
    drop.put(3, "2026-06-29T12:00", "2026-06-30", last_of="2026-06-29").rename(drop.folder / "again.pkg")
    drop.file(3).write_bytes(genuine)
    with fails(DeliveryBroken, "again.pkg: another package has the same number"):
        read(cases, drop.credentials(), TWO_DAYS)


def test_the_order_in_which_packages_arrive_means_nothing(cases, drop):
    for number in (1, 4, 2):
        aged(drop.file(number))
    assert read(cases, drop.credentials(), TWO_DAYS) == 4


def test_one_period_may_be_split_over_any_number_of_packages(cases, drop):
    """A gateway lets no large package through: each part names the whole period, the last one closes it."""
    for number in (6, 7, 8):
        last = {"last_of": "2026-07-01"} if number == 8 else {}
        drop.put(number, "2026-07-01", "2026-07-02", **last)
    assert read(cases, drop.credentials(), Interval.parse("2026-07-01", "2026-07-02")) == 3


def test_a_link_is_not_followed(cases, drop, fails, tmp_path):
    drop.file(3).rename(tmp_path / "elsewhere.pkg")
    drop.file(3).symlink_to(tmp_path / "elsewhere.pkg")
    with fails(DeliveryBroken, "000003.pkg: it is no plain file"):
        read(cases, drop.credentials(), TWO_DAYS)


def test_reading_goes_on_after_each_package(reading):
    pages = list(reading().pages(TWO_DAYS))
    positions = [page.position for page in pages if page.position]
    assert positions == ["2", "3", "4", "5"]
    for position, left in zip(positions, (3, 2, 1, 0), strict=True):
        rest = pa.Table.from_batches([page.rows for page in reading().pages(TWO_DAYS, position)], pages[0].rows.schema)
        assert rest["caseNo"].to_pylist() == [f"J{number}" for number in range(6 - left, 6)]


def test_a_series_with_a_gap_is_not_gone_on_with(reading, drop, fails):
    drop.file(3).unlink()
    with fails(DeliveryIncomplete, "package 000003 is missing"):
        list(reading().pages(TWO_DAYS, "3"))


def test_what_was_taken_and_comes_again_changed_is_broken(reading, drop, fails):
    connector = reading()
    list(connector.read(TWO_DAYS))
    connector.taken(TWO_DAYS)
    reading().taken(TWO_DAYS)  # by a process that did not read it: the same
    assert len((drop.folder / "taken").read_text().splitlines()) == 4
    assert sum(rows.num_rows for rows in reading().read(TWO_DAYS)) == 4
    drop.put(5, "2026-06-30T12:00", "2026-07-01", last_of="2026-06-30")
    with fails(DeliveryBroken, "000005.pkg: another package with this number was taken in before"):
        list(reading().read(TWO_DAYS))


def test_a_number_used_again_after_the_folder_was_emptied_is_broken(reading, drop, fails):
    """A sender who lost count begins at 1."""
    reading().taken(TWO_DAYS)
    for number in range(1, 6):
        drop.file(number).unlink()
    drop.put(2, "2026-07-01", "2026-07-02", last_of="2026-07-01")
    drop.put(1, "2026-06-30", "2026-07-01", last_of="2026-06-30")
    with fails(DeliveryBroken, "000002.pkg: another package with this number was taken in before"):
        list(reading().read(Interval.parse("2026-07-01", "2026-07-02")))


def test_what_was_taken_can_be_noted_elsewhere(reading, drop, tmp_path):
    reading(taken=str(tmp_path / "register")).taken(TWO_DAYS)
    assert (tmp_path / "register").exists()
    assert not (drop.folder / "taken").exists()


def test_keys_can_change_on_both_sides(cases, drop):
    """Old packages are sealed for the old key by the old key, and still open."""
    rsa, signing = generate_private_key(65537, 3072), Ed25519PrivateKey.generate()
    drop.put(5, "2026-06-30T12:00", "2026-07-01", reader=rsa, writer=signing, last_of="2026-06-30")
    pem = rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    raw = [
        base64.b64encode(key).decode() for key in (READER.private_bytes_raw(), WRITER.public_key().public_bytes_raw())
    ]
    new = base64.b64encode(signing.public_key().public_bytes_raw()).decode()
    credentials = drop.credentials(recipient_key=f"{raw[0]}\n{pem}", sender_public_key=f"{new};{raw[1]}")
    assert read(cases, credentials, TWO_DAYS) == 4


def test_a_package_for_a_key_we_gave_up_names_it(cases, drop, fails):
    gone = X25519PrivateKey.generate()
    drop.put(4, reader=gone)
    with fails(AccessDenied, f"sealed for another key: {key_id(gone.public_key())}"):
        read(cases, drop.credentials(), TWO_DAYS)


def test_csv_and_parquet_hold_the_same_rows_as_json_lines(reading, drop):
    rows = pa.table(
        {name: [value, None] for name, value in ROW.items()}, schema=pa.schema([(n, pa.string()) for n in ROW])
    )
    rows = rows.append_column("further", pa.array(["x", "y"]))
    parquet = io.BytesIO()
    pq.write_table(rows, parquet)
    lines = [",".join(rows.schema.names)] + [",".join(v or "" for v in row.values()) for row in rows.to_pylist()]
    jsons = "".join(json.dumps(row) + "\n" for row in rows.to_pylist())
    read_as = {}
    for form, content in (
        ("csv", gzip.compress("\n".join(lines).encode())),
        ("json_lines", gzip.compress(jsons.encode())),
        ("parquet", parquet.getvalue()),
    ):
        drop.put(4, content=content, format=form, rows=2)
        table = pa.Table.from_batches(reading().read(TWO_DAYS))
        read_as[form] = [row for row in table.to_pylist() if row["_source"] == "000004.pkg"]
    assert len(read_as["csv"]) == 2
    assert read_as["csv"] == read_as["json_lines"] == read_as["parquet"]


def test_a_check_says_what_works_and_then_what_does_not(reading, drop):
    assert [checked.error for checked in reading().check()] == [None] * 5
    drop.file(3).unlink()
    *works, fault = reading().check()
    assert [checked.error for checked in works] == [None] * 3
    assert "package 000003 is missing" in str(fault.error)


def test_an_offer_shows_every_column_of_the_newest_package_with_rows(reading, drop):
    drop.put(6, "2026-07-01", "2026-07-02", content=gzip.compress(b""), rows=0, last_of="2026-07-01")
    assert set(reading().offer().schema.names) == set(ROW)
    assert reading().choices() == ["police.dui_cases"]
