"""Every form a delivery comes in: formats, packings, digests, encodings; what a control file may say."""

import gzip
import hashlib
import hmac
import io
import json
import struct
import subprocess
import zipfile
import zlib
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
import xlwt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pydantic import ValidationError

from hedui.model.credentials import Credentials
from hedui.model.errors import DeliveryBroken, DeliveryIncomplete, SchemaDrift
from tests.connectors import file_agency
from tests.connectors.file_agency import DAY, HEADER, FileAgency, csv, table

SHEET = [HEADER.split(","), ["1", "张三", "2026-06-21"], ["2", "李四", "2026-06-21"]]
# Packed by Info-ZIP with the password `sesame`: Python cannot write an encrypted archive.
PASSWORD = "sesame"  # pragma: allowlist secret


@pytest.fixture
def agency(tmp_path) -> FileAgency:
    return file_agency.in_folder(tmp_path)


def xlsx(rows=SHEET, name="Sheet1", **more) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        for first, last, value in more.get("merged", ()):
            sheet.merge_range(first, 0, last, 0, value)
        for row, column, words in more.get("errors", ()):
            sheet.write_formula(row, column, "=NA()", None, words)
    return content.getvalue()


def xls(rows=SHEET, name="表") -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet(name)
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def json_lines(*records: object) -> bytes:
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def parquet(**columns: pa.Array) -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content, row_group_size=2)
    return content.getvalue()


def zipped(body: bytes, name: str = "a") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, body)
    return content.getvalue()


PARQUET = parquet(编号=pa.array(["1", "2"]), 姓名=pa.array(["张三", "李四"]))
JSON = json_lines({"编号": "1", "姓名": "张三"}, {"编号": "2", "姓名": "李四"})
FORMS = {"csv": csv(1, 2), "json_lines": JSON, "xlsx": xlsx(), "xls": xls(), "parquet": PARQUET}
PACKINGS = {"none": bytes, "gzip": gzip.compress, "zip": zipped}


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("form", FORMS)
def test_each_format_arrives_in_each_packing(form, packing, agency):
    agency.deliver(("a", PACKINGS[packing](FORMS[form]), 2))
    assert agency.values(format=form, packing=packing) == ["1", "2"]
    numbers = agency.values("_position", format=form, packing=packing)
    assert numbers == ([2, 3] if form in ("xlsx", "xls") else [1, 2])


@pytest.mark.parametrize("digest", ["sha256", "md5", "sm3"])
def test_each_digest_is_checked(digest, agency):
    agency.deliver(("a", csv(1), 1), digest=digest)
    assert agency.values(digest=digest) == ["1"]
    agency.put("a", csv(2))
    with pytest.raises(DeliveryBroken, match="not the file its control file names"):
        agency.values(digest=digest)


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "UTF8"])
def test_each_encoding_arrives(encoding, agency):
    agency.deliver(("a", csv(1, encoding=encoding), 1))
    assert agency.values("姓名", encoding=encoding) == ["张三"]
    agency.deliver(("a", csv(1, encoding=encoding) + (b"\xff\xff,b,c\r\n" if "16" not in encoding else b"\x00"), 1))
    with pytest.raises(DeliveryBroken, match="throughout: see line"):
        agency.values(encoding=encoding)


def test_parquet_keeps_its_types_and_says_what_else_it_has(agency):
    body = parquet(
        编号=pa.array([1, 2, 3]),
        姓名=pa.array([Decimal("1.10"), None, Decimal("2.00")]),
        更新时间=pa.array([date(2026, 6, 21)] * 3),
    )
    agency.deliver(("a", body, 3))
    rows = table(agency, format="parquet")
    assert [rows.schema.field(name).type for name in ("编号", "姓名")] == [pa.int64(), pa.decimal128(3, 2)]
    assert rows["_position"].to_pylist() == [1, 2, 3]
    page = next(agency.connector(format="parquet").pages(DAY))
    assert page.form["更新时间"] == "date"
    assert agency.connector(format="parquet").offer().schema.field("更新时间").type == pa.date32()


