"""Page, list and month say the same numbers: what is to mend by rows, what waits for its form, and what is mended."""

import csv
import io
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from hedui import shelves
from hedui.ledger.tables import Batch, HeldRow
from hedui.model.answers import Answer
from hedui.model.contract import Dataset
from hedui.model.facts import Said
from hedui.pipeline import validating
from hedui.pipeline.housekeeping.batches import landing
from hedui.pipeline.housekeeping.turn import Turn
from hedui.pipeline.mending import lists, month_lists
from hedui.pipeline.month_figures import month_of
from hedui.pipeline.quarantine.choosing import chosen_records
from hedui.pipeline.quarantine.deciding import confirm, discard
from hedui.pipeline.quarantine.replaying import replay
from hedui.pipeline.reporting import report
from hedui.reports import Region
from hedui.reports.month import Month
from hedui.reports.when import mend_by
from hedui.validation.drifted import held_for_form
from hedui.validation.verdict import Verdict
from tests.quarantine import site as small
from tests.quarantine.judge import Judge
from tests.quarantine.site import ROUND, Row, Site
from tests.reports.pages import Page

JULY = date(2026, 7, 1)
FOREVER = datetime(2030, 1, 1, tzinfo=UTC)
BAD, GOOD = Row("a", 100), Row("a", 5)
OTHER_FORM = '["new_column:bonus"]'


class _Judge(Judge):
    """As the other, and it holds back what came in another form."""

    def __call__(self, dataset: Dataset, batches: Iterator[pa.RecordBatch], *_: Any, **known: Any) -> Verdict:
        pieces = list(batches)
        verdict = super().__call__(dataset, iter(pieces), **known)
        marked = pa.Table.from_batches(pieces).select(["_row", "_drift"])
        marks = marked.filter(marked["_drift"].is_valid())
        found, bad = held_for_form(dataset, marks, len(verdict.findings))
        together = pa.concat_tables([verdict.bad_rows, bad]).sort_by([("row", "ascending"), ("finding", "ascending")])
        return replace(verdict, findings=(*verdict.findings, *found), bad_rows=together.combine_chunks())


@pytest.fixture(autouse=True)
def judge(monkeypatch: pytest.MonkeyPatch) -> _Judge:
    """What a suite says, by the hand of the test, of a July that is over."""
    judge = _Judge(limit=99)
    monkeypatch.setattr(validating, "judge", judge)
    monkeypatch.setattr("hedui.pipeline.mending.first_day", lambda month, now: date.fromisoformat(f"{month}-01"))
    return judge


def page(site: Site, name: str, language: str = "zh") -> Page:
    return Page((report(site.stores, name) / f"report.{language}.html").read_text("utf-8"))


def said(shown: Page, unit: str = "行需要更正") -> int:
    """The number before these words; none where the page does not say them."""
    return int(shown.words[shown.words.index(unit) - 1].replace(",", "")) if unit in shown.words else 0


def rows(documents: list[Any]) -> list[dict[str, str]]:
    plain = [one for one in documents if one.name.endswith(".csv")]
    return [row for one in plain for row in csv.DictReader(io.StringIO(one.content.decode("utf-8-sig")))]


def month(site: Site) -> Month:
    return month_of(site.stores, shelves.agency("office"), JULY, datetime(2026, 8, 3, tzinfo=UTC))


def month_rows(site: Site) -> list[dict[str, str]]:
    return rows(month_lists(site.stores, "office", "2026-07", "zh"))


def of_regions(regions: Sequence[Region]) -> tuple[int, int]:
    return sum(one.counted.open for one in regions), sum(one.counted.mended for one in regions)


def answer(site: Site, name: str, row: int, chosen: Answer) -> None:
    with site.stores.ledger.session() as session:
        session.get_one(HeldRow, (name, row)).answer = chosen


# --- what is mended ---


def mended(site: Site, *names: str) -> list[int]:
    """Of each page, and of the month."""
    pages = [page(site, name).words for name in names]
    counts = [int(words[words.index("已更正") + 3]) if "已更正" in words else 0 for words in pages]
    found = month(site)
    assert of_regions(found.regions)[1] == found.figures.mended
    return [*counts, found.figures.mended]


