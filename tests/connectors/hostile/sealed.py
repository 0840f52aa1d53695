"""Gateways, clerks, senders and forgers at a drop. It is a folder: no server stands between the accident and us."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from connectors import connector_for
from hedui.model.errors import HeduiError
from hedui.sealing import MAGIC, key_id, seal, writing
from hedui.sealing.ciphers import wrapped
from hedui.shelves import dataset
from tests.connectors.hostile import ARRIVES, Case
from tests.connectors.hostile.memory import at_most
from tests.connectors.sealed_drops import (
    DATASET,
    READER,
    ROW,
    TWO_DAYS,
    WRITER,
    Drop,
    Ed25519PrivateKey,
    X25519PrivateKey,
    aged,
)

MIB: Final = 1024 * 1024
MOST_MEMORY: Final = 128  # MiB
NAME = str(ROW["name"])
HALF_A_DAY = ("2026-06-30", "2026-06-30T12:00")
SAMPLED = 200  # bytes of a package of 3 MiB
LYING_FOOTER = b"PAR1" + b"\0" * 99 + b"\xff\xff\xff\x7fPAR1"
Accident = Callable[[Drop], None]


def _read(drop: Drop) -> tuple[list[str], list[str], HeduiError | None]:
    """The case numbers that arrived, the places after which reading could go on, and how it ended."""
    source = dataset(DATASET).source.model_copy(update={"largest_mib": 32})
    connector = connector_for(dataset(DATASET).model_copy(update={"source": source}), drop.credentials())
    rows: list[str] = []
    places: list[str] = []
    try:
        for page in connector.pages(TWO_DAYS):
            rows += page.rows["caseNo"].to_pylist()
            places += filter(None, [page.position])
    except HeduiError as error:
        return rows, places, error
    return rows, places, None


def _check(drop: Drop, outcome: str, says: str, arrived: list[str], counted: bool = False) -> None:
    """Reading ends as stated, and nothing came of what is not good.

    Rows of a genuine package whose number is wrong were `counted` while they came: behind them there is no place.
    """
    rows, places, error = _read(drop)
    assert (type(error).__name__ if error else ARRIVES) == outcome, str(error)
    told = str(error) if error else " ".join(rows)
    assert says in told
    assert places == [row[1:] for row in arrived]
    assert counted or rows == arrived
    if error:
        assert "\n" not in told
        assert NAME not in told
        assert told.startswith(DATASET)


def _case(title: str, outcome: str, says: str, accident: Accident, arrived: str = "23", counted: bool = False) -> Case:
    """`arrived`: the numbers of the packages whose rows may count."""

    def run(folder: Path) -> None:
        drop = Drop.of_two_days(folder / "drop")
        accident(drop)
        with at_most(MOST_MEMORY):
            _check(drop, outcome, says, [f"J{number}" for number in arrived], counted)

    return Case("sealed_drop", title, outcome, says, run)


def _content(lines: bytes, **header: str | int) -> Accident:
    """The sender seals this by his own hand: the package is genuine, and what it holds is not good."""
    return lambda drop: void(drop.put(4, *HALF_A_DAY, content=gzip.compress(lines), **header))


def void(_: object) -> None:
    """An accident has happened."""


def _row(**changed: object) -> bytes:
    return json.dumps({**ROW, "caseNo": "J4", **changed}, ensure_ascii=False).encode() + b"\n"


def _rewritten(change: Callable[[bytes], bytes], number: int = 4) -> Accident:
    """Somebody on the way changes a package."""
    return lambda drop: void(drop.write(number, change(drop.file(number).read_bytes())))


def _cut_anywhere(outcome: str, says: str, settled: bool) -> Case:
    def run(folder: Path) -> None:
        drop = Drop.of_two_days(folder / "drop")
        whole = drop.file(4).read_bytes()
        for end in range(len(whole)):
            drop.file(4).write_bytes(whole[:end])
            if settled:
                aged(drop.file(4))
            # Cut in its header it may be of any day: it lies between packages of ours, and is looked at all the same.
            _check(drop, outcome, says, ["J2", "J3"])

    title = "a package cut at every byte, an hour ago" if settled else "a package that still grows, at every byte"
    return Case("sealed_drop", title, outcome, says, run)


def _every_byte_changed(folder: Path) -> None:
    drop = Drop.of_two_days(folder / "drop")
    whole = drop.file(4).read_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        drop.write(4, bytes(changed))
        _check(drop, "DeliveryBroken", "000004.pkg", ["J2", "J3"])


def _bytes_of_a_large_one_changed(folder: Path) -> None:
    drop = Drop.of_two_days(folder / "drop")
    noise = "".join(
        json.dumps({**ROW, "caseNo": "J4", "offence": os.urandom(2_000).hex()}) + "\n" for _ in range(1_500)
    )
    whole = drop.put(4, *HALF_A_DAY, content=gzip.compress(noise.encode(), 1)).read_bytes()
    assert len(whole) > 3 * MIB
    for place in range(0, len(whole), len(whole) // SAMPLED):
        with drop.file(4).open("r+b") as file:
            file.seek(place)
            file.write(bytes([whole[place] ^ 255]))
        aged(drop.file(4))
        _check(drop, "DeliveryBroken", "000004.pkg", ["J2", "J3"])
        drop.write(4, whole)


def _bomb(drop: Drop) -> None:
    zeros = gzip.compress(b"\n" * (64 * MIB) + _row(), 9)
    assert len(zeros) < MIB
    drop.put(4, *HALF_A_DAY, content=zeros)


def _link(drop: Drop) -> None:
    drop.file(4).rename(drop.folder.parent / "elsewhere.pkg")
    drop.file(4).symlink_to(drop.folder.parent / "elsewhere.pkg")


def _fifo(drop: Drop) -> None:
    drop.file(4).unlink()
    os.mkfifo(drop.file(4))


def _folder(drop: Drop) -> None:
    drop.file(4).unlink()
    drop.file(4).mkdir()


def _exchanged(drop: Drop) -> None:
    two, four = drop.file(2).read_bytes(), drop.file(4).read_bytes()
    drop.write(2, four)
    drop.write(4, two)


def _two_of_one_number(drop: Drop) -> None:
    genuine = drop.file(4).read_bytes()
    drop.put(4, *HALF_A_DAY).rename(drop.folder / "000004 (1).pkg")
    drop.write(4, genuine)


def _taken_and_changed(drop: Drop) -> None:
    connector_for(dataset(DATASET), drop.credentials()).taken(TWO_DAYS)
    drop.put(4, *HALF_A_DAY)


def _sealed_wrongly(drop: Drop) -> None:
    """The header is genuine, its key is that of no reader: what a broken program of the sender's makes."""
    stranger, ours = (key.public_key() for key in (X25519PrivateKey.generate(), READER))
    header = {"sender": "police", "sequence": 4, "dataset": DATASET, "from": HALF_A_DAY[0], "to": HALF_A_DAY[1]}

    def as_ours(secret: bytes, _: object) -> dict[str, str]:
        return {**wrapped(secret, stranger), "key": key_id(ours)}

    real, writing.wrapped = writing.wrapped, as_ours
    try:
        drop.write(4, seal(gzip.compress(_row()), header, [ours], WRITER))
    finally:
        writing.wrapped = real