def test_numbers_of_json_stay_as_they_were_written(agency):
    agency.deliver(("a", b'{"\xe7\xbc\x96\xe5\x8f\xb7": 620102195001010011, "\xe5\xa7\x93\xe5\x90\x8d": 1.10}\n', 1))
    assert agency.values(format="json_lines") == ["620102195001010011"]
    assert agency.values("姓名", format="json_lines") == ["1.10"]


def test_a_sheet_is_taken_by_its_name(agency):
    for form, body in (("xlsx", xlsx(name="六月")), ("xls", xls(name="六月"))):
        agency.deliver(("a", body, 2))
        assert agency.values(format=form, sheet="六月") == ["1", "2"]
        with pytest.raises(DeliveryBroken, match="has no sheet named 七月"):
            agency.values(format=form, sheet="七月")


def test_each_row_of_merged_cells_gets_what_they_show(agency):
    rows = [HEADER.split(","), ["", "张三", ""], ["", "李四", ""], ["", "", ""], ["7", "王五", ""], ["", "赵六", ""]]
    agency.deliver(("a", xlsx(rows, merged=[(1, 3, "村一")]), 4))
    assert agency.values(format="xlsx", merged="fill") == ["村一", "村一", "7", None]
    assert agency.values(format="xlsx") == ["村一", None, "7", None]


def test_a_cell_that_shows_an_error_is_not_empty(agency):
    """The reader of workbooks shows it as empty, and a value that is missing would be taken for one that is not."""
    rows = [["标题"], HEADER.split(","), ["", "", ""], ["2", "", ""]]
    agency.deliver(("a", xlsx(rows, errors=[(2, 1, "#N/A"), (3, 1, "#DIV/0!")]), 2))
    assert agency.values("姓名", format="xlsx", title_rows=1) == ["#N/A", "#DIV/0!"]


def test_a_marker_without_a_word_stands_for_the_files_that_begin_as_it_does(agency):
    for name in ("x_20260621.csv", "x_20260621_2.csv", "x_20260621.ok", "y_20260621.csv"):
        agency.put(name, csv(1) if name.endswith("csv") else b"")
    words = {"control": "x_{date}.ok", "digest": "none"}
    assert agency.values("_source", **words) == ["x_20260621.csv", "x_20260621_2.csv"]


def test_a_control_file_without_digests_names_files_and_perhaps_rows(agency):
    agency.put("a.csv", csv(1))
    for line in (b"a.csv\n", b"a.csv,1\n"):
        agency.put("x_20260621.ctl", line)
        assert agency.values(digest="none") == ["1"]
    agency.put("x_20260621.ctl", b"a.csv,2\n")
    with pytest.raises(DeliveryBroken, match="has 1 rows"):
        agency.values(digest="none")


def announced(agency, **words):
    """What a connector says was announced, once it has read, and before."""
    connector = agency.connector(**words)
    assert connector.announced(DAY) is None
    list(connector.read(DAY))
    return connector.announced(DAY)


def test_rows_that_every_control_line_states_are_announced(agency):
    agency.deliver(("a", csv(1), 1), ("b", csv(2, 3), 2))
    assert announced(agency) == 3
    agency.put("x_20260621.ctl", b"a,1\nb\n")
    assert announced(agency, digest="none") is None


def test_a_part_that_came_twice_is_read_once(agency):
    agency.deliver(("a", csv(1), 1), ("b", csv(1), 1), ("c", csv(2), 1))
    assert agency.values() == ["1", "2"]


def test_a_file_that_grows_while_it_is_watched_is_not_read(agency, monkeypatch):
    agency.put("x_20260621_1.csv", csv(1))
    monkeypatch.setattr(
        "connectors.file_drop.deliveries.time.sleep", lambda _: agency.put("x_20260621_1.csv", csv(1, 2))
    )
    with pytest.raises(DeliveryIncomplete, match="still being written"):
        agency.rows(control="", files="x_{date}_*.csv", settled_seconds=5)
    monkeypatch.setattr("connectors.file_drop.deliveries.time.sleep", lambda _: None)
    assert agency.values(control="", files="x_{date}_*.csv", settled_seconds=5) == ["1", "2"]


