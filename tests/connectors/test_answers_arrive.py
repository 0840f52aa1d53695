"""Lists that agencies answered are fetched from where the supervision office's clerks lay them."""

import os
from pathlib import Path

import xlsxwriter

from hedui.model.credentials import Credentials
from hedui.shelves import dataset
from tests.connectors.conftest import read
from tests.connectors.tiny_province import DAILY, HISTORY

ANSWERS = dataset("supervision.report_answers")


def test_a_list_is_fetched_by_the_day_it_came(province: Path, connections: dict[str, Credentials]) -> None:
    file = province / "agencies" / "supervision" / "root" / "answers" / "answers_20260630_finance.xlsx"
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet("填写说明").write_string(0, 0, "数据更正清单")
        sheet = book.add_worksheet("待更正清单 To mend")
        sheet.write_row(0, 0, ["序号", "处理结果(可选)", "回执码", "清单时间"])
        sheet.write_row(1, 0, ["1", "确认无误", "B#7", "2026-06-30 09:00:00"])
    os.utime(file, (0, 0))  # no longer being written
    assert read(ANSWERS, connections["supervision"], DAILY) == 1
    assert read(ANSWERS, connections["supervision"], HISTORY) == 0
