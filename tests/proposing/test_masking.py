"""A masked row shows of what form it is, and nobody."""

import pyarrow as pa
import pytest

from hedui import shelves
from hedui.proposing.masking import masked


def values(rows: pa.Table, column: str) -> list[str | None]:
    return rows[column].to_pylist()


@pytest.mark.parametrize("with_contract", [True, False])
@pytest.mark.parametrize("name", shelves.datasets())
def test_no_identifier_of_a_delivery_is_shown(name, with_contract, sample):
    dataset, rows = shelves.dataset(name), sample(name)
    shown = masked(rows, dataset if with_contract else None)
    everything = "\n".join(str(row) for row in shown.to_pylist())
    assert shown.column_names == rows.column_names
    for field in dataset.fields.values():
        # Short keys of a source without a contract may be anything, and tell nothing without it.
        if field.identifier in ("person", "name") or (field.identifier and with_contract):
            for value in filter(None, values(rows, field.source)):
                assert value not in everything


def test_what_is_left_of_each_kind():
    rows = pa.table(
        {
            "身份证号": ["110101199003070134", "坏"],
            "姓名": ["张三", None],
            "编号": ["A000012345", "A1"],
            "金额": ["12.50", "3.00"],
            "备注": ["见 110101199003070134 号", "电话 13900000000"],
        }
    )
    shelved = shelves.dataset("finance.subsidy_payments")
    sources = {"record_no": "编号", "person": "身份证号", "name": "姓名"}
    fields = {name: shelved.fields[name].model_copy(update={"source": source}) for name, source in sources.items()}
    dataset = shelved.model_copy(update={"fields": fields})
    shown = masked(rows, dataset)
    assert values(shown, "身份证号") == ["110101…", "…"]
    assert values(shown, "姓名") == ["张*", None]
    assert values(shown, "编号") == ["…2345", "…"]
    assert values(shown, "金额") == ["12.50", "3.00"]
    assert "1990" not in str(values(shown, "备注")) and "139" not in str(values(shown, "备注"))


@pytest.mark.parametrize(
    "few", [["马建国", "杨秀英"], ["Wang Hai", "LI Wei"], ["a@example.cn", "b@example.cn"], ["甘A00001", "甘A00002"]]
)
def test_nobody_is_shown_for_standing_in_many_rows_under_a_header_that_says_nothing(few):
    shown = values(masked(pa.table({"c3": few * 9}), None), "c3")
    assert all(len(value) == 2 for value in shown)


def test_columns_without_a_text_are_not_shown():
    rows = pa.table({"tags": pa.array([["张三"], None])})
    assert values(masked(rows, None), "tags") == ["…", None]
