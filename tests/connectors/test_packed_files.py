"""Deliveries of files that are zipped or workbooks, whole ones and broken ones, from a real SFTP server."""

import hashlib
import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
import xlsxwriter

from connectors import connector_for
from hedui.model.errors import DeliveryBroken, SchemaDrift
from tests.connectors.test_file_drop_errors import the_day

POSTS = ["补贴编号", "身份证号", "姓名", "岗位类别", "所属期", "金额", "发放地区", "更新时间"]
POST = ["B1", "62010219700101001X", "张三", "乡村", "202503", 500, "620102", "2026-06-21 00:00:00"]
PAYROLL = "工资编号,身份证号,姓名,单位编码,项目,所属期,金额,发放地区,更新时间\r\n"
PAID = "G1,62010219700101001X,张三,U1,工资,202503,5000.00,620102,2026-06-21 00:00:00\r\n"


@pytest.fixture
def arrives(contracts, connections, province):
    """Put a delivery of one part into the dataset's outbox, and read its day; other tests find the outbox as it was."""
    laid: list[Path] = []

    def read_day(dataset: str, day: str, body: bytes, rows: int = 1, digest: str = "", **source: object) -> pa.Table:
        contract = contracts[dataset]
        contract = contract.model_copy(update={"source": contract.source.model_copy(update=source)})
        outbox = province / "agencies" / contract.agency / "root" / "outbox" / contract.name
        line = f"part_{day},{rows},{digest or hashlib.sha256(body).hexdigest()}\n"
        for name, content in ((f"part_{day}", body), (f"{contract.name}_{day}.ctl", line.encode())):
            laid.append(outbox / name)
            laid[-1].write_bytes(content)
        return pa.Table.from_batches(connector_for(contract, connections[contract.agency]).read(the_day(day)))

    yield read_day
    for file in laid:
        file.unlink(missing_ok=True)


def sheet(*rows: list[object], titles: int = 2) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        worksheet = book.add_worksheet()
        for number, row in enumerate([*([["标题"]] * titles), POSTS, *rows]):
            worksheet.write_row(number, 0, row)
    return content.getvalue()


