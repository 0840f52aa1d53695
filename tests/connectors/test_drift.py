"""The form of deliveries changes without notice: what each policy makes of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from connectors.base import Connector, Offer, Page, Wanted
from connectors.drift import fingerprint
from hedui.model.contract import DriftPolicy
from hedui.model.credentials import Credentials
from hedui.model.drift import Drift
from hedui.model.errors import SchemaDrift
from tests.connectors import tiny_province

BEFORE = {"caseNo": "text", "died": "text", "updated": "timestamp"}
WANTED = Wanted(
    where="police.deaths",
    source=None,  # type: ignore[arg-type] - the connector of these tests asks nobody
    columns=("caseNo", "died", "updated"),
    cursor="updated",
    key=("caseNo",),
    also={"deathDay": "died"},
)
READ = Callable[..., list[Page]]


class Scripted(Connector):
    """Gives these tables, one a page."""

    tables: tuple[pa.RecordBatch, ...] = ()

    def records(self, interval, after) -> Iterator[Page]:
        for table in self.tables:
            place = {
                "_source": pa.repeat(pa.scalar("part"), table.num_rows),
                "_position": pa.array(range(1, table.num_rows + 1)),
            }
            yield Page(pa.RecordBatch.from_pydict(dict(zip(table.schema.names, table.columns, strict=True)) | place))

    def steps(self) -> Iterator[str]:
        yield "it is there"

    def offer(self) -> Offer:
        return Offer(self.tables[0].schema)


def rows(**columns: list[Any]) -> pa.RecordBatch:
    plain = {"caseNo": ["1"], "died": ["2026-06-01"], "updated": pa.array([0], pa.timestamp("us", "UTC"))}
    return pa.RecordBatch.from_pydict({n: c for n, c in {**plain, **columns}.items() if c is not None})


@pytest.fixture
def read() -> READ:
    def reading(*tables: pa.RecordBatch, before=BEFORE, **policy: str) -> list[Page]:
        connector = Scripted(replace(WANTED, drift=DriftPolicy(**policy)), Credentials(conn_type="scripted"))
        connector.tables = tables
        return list(connector.pages(tiny_province.DAILY, before=before))

    return reading


def drifts(pages: list[Page]) -> list[Drift]:
    return [drift for page in pages for drift in page.drifts]


def marks(pages: list[Page]) -> list[str | None]:
    return [mark for page in pages for mark in page.rows["_drift"].to_pylist()]


def test_a_delivery_of_the_known_form_drifts_nowhere(read):
    pages = read(rows(), rows())
    assert drifts(pages) == []
    assert marks(pages) == [None, None]
    assert pages[-1].form == BEFORE


def test_a_new_column_is_noted_once_and_its_content_stays_outside(read):
    pages = read(rows(phone=["1"]), rows(phone=["1"]))
    assert drifts(pages) == [Drift("new_column", "phone", "ignore")]
    assert "phone" not in pages[0].rows.schema.names
    assert pages[-1].form == {**BEFORE, "phone": "text"}


def test_what_the_first_delivery_has_beside_the_contract_is_not_new(read):
    assert drifts(read(rows(phone=["1"]), before=None)) == []


def test_a_new_column_can_stop_the_delivery(read):
    with pytest.raises(SchemaDrift, match="has the new column phone") as stopped:
        read(rows(phone=["1"]), new_columns="freeze")
    assert stopped.value.drifts == (Drift("new_column", "phone", "freeze"),)


def test_a_new_column_can_hold_back_the_rows_of_those_pages_that_have_it(read):
    pages = read(rows(), rows(phone=["1"]), new_columns="quarantine")
    assert marks(pages) == [None, '["new_column:phone"]']


def test_a_missing_column_stops_the_delivery_and_says_what_it_may_be_called_now(read):
    with pytest.raises(SchemaDrift, match="lacks the column died; died may be called died_on now"):
        read(rows(died=None, died_on=["2026-06-01"]))


@pytest.mark.parametrize(("policy", "mark"), [("ignore", None), ("quarantine", '["missing_column:died"]')])
def test_a_missing_column_can_be_let_pass_as_empty_or_held_back(policy, mark, read):
    pages = read(rows(died=None), missing_columns=policy)
    assert pages[0].rows["died"].to_pylist() == [None]
    assert drifts(pages) == [Drift("missing_column", "died", policy)]
    assert marks(pages) == [mark]


@pytest.mark.parametrize("column", ["caseNo", "updated"])
def test_without_its_key_or_its_time_of_change_nothing_passes(column, read):
    with pytest.raises(SchemaDrift, match=f"lacks the column {column}"):
        read(rows(**{column: None}), missing_columns="ignore")


def test_a_row_in_the_place_of_the_header_is_not_quoted(read):
    first = pa.RecordBatch.from_pydict({"62010219500101001X": ["2"], "张三": ["李四"]})
    with pytest.raises(SchemaDrift) as stopped:
        read(first, new_columns="freeze")
    told = f"{stopped.value} {stopped.value.drifts}"
    assert "张三" not in told
    assert "6201" not in told


def test_a_number_in_a_header_is_not_quoted(read):
    pages = read(rows(备注620102195001010010=["x"]))
    assert drifts(pages) == [Drift("new_column", "备注…", "ignore")]


def test_a_column_under_a_name_of_its_also_is_taken_under_its_own(read):
    pages = read(rows(died=None, deathDay=["2026-06-01"]))
    assert pages[0].rows["died"].to_pylist() == ["2026-06-01"]
    assert drifts(pages) == [Drift("renamed_header", "died", "ignore", "died", "deathDay")]


def test_a_name_that_was_taken_before_is_no_news_unless_it_stops_the_delivery(read):
    known = {"caseNo": "text", "deathDay": "text", "updated": "timestamp"}
    assert drifts(read(rows(died=None, deathDay=["x"]), before=known)) == []
    with pytest.raises(SchemaDrift, match="calls died now deathDay"):
        read(rows(died=None, deathDay=["x"]), before=known, renamed_headers="freeze")


def test_a_number_where_text_was_stops_the_delivery_for_it_may_have_lost_its_zeros(read):
    with pytest.raises(SchemaDrift, match="has caseNo as integer, which was text"):
        read(rows(caseNo=[1]))


def test_a_column_without_a_value_has_no_other_type(read):
    assert drifts(read(rows(died=pa.nulls(1)))) == []


def test_a_changed_type_can_hold_rows_back(read):
    pages = read(rows(caseNo=[1]), changed_types="quarantine")
    assert marks(pages) == ['["changed_type:caseNo"]']


def test_a_fingerprint_tells_columns_and_types_and_no_order():
    assert fingerprint({"a": "text", "b": "date"}) == fingerprint({"b": "date", "a": "text"})
    assert len({fingerprint(form) for form in ({"a": "text"}, {"a": "date"}, {"b": "text"}, {})}) == 4


def test_a_column_of_the_contract_may_have_digits_in_its_name():
    columns = ("caseNo", "paid_202601", "paid_202602")
    wanted = replace(WANTED, columns=columns, cursor="", also={}, drift=DriftPolicy(missing_columns="quarantine"))
    connector = Scripted(wanted, Credentials(conn_type="scripted"))
    connector.tables = (pa.RecordBatch.from_pydict({"caseNo": ["1"], "paid_202601": ["5"], "paid_202603": ["7"]}),)
    (page,) = connector.pages(tiny_province.DAILY)
    assert page.rows["paid_202602"].to_pylist() == [None]
    assert page.drifts == (Drift("missing_column", "paid_202602", "quarantine"),)
    assert page.form == {"caseNo": "text", "paid_202601": "text", "paid_…": "text"}


@pytest.mark.parametrize(("header", "told"), [("a\0b\nc", "a?b?c"), ("x" * 300, "x" * 100 + "…")])
def test_a_header_is_told_in_one_short_line(header, told, read):
    assert drifts(read(rows(**{header: ["1"]}))) == [Drift("new_column", told, "ignore")]
