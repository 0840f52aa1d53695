"""A one-way drop in which packages are missing, exchanged, altered or forged: no row passes unnoticed or unread."""

import base64
import gzip
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, AgencyUnavailable, DeliveryBroken, DeliveryIncomplete
from hedui.model.interval import Interval
from hedui.sealing import seal
from tests.connectors.conftest import read

READER, WRITER = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
TWO_DAYS = Interval.parse("2026-06-29", "2026-07-01")
ROW = {"caseNo": "J1", "idNo": "1", "name": "张三", "caughtOn": "2026-06-01", "offence": "饮酒", "alcoholMg": "30"}
ROW |= {"retestMg": None, "vehicle": "机动车", "identityState": "已核实", "countyCode": "620102", "updatedAt": "x"}


@pytest.fixture
def cases(contracts):
    return contracts["police.dui_cases"]


@pytest.fixture
def drop(tmp_path) -> "Drop":
    """One day before the interval, then two packages on each of its two days."""
    made = Drop(tmp_path / "drop")
    made.put(1, "2026-06-28", "2026-06-29", last_of="2026-06-28")
    made.put(2, "2026-06-29", "2026-06-29T12:00")
    made.put(3, "2026-06-29T12:00", "2026-06-30", last_of="2026-06-29")
    made.put(4, "2026-06-30", "2026-06-30T12:00")
    made.put(5, "2026-06-30T12:00", "2026-07-01", last_of="2026-06-30")
    return made


class Drop:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def put(self, number: int, start: str, end: str, payload: bytes | None = None, writer=WRITER, **header) -> None:
        stated = {
            "sender": "police",
            "sequence": number,
            "dataset": "police.dui_cases",
            "from": start,
            "to": end,
            **header,
        }
        rows = gzip.compress(json.dumps(ROW).encode()) if payload is None else payload
        self.file(number).write_bytes(seal(rows, stated, READER.public_key(), writer))

    def file(self, number: int) -> Path:
        return self.folder / f"{number:06}.pkg"

    def credentials(self, reader: X25519PrivateKey = READER, **extra: str) -> Credentials:
        keys = {
            "recipient_key": reader.private_bytes_raw(),
            "sender_public_key": WRITER.public_key().public_bytes_raw(),
        }
        texts = {name: base64.b64encode(key).decode() for name, key in keys.items()}
        return Credentials.model_validate(
            {"conn_type": "drop", "extra": {"folder": str(self.folder), **texts, **extra}}
        )


def test_the_packages_of_the_interval_are_read_and_no_others(cases, drop):
    assert read(cases, drop.credentials(), TWO_DAYS) == 4


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


def test_a_cut_package_is_broken(cases, drop, fails):
    drop.file(3).write_bytes(drop.file(3).read_bytes()[:-10])
    with fails(DeliveryBroken, "000003.pkg"):
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
        ({"payload": b"no gzip"}, "not gzip"),
        ({"payload": gzip.compress(json.dumps(ROW).encode())[:-5]}, "not gzip"),
        ({"payload": gzip.compress(b'{"name": "\xe5\xbc\xa0')}, "not gzip"),
        ({"payload": gzip.compress(b"[1]\n")}, "not gzip"),
        ({"payload": gzip.compress(b'{"name": {}}\n')}, "not gzip"),
        ({"rows": 7}, "another number of rows"),
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


def test_a_payload_that_unpacks_without_end_is_broken(cases, drop, fails, monkeypatch):
    monkeypatch.setattr("connectors.sealed_drop._LARGEST", 1000)
    drop.put(4, "2026-06-30", "2026-06-30T12:00", payload=gzip.compress(b" " * 100_000))
    with fails(DeliveryBroken, "not gzip"):
        read(cases, drop.credentials(), TWO_DAYS)
