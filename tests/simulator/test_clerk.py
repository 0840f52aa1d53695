"""The clerk of the demo: answers what the newest list asks for, sends it back whole, and sees what is asked again."""

import os
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from hedui.model.interval import Interval
from simulator.clerk import Answered, Clerk

SHEET = "待更正清单 To mend"
HEADER = ["序号", "处理结果(可选)", "说明", "回执码", "清单时间"]
ABOUT, DAY = Interval.parse("2024-07-01", "2026-06-30"), Interval.parse("2026-06-30", "2026-07-01")


@pytest.fixture
def office(tmp_path: Path) -> Path:
    (tmp_path / "agencies" / "supervision" / "root" / "answers").mkdir(parents=True)
    return tmp_path


def arrives(office: Path, reference: str, rows: list[int], at: int) -> None:
    """A report in the inbox, with its list unless there is nothing to mend."""
    folder = office / "agencies" / "finance" / "root" / "inbox" / reference
    folder.mkdir(parents=True)
    page = folder / "finance__subsidy_payments-20240701-report.html"
    page.touch()
    os.utime(page, (at, at))
    if rows:
        with xlsxwriter.Workbook(folder / "finance__subsidy_payments-20240701-records.xlsx") as book:
            book.add_worksheet("填写说明").write_string(0, 0, "数据更正清单")
            sheet = book.add_worksheet(SHEET)
            for number, row in enumerate([HEADER, *([str(n), "", "", f"B#{n}", "2026-07-01 09:00:00"] for n in rows)]):
                sheet.write_row(number, 0, row)


def returned(office: Path) -> list[list[object]] | None:
    file = office / "agencies" / "supervision" / "root" / "answers" / "answers_20260630.xlsx"
    return CalamineWorkbook.from_path(str(file)).get_sheet_by_name(SHEET).to_python() if file.exists() else None


def test_every_second_record_is_answered_in_turn_and_the_list_comes_back_whole(office: Path) -> None:
    arrives(office, "first", [1, 2, 3], at=1)
    Clerk(office, 4, ABOUT, DAY).answer()
    header, *rows = returned(office) or []
    assert header == HEADER
    assert [(row[1], row[3]) for row in rows] == [("申请作废", "B#1"), ("", "B#2"), ("已更正", "B#3")]


def test_the_same_list_and_seed_give_the_same_answers(office: Path) -> None:
    arrives(office, "first", [1, 2, 3], at=1)
    answers = []
    for seed in (1, 1, 2):
        Clerk(office, seed, ABOUT, DAY).answer()
        answers.append(returned(office))
    assert answers[0] == answers[1] != answers[2]


def test_what_the_newest_list_asks_for_again_is_counted(office: Path) -> None:
    clerk = Clerk(office, 1, ABOUT, DAY)
    arrives(office, "first", [1, 2, 3], at=1)
    clerk.answer()
    assert clerk.outcome() == Answered("finance", 3, 2, 2)
    arrives(office, "second", [2, 3], at=2)
    assert clerk.outcome() == Answered("finance", 3, 2, 1)
    arrives(office, "third", [], at=3)
    assert clerk.outcome() == Answered("finance", 3, 2, 0)


def test_where_nothing_is_to_be_mended_nothing_comes_back(office: Path) -> None:
    clerk = Clerk(office, 1, ABOUT, DAY)
    arrives(office, "of a home that is gone", [1, 2], at=1)
    clerk.answer()
    arrives(office, "newest", [], at=2)
    clerk.answer()
    assert returned(office) is None
    assert clerk.outcome() == Answered("finance", 0, 0, 0)
