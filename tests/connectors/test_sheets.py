"""A sheet arrives as people see it; one that would take more memory than a sheet deserves is not opened."""

import io
import zipfile
import zlib
from collections.abc import Callable
from datetime import date, datetime, time

import pytest
import xlsxwriter

from connectors.file_drop.part import NotAsAgreed
from connectors.file_drop.sheets import SheetForm, xlsx_batches
from connectors.file_drop.workbooks import measured_part


def workbook(*fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    """A workbook made by these steps."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        for step in fill:
            step(book)
    return content.getvalue()


def one_column(*cells: object, **number_format: str) -> bytes:
    """A sheet with the header `v` and these cells below it."""

    def fill(book):
        form = book.add_format(number_format) if number_format else None
        sheet = book.add_worksheet()
        for row, cell in enumerate(["v", *cells]):
            if isinstance(cell, date | time):
                sheet.write_datetime(row, 0, cell, form)
            elif cell is not None:
                sheet.write(row, 0, cell)

    return workbook(fill)


def rows(content: bytes, title_rows: int = 0) -> list[dict[str, object]]:
    return [row for batch in xlsx_batches(content, SheetForm(title_rows)) for row in batch.to_pylist()]


def shown(*cells: object, **number_format: str) -> list[object]:
    return [row["v"] for row in rows(one_column(*cells, **number_format))]


def test_text_stays_as_it_was_typed():
    typed = ["0620", "62010219500101001X", "2025年3月", "㛃𬱖·䶮", "王\n五", " a ", "1.23E+17", "'620102195001010011"]
    assert shown(*typed) == typed


def test_whole_numbers_have_no_decimals_and_amounts_no_noise():
    assert shown(202503, 3600.5, -5, 0, 0.1 + 0.2, 1e-7) == ["202503", "3600.5", "-5", "0", "0.3", "0.0000001"]


def test_a_number_that_the_spreadsheet_cut_shows_its_zeros():
    """Fifteen digits are left of an identity number that was entered as a number."""
    assert shown(620102195001010011) == ["620102195001010000"]


def test_dates_are_iso_and_times_only_where_there_are_some():
    morning = datetime.combine(date(2025, 1, 31), time(10, 0, 1))
    both = shown(date(2025, 1, 31), morning, num_format="yyyy-mm-dd hh:mm:ss")
    assert both == ["2025-01-31", "2025-01-31 10:00:01"]
    assert shown(date(2025, 1, 31), num_format='yyyy"年"m"月"d"日"') == ["2025-01-31"]
    assert shown(45688) == ["45688"]  # no format says that it is a date


def test_truth_is_spelt_as_a_spreadsheet_spells_it():
    assert shown(True, False) == ["TRUE", "FALSE"]


def test_title_rows_merged_or_not_stand_above_the_header_and_blank_rows_are_skipped():
    def fill(book):
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 2, "公益性岗位补贴发放表")
        sheet.write(1, 0, "填报单位：")
        sheet.write_row(2, 0, [" 编号 ", None, "姓名"])
        sheet.write_row(3, 0, ["1", "no column of ours", "张三"])
        sheet.write_row(6, 0, ["2", None, "李四"])

    assert rows(workbook(fill), title_rows=2) == [
        {"编号": "1", "姓名": "张三", "_position": 4},
        {"编号": "2", "姓名": "李四", "_position": 7},
    ]


def test_rows_are_numbered_as_in_the_sheet_also_where_it_begins_further_down():
    def fill(book):
        sheet = book.add_worksheet()
        sheet.write(4, 3, "v")
        sheet.write(5, 3, "x")

    assert rows(workbook(fill), title_rows=4) == [{"v": "x", "_position": 6}]


def test_only_the_first_sheet_is_read():
    def fill(book):
        book.add_worksheet().write_column(0, 0, ["v", "first"])
        book.add_worksheet().write_column(0, 0, ["v", "second"])

    assert [row["v"] for row in rows(workbook(fill))] == ["first"]


def test_hidden_sheets_and_charts_before_it_are_passed_over():
    def fill(book):
        hidden, old = book.add_worksheet(), book.add_worksheet()
        hidden.write_column(0, 0, ["v", "hidden"])
        old.write_column(0, 0, ["v", "very hidden"])
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=Sheet1!$A$2"})
        book.add_chartsheet().set_chart(chart)
        shown = book.add_worksheet()
        shown.write_column(0, 0, ["v", "shown"])
        shown.activate()
        shown.set_first_sheet()
        hidden.hide()
        old.very_hidden()

    assert [row["v"] for row in rows(workbook(fill))] == ["shown"]


def test_a_sheet_of_many_rows_comes_in_batches_and_in_order(monkeypatch):
    monkeypatch.setattr("connectors.file_drop.sheets._ROWS", 100)
    batches = list(xlsx_batches(one_column(*(f"r{n}" for n in range(250))), SheetForm()))
    assert [batch.num_rows for batch in batches] == [0, 100, 100, 50]
    assert [value for batch in batches for value in batch["v"].to_pylist()] == [f"r{n}" for n in range(250)]


def test_an_empty_sheet_has_no_columns():
    (batch,) = xlsx_batches(workbook(lambda book: book.add_worksheet()), SheetForm())
    assert batch.schema.names == ["_position"]


def test_a_column_named_twice_is_refused():
    content = workbook(lambda book: book.add_worksheet().write_row(0, 0, ["v", "w", "v"]))
    with pytest.raises(NotAsAgreed, match="twice"):
        rows(content)


def not_a_workbook() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.txt", "x")
    return content.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"v\r\n1\r\n", b"PK\x03\x04 and nothing", one_column("x")[:-100], not_a_workbook()]
)
def test_what_is_no_workbook_is_refused(content):
    with pytest.raises(NotAsAgreed, match="is not a"):
        rows(content)


def far_away(row: int, column: int) -> bytes:
    def fill(book):
        sheet = book.add_worksheet()
        sheet.write(0, 0, "v")
        sheet.write(row, column, "x")

    return workbook(fill)


def test_a_cell_far_from_the_others_is_refused_before_it_costs_memory():
    """Two cells can claim a sheet of 500 GiB, for which the reader would end the process."""
    with pytest.raises(NotAsAgreed, match="reaches to row 1048576, column 16384"):
        rows(far_away(1_048_575, 16_383))


@pytest.mark.parametrize(("row", "column"), [(999, 0), (0, 999), (199, 4)])
def test_a_sheet_is_as_large_as_the_rectangle_of_its_cells(row, column, monkeypatch):
    monkeypatch.setattr("connectors.file_drop.workbooks.CELLS", 1000)
    assert list(xlsx_batches(far_away(row, column), SheetForm()))
    with pytest.raises(NotAsAgreed, match=f"reaches to row {row + 2}, column {column + 1}"):
        list(xlsx_batches(far_away(row + 1, column), SheetForm()))


def test_a_reference_is_seen_wherever_the_stream_is_cut():
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(3)

    with pytest.raises(NotAsAgreed, match="reaches to row 1048576, column 16384"):
        measured_part(Dripping(b'<sheetData><row r="1048576" spans="1:9"><c r="XFD1048576" t="s"><v>0</v></c></row>'))


def altered(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The workbook with other words in one of its parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(made, "w") as after:
        for name in before.namelist():
            body = before.read(name)
            assert name != part or old in body
            after.writestr(name, body.replace(old, new) if name == part else body)
    return made.getvalue()


def test_a_workbook_that_claims_billions_of_texts_is_refused_before_there_is_room_made_for_them():
    """The reader would end the process."""
    content = altered(one_column("x"), "xl/sharedStrings.xml", b'uniqueCount="2"', b'uniqueCount="4294967296"')
    with pytest.raises(NotAsAgreed, match="more texts than any sheet has cells"):
        rows(content)


def test_a_workbook_whose_only_sheet_is_hidden_is_refused():
    content = altered(one_column("x"), "xl/workbook.xml", b'sheetId="1"', b'sheetId="1" state="hidden"')
    with pytest.raises(NotAsAgreed, match="no sheet that is not hidden"):
        rows(content)


def test_a_workbook_that_says_it_unpacks_to_too_much_is_not_unpacked(monkeypatch):
    monkeypatch.setattr("connectors.file_drop.workbooks.UNPACKED", 1000)
    monkeypatch.setattr("connectors.file_drop.workbooks.measured_part", None)
    with pytest.raises(NotAsAgreed, match="unpack to more than"):
        rows(one_column("x"))


def test_a_workbook_that_understates_what_it_unpacks_to_is_refused():
    """Its part holds a million bytes and says, with a fitting checksum, that it holds a thousand."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", " " * 1_000_000)
    altered = bytearray(content.getvalue())
    directory = altered.index(b"PK\x01\x02")
    altered[directory + 16 : directory + 20] = zlib.crc32(b" " * 1000).to_bytes(4, "little")
    altered[directory + 24 : directory + 28] = (1000).to_bytes(4, "little")
    with pytest.raises(NotAsAgreed, match="is not an XLSX workbook"):
        rows(bytes(altered))
