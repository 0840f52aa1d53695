"""A simulated clerk's slip goes into a sheet as it was typed."""

from pathlib import Path

import pyarrow as pa
import python_calamine

from hedui import shelves
from simulator.agencies.workbook import write_workbook
from simulator.drafts import APPOINTMENTS


def test_a_day_that_no_calendar_has_stays_text(tmp_path: Path) -> None:
    column = shelves.dataset(APPOINTMENTS).fields["from_on"].source
    days = pa.record_batch({column: ["2025-02-28", "2025-02-30", "2025-13-01"]})
    write_workbook(tmp_path / "sheet.xlsx", shelves.dataset(APPOINTMENTS), [column], iter([days]))
    rows = python_calamine.load_workbook(tmp_path / "sheet.xlsx").get_sheet_by_index(0).to_python()
    typed = [type(row[0]).__name__ for row in rows[-3:]]
    assert typed == ["date", "str", "str"]