def test_a_record_that_came_wrong_again_is_not_mended_until_it_comes_right(site: Site) -> None:
    first, second = site.deliver(1, BAD, Row("b", 100)), site.deliver(2, BAD)
    assert mended(site, first, second) == [0, 0, 0]
    assert (month(site).figures.open, len(month_rows(site))) == (2, 2)
    site.deliver(3, GOOD)
    assert mended(site, first) == [1, 2]


@pytest.mark.parametrize(("chosen", "counted"), [("right", 1), ("mended", 1), ("void", 0), ("not_ours", 0)])
def test_wrong_again_it_is_mended_once_the_agency_answers_that_it_is_right(
    site: Site, chosen: Answer, counted: int
) -> None:
    first, second = site.deliver(1, BAD, Row("b", 100)), site.deliver(2, BAD)
    answer(site, second, 0, chosen)
    assert mended(site, first) == [counted, counted]


def test_what_was_thrown_away_in_a_later_delivery_mends_nothing(site: Site) -> None:
    first, second = site.deliver(1, BAD, Row("b", 100)), site.deliver(2, BAD)
    discard(site.stores, {second: [0]}, Said("马秀英", "申请作废"))
    assert mended(site, first) == [0, 0]


# --- rows that came in after all ---


def test_once_the_rows_of_one_fault_came_in_the_others_are_asked_for_as_before(site: Site) -> None:
    doubtful = Row("a", 1, person=ROUND)
    name = site.deliver(1, doubtful, Row("b", 100), Row("c", 100))
    confirm(site.stores, chosen_records(site.stores, small.NAME, ["a"]), Said("马秀英", "核对无误"))
    assert (said(page(site, name)), len(rows(lists(site.stores, name, "zh"))), month(site).figures.open) == (2, 2, 2)
    assert "另有" not in page(site, name).words


# --- rows that wait for their form ---


def test_rows_that_wait_for_their_form_are_told_beside_those_to_mend_and_stand_in_no_list(site: Site) -> None:
    drift = {"new_columns": "quarantine"}
    site.declare(drift=drift)
    name = site.deliver(1, BAD, Row("b", 1, drift=OTHER_FORM), Row("c", 100, drift=OTHER_FORM), Row("d", 1))
    shown = page(site, name)
    assert (said(shown), len(rows(lists(site.stores, name, "zh")))) == (2, 2)
    assert "另有 1 行因报送格式变化暂存，不必逐行更正，请按约定的格式重新报送" in shown.words
    found = month(site)
    assert (found.figures.open, found.figures.of_form, len(month_rows(site))) == (2, 1, 2)
    assert of_regions(found.regions) == (2, 0)
    alone = site.deliver(2, Row("e", 1, drift=OTHER_FORM), Row("f", 1))
    words = page(site, alone).words
    assert "1 行因报送格式变化暂存，请按约定的格式重新报送" in words and "本批数据无需更正" not in words
    assert words[words.index("更正期限") + 1] != "无"


# --- batches of which nothing is kept ---


def tidied(site: Site) -> None:
    """Nothing is left of what was landed."""
    list(landing(Turn(site.stores, FOREVER, dry_run=False), site.dataset))


@pytest.mark.parametrize("stage", ["onboarding", "approved"])
def test_without_its_delivery_a_page_says_what_it_said_before(site: Site, judge: _Judge, stage: str) -> None:
    site.declare(stage=stage)
    judge.reject = stage == "approved"
    name = site.deliver(1, *(Row(f"k{n}", 100, county="620102001" if n else "620123") for n in range(3)), GOOD)
    assert site.batch(name).state == ("rejected" if stage == "approved" else "judged")
    before = {language: page(site, name, language).words for language in ("zh", "en")}
    assert {"620102", "620102001", "620123"} <= {*before["zh"]}
    tidied(site)
    assert {language: page(site, name, language).words for language in ("zh", "en")} == before


def test_a_snapshot_that_was_refused_for_what_it_lacks_says_by_office_what_is_to_mend(site: Site) -> None:
    site.declare(delivers="snapshot", vanished_share=0.1)
    site.deliver(1, *(Row(f"k{n}", 1) for n in range(30)))
    refused = site.deliver(2, BAD, Row("b", 100, county="620123"))
    assert (site.batch(refused).state, site.batch(refused).asked) == ("rejected", {"620102": 1, "620123": 1})


# --- one day ---


