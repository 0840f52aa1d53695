"""A hostile agency of files, as a real SFTP server or a real folder."""

import gzip
import hashlib
import io
import json
import os
import random
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlwt

from connectors.file_drop import session
from hedui.model.errors import HeduiError
from tests.connectors.file_agency import DAY, HEADER, ROW, FileAgency, by_sftp, csv, embedded_sftp, in_folder
from tests.connectors.hostile import ARRIVES, Case
from tests.connectors.hostile.line import failing_line
from tests.connectors.hostile.memory import at_most

_SLEEP = "connectors.file_drop.deliveries.time.sleep"
MIB = 1024 * 1024
MOST_MEMORY = 900  # MiB
FAIL_SAFE = 240  # seconds
GOOD = csv(1, 2)
PATTERN = {"control": "", "files": "x_{date}*", "settled_seconds": 0, "digest": "none"}


class EndedAsItMust:
    """How reading ended: its error's class and line, or the rows."""

    def __init__(self, agency: FileAgency, **words: Any) -> None:
        self.rows: list[dict[str, Any]] = []
        self.accepted, self.error = 0, ""
        began = time.monotonic()
        with at_most(MOST_MEMORY):
            self._read(agency, words)
        assert time.monotonic() - began < FAIL_SAFE

    def _read(self, agency: FileAgency, words: dict[str, Any]) -> None:
        try:
            for page in agency.connector(**words).pages(DAY):
                self.rows += page.rows.slice(0, 1000).to_pylist()
                self.accepted += page.position is not None
            self.outcome = ARRIVES
        except HeduiError as error:
            self.outcome, self.error = type(error).__name__, str(error)
            assert "\n" not in self.error and "张三" not in self.error
            assert error.__cause__ is None


def _played(title: str, outcome: str, says: str, play: Callable[[FileAgency], EndedAsItMust]) -> Case:
    def run(folder: Path) -> None:
        ended = play(in_folder(folder))
        assert (ended.outcome, says in (ended.error or str(ended.rows))) == (outcome, True), (
            ended.error or ended.rows[:3]
        )
        assert outcome == ARRIVES or not ended.accepted  # what was read of it counts for nothing

    return Case("file_drop", title, outcome, says, run)


def _part(title: str, outcome: str, says: str, body: bytes | Callable[[], bytes], rows: int = 2, **words: Any) -> Case:
    """One part, with a control file that tells the truth about it."""

    def play(agency: FileAgency) -> EndedAsItMust:
        agency.deliver(("a", body() if callable(body) else body, rows))
        return EndedAsItMust(agency, **words)

    return _played(title, outcome, says, play)


def _control(title: str, outcome: str, says: str, control: bytes, **words: Any) -> Case:
    def play(agency: FileAgency) -> EndedAsItMust:
        agency.put("a", GOOD)
        agency.put("x_20260621.ctl", control)
        return EndedAsItMust(agency, **words)

    return _played(title, outcome, says, play)


def _stated(name: str, rows: int = 2, body: bytes = GOOD) -> bytes:
    return f"{name},{rows},{hashlib.sha256(body).hexdigest()}\n".encode()


def _lines(*lines: str, end: str = "\n") -> bytes:
    return end.join([HEADER, *lines, ""]).encode()


def _zip(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as packed:
        for name, body in members:
            packed.writestr(name, body)
    return content.getvalue()


def _zip_of_zeros() -> bytes:
    """32 GiB in 32 MiB."""
    pack = zlib.compressobj(9, wbits=-15)
    one = pack.compress(_lines()) + pack.flush(zlib.Z_FULL_FLUSH)
    block = zlib.compressobj(9, wbits=-15)
    thousand = block.compress((ROW + "\n").encode() * 1_000_000) + block.flush(zlib.Z_FULL_FLUSH)
    body = one + thousand * 600
    return b"PK\3\4" + struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, 0, len(body), 1000, 1, 0) + b"a" + body


def _renamed_member(name: bytes) -> bytes:
    return _zip(("a" * len(name), GOOD)).replace(b"a" * len(name), name)


def _lying_sizes() -> bytes:
    archive = bytearray(_zip(("a", GOOD)))
    archive[22:26] = struct.pack("<I", 1)
    return bytes(archive)


def _xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    for row, line in enumerate([HEADER, *[ROW] * 2000]):
        for column, cell in enumerate(line.split(",")):
            sheet.write(row, column, cell)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _xls_damaged(agency: FileAgency) -> EndedAsItMust:
    """Bytes changed in its head, which send the reader anywhere: some end its process."""
    whole, chance = _xls(), random.Random(7)
    for _ in range(4):
        body = bytearray(whole)
        for _ in range(3):
            body[chance.randrange(1024)] = chance.randrange(256)
        agency.deliver(("a", bytes(body), 2000))
        ended = EndedAsItMust(agency, format="xls")
        assert ended.outcome in ("DeliveryBroken", "SchemaDrift", ARRIVES)
    agency.deliver(("a", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), 2000))
    return EndedAsItMust(agency, format="xls")