def archive(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as packed:
        for name, body in members:
            packed.writestr(name, body)
    return content.getvalue()


def payroll(rows: int = 1) -> bytes:
    return (PAYROLL + PAID * rows).encode("gb18030")


def test_sums_are_no_records_and_the_control_file_does_not_count_them(arrives):
    content = sheet(
        POST, [" 小 计 ", None, None, None, None, 500], POST, [], ["合计：2 人", *[None] * 4, 1000], ["　合计"]
    )
    rows = arrives("hr.public_welfare_posts", "20260901", content, rows=2)
    assert rows["_position"].to_pylist() == [4, 6]
    assert rows["金额"].to_pylist() == ["500", "500"]


def test_a_sum_stands_in_the_first_filled_cell_wherever_that_is(arrives):
    rows = arrives("hr.public_welfare_posts", "20260902", sheet(POST, [None, None, "合计", None, None, 500]))
    assert rows.num_rows == 1


def test_a_sheet_without_any_sum_is_as_good(arrives):
    assert arrives("hr.public_welfare_posts", "20260903", sheet(POST)).num_rows == 1


def test_a_record_that_mentions_a_sum_later_is_a_record(arrives):
    rows = arrives("hr.public_welfare_posts", "20260904", sheet([*POST[:3], "合计", *POST[4:]]))
    assert rows["岗位类别"].to_pylist() == ["合计"]


def test_where_no_marks_are_agreed_a_sum_counts_as_a_record(arrives):
    rows = arrives("hr.public_welfare_posts", "20260905", sheet(POST, ["合计"]), rows=2, total_marks=())
    assert rows.num_rows == 2


@pytest.mark.parametrize("titles", [0, 1, 3])
def test_titles_of_another_number_than_agreed_are_a_drift_that_names_the_row(titles, arrives, fails):
    with fails(SchemaDrift, "none of the contract's columns in row 3"):
        arrives("hr.public_welfare_posts", f"2026091{titles}", sheet(POST, titles=titles))


def test_a_sheet_that_lacks_one_column_is_a_drift_that_names_it(arrives, fails):
    with fails(SchemaDrift, "lacks the column 任职编号"):
        arrives("hr.appointments", "20260914", sheet(POST, titles=1))


@pytest.mark.parametrize(
    ("day", "content", "stated", "says"),
    [
        ("20260915", sheet(POST), {"rows": 2}, "has 1 rows, its control file says 2"),
        ("20260916", sheet(POST), {"digest": "0" * 64}, "the SHA-256 differs"),
        ("20260917", b"not a workbook", {}, "is not an XLSX workbook"),
        ("20260918", sheet(POST)[:-50], {}, "is not an XLSX workbook"),
        ("20260919", archive(("a.csv", payroll())), {}, "is not a workbook that can be read"),
    ],
)
def test_a_sheet_that_contradicts_itself_is_broken(day, content, stated, says, arrives, fails):
    with fails(DeliveryBroken, says):
        arrives("hr.public_welfare_posts", day, content, **stated)


def test_a_zipped_file_is_read_like_the_file(arrives):
    rows = arrives("hr.payroll", "20260920", archive(("工资.csv", payroll(3))), rows=3)
    assert rows["姓名"].to_pylist() == ["张三"] * 3
    assert rows["_position"].to_pylist() == [1, 2, 3]
    assert set(rows["_source"].to_pylist()) == {"part_20260920"}


def test_a_zipped_file_is_larger_than_any_buffer_on_the_way(arrives):
    assert arrives("hr.payroll", "20260921", archive(("a.csv", payroll(100_000))), rows=100_000).num_rows == 100_000


def test_a_zipped_workbook_is_unpacked_twice(arrives):
    content = archive(("a.xlsx", sheet(POST)))
    assert arrives("hr.public_welfare_posts", "20260922", content, packing="zip").num_rows == 1


def encrypted() -> bytes:
    """An archive whose one file claims to have a password."""
    content = bytearray(archive(("a.csv", payroll())))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def damaged() -> bytes:
    content = bytearray(archive(("a.csv", payroll(1000)), method=zipfile.ZIP_STORED))
    content[5000] ^= 1
    return bytes(content)


def garbled() -> bytes:
    content = bytearray(archive(("a.csv", payroll(1000))))
    content[60:80] = bytes(20)
    return bytes(content)


def cut() -> bytes:
    """The file in it is shorter than its directory says."""
    content = archive(("a.csv", payroll(1000)), method=zipfile.ZIP_STORED)
    directory = content.index(b"PK\x01\x02")
    end = bytearray(content[content.index(b"PK\x05\x06") :])
    end[16:20] = (500).to_bytes(4, "little")
    return content[:500] + content[directory : content.index(b"PK\x05\x06")] + bytes(end)


def understated() -> bytes:
    """More is in the file than the archive's directory says, which comes behind it and is not believed."""
    content = bytearray(archive(("a.csv", payroll(1000))))
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (1000).to_bytes(4, "little")
    return bytes(content)


@pytest.mark.parametrize(
    ("day", "content", "stated", "says"),
    [
        ("20260923", archive(("a.csv", payroll()), ("b.csv", payroll())), {}, "an archive of several files"),
        ("20260924", archive(), {}, "an archive of no files"),
        ("20260925", archive(("a/", b"")), {}, "that holds a folder"),
        ("20260926", payroll(), {}, "is not a ZIP archive"),
        ("20260927", archive(("a.csv", payroll()))[:60], {}, "is not the CSV the contract describes"),
        ("20260928", encrypted(), {}, "with a password"),
        ("20260929", archive(("a.csv", payroll()), method=zipfile.ZIP_LZMA), {}, "another method than deflate"),
        ("20260930", damaged(), {}, "whose content is damaged"),
        ("20261001", garbled(), {}, "whose content is damaged"),
        ("20261002", cut(), {}, "not gb18030 throughout"),
        ("20261004", archive(("a.csv", payroll())), {"rows": 2}, "has 1 rows, its control file says 2"),
        ("20261005", archive(("a.csv", payroll())), {"digest": "0" * 64}, "the SHA-256 differs"),
        ("20261006", archive(("a.csv", (PAYROLL + PAID).encode())), {}, "not gb18030 throughout"),
        ("20261007", archive(("a.csv", payroll() + b"x,y\r\n")), {}, "not the CSV the contract describes at line 3"),
    ],
)
def test_an_archive_that_is_not_as_agreed_is_broken(day, content, stated, says, arrives, fails):
    with fails(DeliveryBroken, says):
        arrives("hr.payroll", day, content, **stated)


def test_what_the_directory_of_an_archive_says_of_sizes_is_not_believed(arrives):
    assert arrives("hr.payroll", "20261003", understated(), rows=1000).num_rows == 1000


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked_to_its_end(arrives, fails, monkeypatch):
    monkeypatch.setattr("connectors.file_drop.archives.UNPACKED", 1_000_000)
    with fails(DeliveryBroken, "unpacks to more than 0 MiB"):
        arrives("hr.payroll", "20261008", archive(("a.csv", payroll(100_000))))


def test_a_part_larger_than_memory_should_hold_is_not_fetched_to_its_end(arrives, fails, monkeypatch):
    monkeypatch.setattr("connectors.file_drop.part.DELIVERED", 1000)
    with fails(DeliveryBroken, "is larger than 0 MiB"):
        arrives("hr.public_welfare_posts", "20261009", sheet(POST))


def test_tabs_a_byte_order_mark_and_titles_suit_text_as_well(arrives):
    header = "\t".join(
        ["发放编号", "身份证号", "姓名", "项目", "所属期", "发放日期", "金额", "退回日期", "发放地区", "更新时间"]
    )
    row = "\t".join(["P1", "62010219700101001X", "张三", "养老金", "202503", "", "1.00", "", "620102", "2026-06-21"])
    total = "\t".join(["合计", "", "", "", "", "", "1.00", "", "", ""])
    content = "\ufeff养老待遇\r\n" + "\r\n".join([header, row, total]) + "\r\n"
    rows = arrives("hr.pensions", "20261010", content.encode(), title_rows=1, total_marks=("合计",))
    assert rows["姓名"].to_pylist() == ["张三"]
    marked = arrives("hr.pensions", "20261011", f"\ufeff{header}\r\n{row}\r\n".encode())
    assert marked["发放编号"].to_pylist() == ["P1"]