def test_a_file_that_changes_while_it_is_read_is_not_accepted(agency):
    agency.put("x_20260621_1.csv", csv(*range(200_000)))
    reading = agency.connector(control="", files="x_{date}_*.csv", settled_seconds=0).read(DAY)
    next(reading)
    agency.put("x_20260621_1.csv", csv(*range(300_000)))
    with pytest.raises(DeliveryIncomplete, match="changed while it was read"):
        list(reading)


@pytest.fixture(params=["zipcrypto", "aes128", "aes256"])
def encrypted(request, tmp_path) -> bytes:
    """A ZIP archive that was encrypted by another program, with the password `sesame`."""
    (tmp_path / "a.csv").write_bytes(csv(*range(5_000)))
    archive = tmp_path / "a.zip"
    if request.param == "zipcrypto":
        try:
            subprocess.run(["zip", "-q", "-j", "-P", PASSWORD, archive, tmp_path / "a.csv"], check=True)
        except FileNotFoundError:
            pytest.skip("NO `zip` HERE: install Debian's zip to test archives with a password")
        return archive.read_bytes()
    return aes_zip(csv(*range(5_000)), int(request.param[3:]))


def aes_zip(body: bytes, bits: int) -> bytes:
    """As WinZip does: AES in counter mode, keys from the password, a digest behind."""
    size, salt = bits // 8, bytes(range(bits // 16))
    keys = hashlib.pbkdf2_hmac("sha1", PASSWORD.encode(), salt, 1000, 2 * size + 2)
    pack = zlib.compressobj(wbits=-15)
    plain = pack.compress(body) + pack.flush()
    block = Cipher(algorithms.AES(keys[:size]), modes.ECB()).encryptor()  # its counter begins with the lowest byte
    counters = b"".join(n.to_bytes(16, "little") for n in range(1, len(plain) // 16 + 2))
    sealed = bytes(a ^ b for a, b in zip(plain, block.update(counters), strict=False))
    whole = salt + keys[-2:] + sealed + hmac.digest(keys[size : 2 * size], sealed, "sha1")[:10]
    extra = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", bits // 64 - 1, 8)
    fixed = struct.pack("<HHHHHIIIHH", 51, 1, 99, 0, 33, 0, len(whole), len(body), 5, len(extra))
    local = b"PK\3\4" + fixed + b"a.csv" + extra + whole
    central = b"PK\1\2" + struct.pack("<H", 51) + fixed + struct.pack("<HHHII", 0, 0, 0, 0, 0) + b"a.csv" + extra
    return local + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def test_an_archive_with_a_password_is_opened_with_that_of_the_connection(encrypted, agency):
    agency.deliver(("a.zip", encrypted, 5_000))
    with pytest.raises(DeliveryBroken, match="`archive_password` is not set"):
        agency.rows(packing="zip")
    for password in (PASSWORD, "wrong"):
        extra = {"folder": agency.credentials.secret("folder"), "archive_password": password}
        agency.credentials = Credentials.model_validate({"conn_type": "fs", "extra": extra})
        if password == PASSWORD:
            assert len(agency.values(packing="zip")) == 5_000
    with pytest.raises(DeliveryBroken, match=r"another password|damaged|CSV|utf-8") as caught:
        agency.rows(packing="zip")
    assert "wrong" not in str(caught.value)


def test_files_in_which_none_of_the_columns_is_are_a_drift(agency):
    for form, body in {"csv": b"k\n1\n", "parquet": parquet(k=pa.array(["1"])), "json_lines": b'{"k": "1"}\n'}.items():
        agency.deliver(("a", body, 1))
        with pytest.raises(SchemaDrift):
            agency.rows(format=form)


def test_where_a_file_may_be_absent_a_day_without_one_is_empty(agency):
    words = {"control": "", "files": "x_{date}.csv", "settled_seconds": 0}
    with pytest.raises(DeliveryIncomplete, match="no file"):
        agency.rows(**words)
    assert agency.rows(**words, may_be_absent=True) == []
    agency.put("x_20260621.csv", csv(1))
    assert agency.values(**words, may_be_absent=True) == ["1"]
    with pytest.raises(ValidationError, match="a control file is there in any case"):
        agency.rows(may_be_absent=True)
