"""Sealed reports: numbered packages in a folder of ours, which the agency alone opens."""

import base64
import hashlib
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hedui.channels import Receipt
from hedui.channels.sealed import SealedReports
from hedui.model.channels import SealedChannel
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, DeliveryBroken, TerminalError
from hedui.sealing import read_header, verified
from hedui.sealing.command import main
from hedui.sealing.opening import unpack
from tests.channels.conftest import SENDING, Fails

OFFICE, OURS = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
DECLARED = SealedChannel(kind="sealed", connection="health")


def send(outbox: Path, sending=SENDING, key: bytes = OFFICE.public_key().public_bytes_raw()) -> Receipt:
    extra = {"report_public_key": base64.b64encode(key).decode()}
    credentials = Credentials.model_validate({"conn_type": "drop", "extra": extra})
    return SealedReports("health", DECLARED, credentials, outbox, lambda: OURS).send(sending)


def packages(outbox: Path) -> list[Path]:
    return sorted((outbox / "reports").glob("*.pkg"))


def test_the_agency_opens_it_and_finds_every_document(tmp_path):
    send(tmp_path)
    (package,) = packages(tmp_path)
    with package.open("rb") as stream:
        payload = verified(stream, [OURS.public_key()]).opened([OFFICE])
        archive = zipfile.ZipFile(BytesIO(payload.read()))
    assert {name: archive.read(name) for name in archive.namelist()} == {d.name: d.content for d in SENDING.documents}


def test_the_receipt_is_number_and_digest_of_the_package(tmp_path):
    receipt = send(tmp_path)
    (package,) = packages(tmp_path)
    assert receipt == f"000001.pkg sha256:{hashlib.sha256(package.read_bytes()).hexdigest()}"


def test_whoever_carries_it_learns_whose_it_is_and_no_more(tmp_path):
    send(tmp_path)
    content = packages(tmp_path)[0].read_bytes()
    header = read_header(content)
    assert header == {"kind": "report", "agency": "health", "reference": SENDING.reference, "sequence": 1, "rows": 2}
    for document in SENDING.documents:
        assert document.name.encode() not in content


def test_numbers_go_on_where_the_gateway_has_taken_the_packages(tmp_path):
    send(tmp_path)
    packages(tmp_path)[0].unlink()
    assert send(tmp_path).startswith("000002.pkg")


def test_reports_at_once_wait_for_each_other(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda n: send(tmp_path, replace(SENDING, reference=f"r{n}")), range(8)))
    assert sorted(receipt[:6] for receipt in receipts) == [f"{n:06}" for n in range(1, 9)]


def test_without_the_agencys_key_nothing_is_written(tmp_path: Path, fails: Fails):
    with fails(AccessDenied, "`report_public_key` is of no use"):
        send(tmp_path, key=b"short")
    assert list(tmp_path.iterdir()) == []


def test_an_outbox_that_cannot_be_written_is_told_of(tmp_path, fails):
    (tmp_path / "reports").write_text("no folder")
    with fails(TerminalError, "cannot be written into the outbox"):
        send(tmp_path)


@pytest.mark.parametrize("folder", ["../police", "/etc", "a/b", ""])
def test_a_folder_outside_the_agencys_is_no_declaration(folder):
    with pytest.raises(ValueError, match="folder"):
        SealedChannel(kind="sealed", connection="health", folder=folder)


def test_the_agency_unpacks_it_with_the_program_that_it_seals_with(tmp_path, capsys):
    send(tmp_path)
    (tmp_path / "office.key").write_text(base64.b64encode(OFFICE.private_bytes_raw()).decode())
    (tmp_path / "sender.pub").write_text(base64.b64encode(OURS.public_key().public_bytes_raw()).decode())
    how = ["--key", str(tmp_path / "office.key"), "--sender-key", str(tmp_path / "sender.pub")]
    main(["open", str(packages(tmp_path)[0]), *how, "--into", str(tmp_path / "desk")])
    folder = tmp_path / "desk" / SENDING.reference
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {d.name: d.content for d in SENDING.documents}
    assert capsys.readouterr().out.split() == [str(folder / document.name) for document in SENDING.documents]


def test_what_was_changed_or_is_for_others_is_not_unpacked(tmp_path):
    send(tmp_path)
    (package,) = packages(tmp_path)
    with pytest.raises(AccessDenied, match=r"000001\.pkg: it was sealed for another key"):
        unpack(package, [X25519PrivateKey.generate()], [OURS.public_key()], tmp_path / "desk")
    content = bytearray(package.read_bytes())
    content[-100] ^= 1
    package.write_bytes(content)
    with pytest.raises(DeliveryBroken, match=r"000001\.pkg"):
        unpack(package, [OFFICE], [OURS.public_key()], tmp_path / "desk")
    assert not (tmp_path / "desk").exists()