def test_the_month_names_one_day_on_its_page_and_in_its_list(site: Site) -> None:
    site.declare(landing_retention_days=30)
    names = [site.deliver(day, replace(BAD, key=f"k{day}")) for day in (1, 2)]
    with site.stores.ledger.session() as session:
        for name, received in zip(names, (2, 5), strict=True):
            session.get_one(Batch, name).received_at = datetime(2026, 7, received, tzinfo=UTC)
    last = mend_by(site.dataset, datetime(2026, 7, 5, tzinfo=UTC))
    (one,) = month(site).datasets
    workbook, _ = month_lists(site.stores, "office", "2026-07", "zh")
    assert one.mend_by == last == "2026-08-04"
    assert last in _first_sheet(workbook.content)


def _first_sheet(content: bytes) -> list[str]:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    return [str(cell) for row in sheet.to_python() for cell in row]


# --- any history ---

_ROWS = st.builds(
    Row,
    key=st.sampled_from(["a", "a", "b", "c", None]),
    value=st.integers(0, 3),
    changed=st.integers(0, 2),
    drift=st.sampled_from([None, None, OTHER_FORM]),
    county=st.sampled_from(["620102", "620102001", "620123", "?"]),
)
_STEPS = st.tuples(
    st.sampled_from(
        ["deliver", "deliver", "deliver", "on trial", "reject", "answer", "discard", "mend the suite", "tidy"]
    ),
    st.integers(1, 4),
    st.lists(_ROWS, min_size=1, max_size=4),
)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_STEPS, min_size=3, max_size=7))
def test_on_any_history_page_list_and_month_agree(
    site: Site, judge: _Judge, monkeypatch: pytest.MonkeyPatch, history: list[tuple[str, int, list[Row]]]
) -> None:
    names = list[str]()
    judge.limit = 1
    monkeypatch.setattr(small, "NAME", f"office.t{uuid.uuid4().hex[:10]}")
    site.declare()
    for what, day, delivered in history:
        _steps[what](site, judge, names, day, delivered)
    listed = {name: rows(lists(site.stores, name, "zh")) for name in names}
    for name in names:
        shown = page(site, name)
        if site.batch(name).state == "rejected":
            assert sum((site.batch(name).asked or {}).values()) == len(listed[name])
        else:
            assert said(shown) == len(listed[name])
    found = month(site)
    asked = [name for name in names if _counts_in_month(site, name, names)]
    assert found.figures.open == len(month_rows(site)) == sum(len(listed[name]) for name in asked)
    assert of_regions(found.regions) == (found.figures.open, found.figures.mended)


def _counts_in_month(site: Site, name: str, names: list[str]) -> bool:
    """What was refused comes again whole; of deliveries on trial the last of an interval counts."""
    own = site.batch(name)
    later = [one for one in map(site.batch, names) if one.interval_end == own.interval_end]
    newest = max(later, key=lambda one: one.sequence).id
    return own.state == "loaded" or (own.state == "judged" and newest == name)


def _deliver(stage: str, *, reject: bool = False) -> Callable[[Site, _Judge, list[str], int, list[Row]], None]:
    def step(site: Site, judge: _Judge, names: list[str], day: int, delivered: list[Row]) -> None:
        site.declare(stage=stage, drift={"new_columns": "quarantine"})
        judge.reject = reject
        names.append(site.deliver(day, *delivered, sequence=len(names) + 1))
        judge.reject = False
        site.declare(drift={"new_columns": "quarantine"})

    return step


def _answered(site: Site, judge: _Judge, names: list[str], day: int, delivered: list[Row]) -> None:
    held = [row for name in names for row in site.held(name)]
    if held:
        one = held[day % len(held)]
        answer(site, one.batch_id, one.row, "right" if day % 2 else "void")


def _discarded(site: Site, judge: _Judge, names: list[str], day: int, delivered: list[Row]) -> None:
    held = [row for name in names for row in site.held(name) if row.state == "held"]
    if held:
        one = held[day % len(held)]
        discard(site.stores, {one.batch_id: [one.row]}, Said("马秀英", "申请作废"))


def _mended(site: Site, judge: _Judge, *_: Any) -> None:
    judge.limit += 1
    replay(site.stores, small.NAME)


_steps: dict[str, Callable[..., None]] = {
    "deliver": _deliver("approved"),
    "on trial": _deliver("onboarding"),
    "reject": _deliver("approved", reject=True),
    "answer": _answered,
    "discard": _discarded,
    "mend the suite": _mended,
    "tidy": lambda site, *_: tidied(site),
}