CASES: Final = [
    Case("sealed_drop", "every byte of a package changed, one at a time", "DeliveryBroken", "", _every_byte_changed),
    Case("sealed_drop", "bytes of a large package changed", "DeliveryBroken", "", _bytes_of_a_large_one_changed),
    _cut_anywhere("DeliveryBroken", "000004.pkg: it was cut", settled=True),
    _cut_anywhere("DeliveryIncomplete", "000004.pkg: it is not whole yet", settled=False),
    _case("something after the end", "DeliveryBroken", "holds more than it should", _rewritten(lambda p: p + b"x")),
    _case("no package at all", "DeliveryBroken", "no sealed package", _rewritten(lambda _: b"%PDF-1.7 ...")),
    _case("a header without end", "DeliveryBroken", "longer than any", _rewritten(lambda p: MAGIC + b"\xff" * 900)),
    _case(
        "a header that says the content is endless",
        "DeliveryBroken",
        "it was cut",
        _rewritten(lambda p: p.replace(b'"length": ', b'"length":9', 1)),
    ),
    _case(
        "another period in the header",
        "DeliveryBroken",
        "signature does not fit",
        _rewritten(lambda p: p.replace(b"2026-06-30", b"2026-01-30")),
    ),
    _case(
        "another number in the header",
        "DeliveryBroken",
        "signature does not fit",
        _rewritten(lambda p: p.replace(b'"sequence": 4', b'"sequence": 9')),
    ),
    _case(
        "another dataset in the header",
        "DeliveryBroken",
        "signature does not fit",
        _rewritten(lambda p: p.replace(b"police.dui_cases", b"police.big_cases")),
    ),
    _case(
        "another signer",
        "DeliveryBroken",
        "which is not known as the sender's",
        lambda drop: void(drop.put(4, *HALF_A_DAY, writer=Ed25519PrivateKey.generate())),
    ),
    _case(
        "another reader's package",
        "AccessDenied",
        "sealed for another key",
        lambda drop: void(drop.put(4, *HALF_A_DAY, reader=X25519PrivateKey.generate())),
    ),
    _case("a key wrapped for nobody", "DeliveryBroken", "carries no usable key", _sealed_wrongly),
    _case(
        "another sender's name",
        "DeliveryBroken",
        "another sender or number",
        lambda drop: void(drop.put(4, *HALF_A_DAY, sender="tax")),
    ),
    _case("packages exchanged", "DeliveryBroken", "another sender or number", _exchanged, arrived=""),
    _case(
        "an old package under a new number",
        "DeliveryBroken",
        "another sender or number",
        lambda drop: void(drop.write(4, drop.file(2).read_bytes())),
    ),
    _case("two packages of one number", "DeliveryBroken", "another package has the same number", _two_of_one_number),
    _case(
        "a taken package comes again with other content", "DeliveryBroken", "was taken in before", _taken_and_changed
    ),
    _case(
        "a package is lost",
        "DeliveryIncomplete",
        "package 000004 is missing",
        lambda drop: drop.file(4).unlink(),
        arrived="",
    ),
    _case(
        "the last package is late",
        "DeliveryIncomplete",
        "closes 2026-06-30 is not there yet",
        lambda drop: drop.file(5).unlink(),
        arrived="234",
    ),
    _case(
        "a day is closed before it is over",
        "DeliveryBroken",
        "closes a day with which its period does not end",
        lambda drop: void(drop.put(4, *HALF_A_DAY, last_of="2026-06-30")),
    ),
    _case(
        "a period that ends before it begins",
        "DeliveryBroken",
        "states no period",
        lambda drop: void(drop.put(4, *reversed(HALF_A_DAY))),
    ),
    _case(
        "a sender's clock that is a year ahead",
        "DeliveryIncomplete",
        "closes 2026-06-30 is not there yet",
        lambda drop: void(drop.put(5, "2027-06-30", "2027-07-01", last_of="2027-06-30")),
        arrived="234",
    ),
    _case(
        "a period over two days asked apart",
        "DeliveryBroken",
        "only partly in",
        lambda drop: void(drop.put(5, "2026-06-30", "2026-07-02", last_of="2026-07-01")),
        arrived="234",
    ),
    _case("a link in the folder", "DeliveryBroken", "no plain file", _link),
    _case("a pipe in the folder", "DeliveryBroken", "no plain file", _fifo),
    _case("a folder in the folder", "DeliveryBroken", "no plain file", _folder),
    _case("a gzip bomb inside", "DeliveryBroken", "unpacks to more than 32 MiB", _bomb),
    _case("a cell of 10 MB", "DeliveryBroken", "longer than any", _content(_row(offence="x" * 10_000_000))),
    _case("invalid UTF-8 inside", "DeliveryBroken", "no JSON object", _content(_row().replace(b"\xe5", b"\xff"))),
    _case("half a row inside", "DeliveryBroken", "no JSON object", _content(_row()[:-20])),
    _case("nesting without end inside", "DeliveryBroken", "no JSON object", _content(b"[" * 100_000)),
    _case("fewer rows than stated", "DeliveryBroken", "another number of rows", _content(_row(), rows=2), counted=True),
    _case(
        "more rows than stated", "DeliveryBroken", "another number of rows", _content(_row() * 3, rows=2), counted=True
    ),
    _case(
        "content cut before it was sealed",
        "DeliveryBroken",
        "not what its header calls json_lines",
        lambda drop: void(drop.put(4, *HALF_A_DAY, content=gzip.compress(_row())[:-9])),
    ),
    _case(
        "quotes open for ever in CSV",
        "DeliveryBroken",
        "not what its header calls csv",
        _content(b'caseNo,name\nJ4,"' + b"x,\n" * 3_000_000, format="csv"),
    ),
    _case(
        "Parquet with a lying footer",
        "DeliveryBroken",
        "not what its header calls parquet",
        lambda drop: void(
            drop.put(4, *HALF_A_DAY, content=b"PAR1" + b"\x00" * 99 + b"\xff\xff\xff\x7fPAR1", format="parquet")
        ),
    ),
    _case("NUL in a value", ARRIVES, "J4", _content(_row(offence="a\0b")), arrived="2345"),
    _case(
        "a damaged package of a later day",
        ARRIVES,
        "J5",
        lambda drop: void(drop.write(6, b"half a pack")),
        arrived="2345",
    ),
    _case(
        "a copy of a package beside it",
        ARRIVES,
        "J4",
        lambda drop: void((drop.folder / "copy.pkg").write_bytes(drop.file(4).read_bytes())),
        arrived="2345",
    ),
]