def _xls_of_any_size() -> bytes:
    """A few bytes that say how far the sheet reaches: the reader makes room for it, and its process ends."""
    whole = bytearray(_xls())
    at = whole.index(struct.pack("<HH", 0x200, 14)) + 4
    whole[at : at + 14] = struct.pack("<IIHHH", 0, 2**31 - 1, 0, 2**16 - 1, 0)
    return bytes(whole)


def _parquet() -> bytes:
    content = io.BytesIO()
    rows = {name: pa.array([str(n) for n in range(5000)]) for name in HEADER.split(",")}
    pq.write_table(pa.table(rows), content, row_group_size=1000)
    return content.getvalue()


def _parquet_lying(agency: FileAgency) -> EndedAsItMust:
    """Each sampled byte of its directory changed."""
    whole, chance = _parquet(), random.Random(7)
    (length,) = struct.unpack("<I", whole[-8:-4])
    for _ in range(150):
        body = bytearray(whole)
        body[len(whole) - 8 - 1 - chance.randrange(length)] = chance.randrange(256)
        agency.deliver(("a", bytes(body), 5000))
        ended = EndedAsItMust(agency, format="parquet")
        assert ended.outcome in ("DeliveryBroken", "SchemaDrift", ARRIVES)
    body = bytearray(whole)
    body[-8:-4] = struct.pack("<I", 2**31 - 1)
    agency.deliver(("a", bytes(body), 5000))
    return EndedAsItMust(agency, format="parquet")


def _still_written(agency: FileAgency) -> EndedAsItMust:
    agency.put("x_20260621.csv", GOOD)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_SLEEP, lambda _: agency.put("x_20260621.csv", csv(1, 2, 3)))
        return EndedAsItMust(agency, **{**PATTERN, "settled_seconds": 60})


def _clock_behind(agency: FileAgency) -> EndedAsItMust:
    """Its clock is half an hour slow: what is written now seems old."""
    agency.put("x_20260621.csv", GOOD)
    file = Path(agency.credentials.secret("folder")) / "outbox" / "x_20260621.csv"
    os.utime(file, (time.time() - 1800,) * 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_SLEEP, lambda _: file.write_bytes(csv(1, 2, 3)))
        return EndedAsItMust(agency, **{**PATTERN, "settled_seconds": 60})


def _clock_ahead(agency: FileAgency) -> EndedAsItMust:
    agency.put("x_20260621.csv", GOOD)
    file = Path(agency.credentials.secret("folder")) / "outbox" / "x_20260621.csv"
    os.utime(file, (time.time() + 86400,) * 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_SLEEP, lambda _: None)
        return EndedAsItMust(agency, **{**PATTERN, "settled_seconds": 60})


def _half_a_row(agency: FileAgency) -> EndedAsItMust:
    agency.put("x_20260621.csv", GOOD + b"3,")
    return EndedAsItMust(agency, **PATTERN)


def _open_quote_without_count(agency: FileAgency) -> EndedAsItMust:
    agency.put("x_20260621.csv", _lines('1,张三,"2026', ROW, ROW))
    return EndedAsItMust(agency, **PATTERN)


def _link(agency: FileAgency) -> EndedAsItMust:
    root = Path(agency.credentials.secret("folder"))
    (root / "secret").write_bytes(GOOD)
    agency.deliver(("b", GOOD, 2))
    agency.put("x_20260621.ctl", _stated("a"))
    (root / "outbox" / "a").symlink_to(root.parent / "secret")
    return EndedAsItMust(agency)


def _by_sftp(title: str, outcome: str, says: str, play: Callable[[FileAgency, int], EndedAsItMust]) -> Case:
    def run(folder: Path) -> None:
        with embedded_sftp(folder) as credentials:
            agency = by_sftp(folder, credentials)
            agency.deliver(("a", GOOD, 2))
            ended = play(agency, credentials.port or 22)
        assert (ended.outcome, says in (ended.error or str(ended.rows))) == (outcome, True), ended.error

    return Case("file_drop", title, outcome, says, run)


