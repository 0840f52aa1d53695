"""Rows that came in a form for which their contract holds them back, as findings beside those of the suite."""

import json
from collections.abc import Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from hedui.model.contract import Dataset
from hedui.model.declaration import Title
from hedui.validation.verdict import BAD_ROWS, FORM_OF_DELIVERY, Finding

_TITLES: Final = {
    "new_column": ("报送格式变化：新增列“{column}”", "The form changed: there is a new column, {column}"),
    "missing_column": ("报送格式变化：缺少列“{column}”", "The form changed: the column {column} is missing"),
    "changed_type": ("报送格式变化：列“{column}”的数据类型不同", "The form changed: {column} has another type"),
    "renamed_header": ("报送格式变化：列“{column}”改了名称", "The form changed: {column} has another name"),
}
_ADVICE: Final = Title(
    zh="请按共享契约的格式重新报送；如系统已调整，请与我们联系更新契约",
    en="Deliver again in the form of the contract; if your system was changed, tell us so that we adapt the contract",
)


def held_for_form(dataset: Dataset, marks: pa.Table, findings: int) -> tuple[list[Finding], pa.Table]:
    """Findings and bad rows, numbered from `findings` on, of `marks`: `_row`, and `_drift` as connectors write it."""
    fields = {field.source: name for name, field in dataset.fields.items()}
    found: list[Finding] = []
    tables = [BAD_ROWS.empty_table()]
    for part, rows in _by_part(marks):
        kind, _, column = part.partition(":")
        field = fields.get(column, "")
        title = Title(zh=_TITLES[kind][0].format(column=column), en=_TITLES[kind][1].format(column=column))
        columns = [rows, pa.repeat(pa.scalar(field), len(rows)), pa.repeat(pa.scalar(findings, pa.int32()), len(rows))]
        tables.append(pa.table(columns, schema=BAD_ROWS))
        found.append(Finding(FORM_OF_DELIVERY, field, "critical", "quarantine_rows", title, _ADVICE, len(rows)))
        findings += 1
    return found, pa.concat_tables(tables)


def _by_part(marks: pa.Table) -> Iterator[tuple[str, pa.Array]]:
    """Each change that a mark names, and all rows it is named beside. Few marks stand beside many rows."""
    of_mark = {mark: marks.filter(pc.equal(marks["_drift"], mark)) for mark in pc.unique(marks["_drift"]).to_pylist()}
    parts = {mark: json.loads(mark) for mark in of_mark}
    for part in sorted({part for named in parts.values() for part in named}):
        named = [rows["_row"].combine_chunks() for mark, rows in of_mark.items() if part in parts[mark]]
        yield part, pa.chunked_array(named, pa.int64()).combine_chunks()
