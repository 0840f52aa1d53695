"""Lists that agencies answered are fetched from where the supervision office's clerks lay them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import xlsxwriter

from hedui.model.credentials import Credentials
from hedui.model.errors import SchemaDrift
from hedui.shelves import dataset
from tests.connectors.conftest import Refused, read
from tests.connectors.tiny_province import DAILY, HISTORY

ANSWERS = dataset("supervision.report_answers")
ANSWERED = {"序号": "1", "处理结果(可选)": "确认无误", "回执码": "B#7", "清单时间": "2026-06-30 09:00:00"}


@pytest.fixture
def returned(province: Path) -> Iterator[Callable[[dict[str, str]], None]]:
    """Lay a list of one record; other tests find the folder as it was."""
    file = province / "agencies" / "supervision" / "root" / "answers" / "answers_20260630_finance.xlsx"

    def lay(record: dict[str, str]) -> None:
        with xlsxwriter.Workbook(file) as book:
            book.add_worksheet("填写说明").write_string(0, 0, "数据更正清单")
            sheet = book.add_worksheet("待更正清单 To mend")
            sheet.write_row(0, 0, [*record])
            sheet.write_row(1, 0, [*record.values()])
        os.utime(file, (0, 0))  # no longer being written

    yield lay
    file.unlink()


def test_a_list_is_fetched_by_the_day_it_came(
    returned: Callable[[dict[str, str]], None], connections: dict[str, Credentials]
) -> None:
    returned(ANSWERED)
    assert read(ANSWERS, connections["supervision"], DAILY) == 1
    assert read(ANSWERS, connections["supervision"], HISTORY) == 0


def test_cells_that_were_copied_without_the_hidden_column_are_refused(
    returned: Callable[[dict[str, str]], None], connections: dict[str, Credentials], fails: Refused
) -> None:
    returned({title: said for title, said in ANSWERED.items() if title != "清单时间"})
    with fails(SchemaDrift, "清单时间"):
        read(ANSWERS, connections["supervision"], DAILY)