def _cut_everywhere(agency: FileAgency, port: int) -> EndedAsItMust:
    """At sampled bytes of the handshake, whose length is thousands, and of everything behind it."""
    agency.credentials, passed = _through(agency, port, None)
    offsets = [*range(0, passed, max(1, passed // 40)), *range(passed - 20, passed, 4)]
    for after in offsets:
        with failing_line(port, after) as line:
            agency.credentials = agency.credentials.model_copy(update={"port": line.port})
            ended = EndedAsItMust(agency)
            assert ended.outcome == "AgencyUnavailable" or (after > passed * 0.9 and len(ended.rows) == 2), (
                after,
                ended.error,
            )
            assert len(ended.rows) in (0, 2)
    with failing_line(port, passed // 2) as line:
        agency.credentials = agency.credentials.model_copy(update={"port": line.port})
        return EndedAsItMust(agency)


def _through(agency: FileAgency, port: int, after: int | None) -> tuple[Any, int]:
    with failing_line(port, after) as line:
        agency.credentials = agency.credentials.model_copy(update={"port": line.port})
        EndedAsItMust(agency)
        return agency.credentials, line.passed


def _stalling(agency: FileAgency, port: int) -> EndedAsItMust:
    _, passed = _through(agency, port, None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "_SILENCE", 0.5)
        patch.setattr(session, "_TIMEOUT", 0.5)
        for share in (0.0, 0.3, 0.8):
            with failing_line(port, int(passed * share), "stall") as line:
                agency.credentials = agency.credentials.model_copy(update={"port": line.port})
                ended = EndedAsItMust(agency)
                assert ended.outcome == "AgencyUnavailable", share
    return ended


BROKEN, LATER, DRIFT = "DeliveryBroken", "DeliveryIncomplete", "SchemaDrift"
_PLAIN = "outside of its folder"

CONTROL = [
    _control("the part was cut", BROKEN, "the SHA-256 differs", _stated("a", body=GOOD + b"3,x,y\r\n")),
    _control("the part is another file", BROKEN, "the SHA-256 differs", _stated("a", body=b"x")),
    _control("fewer rows than stated", BROKEN, "has 2 rows, its control file says 3", _stated("a", 3)),
    _control("more rows than stated", BROKEN, "has 2 rows, its control file says 1", _stated("a", 1)),
    _control("the part is not there yet", LATER, "not there", _stated("b")),
    _control("the control file is still empty", LATER, "names no part", b""),
    _control("the control file is no text", BROKEN, "is not lines of name", bytes(range(256))),
    _control("the control file states no digest", BROKEN, "is not lines of name", b"a,2,\n"),
    _control("the control file is larger than any", BROKEN, "is not lines of name", b"a," * 3 * MIB),
    *(
        _control(f"the control file names a part {what}", BROKEN, _PLAIN, _stated(name))
        for what, name in {
            "above its folder": "../a",
            "by an absolute path": "/etc/passwd",
            "in a folder": "b/a",
            "by a Windows path": "..\\a",
            "with a NUL in its name": "a\0",
            "that is its folder": ".",
            "without a name": "",
            "with a name that never ends": "a" * 5000,
        }.items()
    ),
]

TEXT = [
    _part("a value of 10 MiB", BROKEN, "has a record longer than 4 MiB", _lines("1," + "x" * 10 * MIB + ",y")),
    _part(
        "a quote that is open for ever", BROKEN, "a quote may have been left open", _lines('1,"x,y', *[ROW] * 200_000)
    ),
    _part("a quote that is open to the end", BROKEN, "a quote was left open", _lines('1,x,"y', ROW), 1),
    _played(
        "a quote that is open to the end, and no count", BROKEN, "a quote was left open", _open_quote_without_count
    ),
    _played("half a row at the end", BROKEN, "at line 4", _half_a_row),
    _part("rows of different lengths", BROKEN, "at line 3", _lines(ROW, "2,x")),
    _part(
        "a header that names a column twice",
        BROKEN,
        "names a column twice",
        _lines(ROW).replace("更新时间".encode(), "姓名".encode()),
    ),
    _part("bytes that are no text", BROKEN, "is not utf-8 throughout: see line 3", csv(1) + b"\xff,b,c\n"),
    _part(
        "bytes that are no text, in the header", BROKEN, "is not utf-8 throughout: see line 1", b"\xff," + csv(1)[9:]
    ),
    _part("UTF-16 in place of UTF-8", BROKEN, "is not the CSV", csv(1, encoding="utf-16")),
    _part("GB18030 in place of UTF-8", BROKEN, "is not utf-8 throughout", csv(1, encoding="gb18030")),
    _part("UTF-8 in place of UTF-16", BROKEN, "", csv(1), encoding="utf-16"),
    _part("HTML in place of a table", DRIFT, "none of the contract's columns", b"<html>\n<p>busy</p>\n"),
    _part("nothing at all", BROKEN, "is not the CSV", b"", 0),
    _part("a byte order mark and nothing else", BROKEN, "has no header", b"\xef\xbb\xbf", 0),
    _part(
        "lines that end in all three ways",
        ARRIVES,
        "'编号': '3'",
        b"".join([HEADER.encode(), b"\n1,a,b\r\n2,a,b\r3,a,b"]),
        3,
    ),
    _part("a NUL in a value, for preparation to drop", ARRIVES, "\\x00", _lines("1,a\0b,c", ROW)),
    _part(
        "a byte order mark in the middle, which is part of a value",
        ARRIVES,
        "\\ufeff2",
        csv(1) + "\ufeff2,a,b\n".encode(),
    ),
    _part(
        "JSON that is cut",
        BROKEN,
        "line 2 is no JSON object",
        '{"编号": "1", "姓名": "x"}\n{"编号'.encode(),
        format="json_lines",
    ),
    _part(
        "JSON in which a value is a list",
        BROKEN,
        "a list or an object",
        '{"编号": "1", "姓名": []}\n'.encode(),
        format="json_lines",
    ),
    _part(
        "JSON with a value of 10 MiB",
        BROKEN,
        "longer than any",
        json.dumps({"编号": "x" * 10 * MIB, "姓名": ""}).encode(),
        format="json_lines",
    ),
    _part("JSON that is nested without end", BROKEN, "line 1 is no JSON object", b"[" * 100_000, format="json_lines"),
]

PACKED = [
    _part(
        "a ZIP archive that unpacks to tens of gigabytes",
        BROKEN,
        "unpacks to far more than",
        _zip_of_zeros,
        packing="zip",
    ),
    _part(
        "a ZIP archive of a thousand files",
        BROKEN,
        "several files",
        lambda: _zip(*((f"{n}", GOOD) for n in range(1000))),
        packing="zip",
    ),
    _part("a ZIP archive that lies about its size", BROKEN, "content is damaged", _lying_sizes, packing="zip"),
    _part("a ZIP archive in a ZIP archive", BROKEN, "", lambda: _zip(("a.zip", _zip(("a", GOOD)))), packing="zip"),
    _part(
        "a ZIP archive whose file is named ../a",
        BROKEN,
        "named with a path",
        lambda: _renamed_member(b"../a"),
        packing="zip",
    ),
    _part(
        "a ZIP archive whose file is named /etc/a",
        BROKEN,
        "named with a path",
        lambda: _renamed_member(b"/etc/a"),
        packing="zip",
    ),
    _part(
        "a ZIP archive whose file has a NUL in its name",
        BROKEN,
        "named with a path",
        lambda: _renamed_member(b"a\0b"),
        packing="zip",
    ),
    _part(
        "a ZIP archive that was cut",
        BROKEN,
        "content is damaged",
        lambda: _zip(("a", csv(*range(9000))))[:9000],
        packing="zip",
    ),
    _part("gzip that was cut", BROKEN, "was cut", gzip.compress(GOOD)[:-9], packing="gzip"),
    _part(
        "gzip with another checksum",
        BROKEN,
        "is not gzip throughout",
        gzip.compress(GOOD)[:-8] + bytes(8),
        packing="gzip",
    ),
    _part("no gzip", BROKEN, "is not gzip throughout", GOOD, packing="gzip"),
]

TABLES = [
    _played("XLS whose bytes were changed", BROKEN, "workbook that can be read", _xls_damaged),
    _part("XLS that was cut", BROKEN, "workbook that can be read", lambda: _xls()[:5000], 2000, format="xls"),
    _part(
        "XLS that claims a sheet of any size", BROKEN, "is not an XLS workbook", _xls_of_any_size, 2000, format="xls"
    ),
    _part("XLSX that was cut", BROKEN, "is not an XLSX workbook", _zip(("xl/workbook.xml", b"x"))[:-9], format="xlsx"),
    _part("Parquet that was cut", BROKEN, "is not a Parquet file", lambda: _parquet()[:-100], 5000, format="parquet"),
    _played("Parquet whose directory lies", BROKEN, "is not a Parquet file", _parquet_lying),
]

WHEN = [
    _played("a file that is still being written", LATER, "still being written", _still_written),
    _played(
        "a file that is still being written, and a clock that is slow", LATER, "still being written", _clock_behind
    ),
    _played("a file whose time has not come yet", ARRIVES, "'编号': '1'", _clock_ahead),
    _played("a link out of the folder", "AccessDenied", "it is a link", _link),
]

LINES = [
    _by_sftp("the connection is reset, at sampled bytes", "AgencyUnavailable", "does not answer", _cut_everywhere),
    _by_sftp("the server falls silent", "AgencyUnavailable", "does not answer", _stalling),
]

CASES: list[Case] = [*CONTROL, *TEXT, *PACKED, *TABLES, *WHEN, *LINES]
