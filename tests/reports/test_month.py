"""The report of a month: figures that add up, what to do first, and whom to call wherever something is asked."""

import re
from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest

from hedui import shelves
from hedui.model.declaration import Title
from hedui.model.interval import Interval
from hedui.reports import Counted, by_county, render_month
from hedui.reports.month import FIRST, DatasetMonth, Figures, Month, Problem
from tests.reports.pages import Page
from tests.reports.test_page import SEVERAL

AGENCY = shelves.agencies()["hr"]
EMPLOYEES, PAYROLL, *OTHERS = AGENCY.datasets.values()
OCTOBER = date(2026, 10, 1)
CALL = ["人社厅信息中心", "0931-8000003"]
IN_ORDER = Figures(due=1, in_time=1, batches=1, rows=90, scored=90)
IN_WANT = Figures(
    due=31,
    in_time=27,
    late=3,
    missing=1,
    batches=30,
    rejected=1,
    rows=12_345,
    faulty=48,
    mended=30,
    open=15,
    scored=10_000,
    own_faulty=20,
)


def day(number):
    return Interval.parse(f"2026-10-{number:02d}", f"2026-10-{number + 1:02d}")


def problem(rows, field="person", title="身份证号校验不通过", scored=True):
    return Problem(field, Title(zh=title, en=f"en {title}"), Title(zh="对照原件", en="Compare"), rows, scored)


WANTING = DatasetMonth(EMPLOYEES, IN_WANT, [day(9)], [day(12)], [problem(40), problem(8, "staffing")], "2026-11-07")


def page(*datasets, language="zh", regions=(), earlier=()):
    return Page(render_month(AGENCY, Month(OCTOBER, datasets, regions, earlier), language))


def test_page_one_says_who_what_how_many_by_when_and_whom_to_call():
    calm = replace(WANTING, figures=replace(IN_WANT, missing=0), missing=(), refused=())
    first = page(DatasetMonth(PAYROLL, IN_ORDER), calm).words
    first = first[: first.index("各数据集")]
    for said in ("人社", "2026 年 10 月", "15", "行仍待更正", "2026-11-07", *CALL, "28 / 32 批"):
        assert said in first
    assert first.index("15") < first.index("先做什么")
    english = page(WANTING, language="en").words
    assert "October 2026" in english and "rows still to mend" in english


def test_what_is_missing_comes_first_then_what_was_refused_then_rows_to_mend_then_what_was_late():
    shown = page(WANTING)
    tasks = shown.words[shown.words.index("先做什么") : shown.words.index("各数据集")]
    order = ["补报 1 批未到的数据", "更正后重新报送 1 批被退回的数据", "更正 15 行", "按时报送：本月迟到 3 批"]
    assert [task for task in tasks if task in order] == order
    assert tasks[tasks.index("补报 1 批未到的数据") + 1] == "2026-10-09"
    assert "主要是“身份证号”：身份证号校验不通过。对照原件" in tasks
    assert "尽快" in shown.words and "另有 1 批应报未报" in shown.words


def test_rows_to_mend_are_told_by_what_is_wrong_with_rows_not_by_what_sent_a_batch_back():
    whole = Problem("", Title(zh="缺少字段", en="Missing"), Title(zh="补齐", en="Add"), 9_000, together=9_000)
    both = replace(problem(6_000), together=5_960)
    first = page(replace(WANTING, problems=[whole, both, problem(8, "staffing")])).words
    assert "主要是“身份证号”：身份证号校验不通过。对照原件" in first[: first.index("各数据集")]
    alone = page(replace(WANTING, problems=[whole])).words
    assert "缺少字段" not in " ".join(alone[: alone.index("各数据集")])


def test_rows_that_wait_for_their_form_are_told_and_asked_for_beside_those_to_mend():
    waiting = replace(WANTING, figures=replace(IN_WANT, of_form=40, missing=0), missing=(), refused=())
    first = page(waiting).words
    assert "另有 40 行因报送格式变化暂存，不必逐行更正，请按约定的格式重新报送" in first
    assert first.index("更正 15 行") < first.index("40 行因报送格式变化暂存")
    alone = page(DatasetMonth(PAYROLL, replace(IN_ORDER, of_form=40))).words
    assert "40 行因报送格式变化暂存，请按约定的格式重新报送" in alone
    assert alone[alone.index("更正期限") + 1] == "下次报送前"


def test_a_month_that_was_only_late_has_nothing_to_mend_and_no_day_for_it():
    late = page(DatasetMonth(PAYROLL, replace(IN_ORDER, in_time=0, late=1))).words
    assert late[late.index("更正期限") + 1] == "无" and "按时报送：本月迟到 1 批" in late


def test_where_no_delivery_was_due_the_head_says_nothing_of_punctuality():
    assert "按时报送" in page(DatasetMonth(PAYROLL, IN_ORDER)).words
    assert "按时报送" not in page(DatasetMonth(PAYROLL, replace(IN_ORDER, due=0, in_time=0))).words


def test_nothing_is_asked_without_an_office_and_its_telephone():
    shown = page(WANTING, DatasetMonth(PAYROLL, IN_ORDER)).words
    tasks = shown[shown.index("先做什么") : shown.index("各数据集")]
    assert tasks.count(CALL[1]) == tasks.count("财政供养人员") == 4
    table = shown[shown.index("各数据集") :]
    for dataset in ("财政供养人员", "工资发放"):
        assert table[table.index(dataset) + 1 :][:2] == CALL


def test_every_dataset_has_its_figures_and_the_agency_their_sum():
    shown = page(WANTING, DatasetMonth(PAYROLL, IN_ORDER), *[DatasetMonth(one, Figures()) for one in OTHERS]).words
    table = shown[shown.index("各数据集") :]

    def figures(of, skipped):
        return table[table.index(of) + 1 + skipped :][:10]

    assert figures("财政供养人员", 2) == ["31", "27", "3", "1", "1", "12,345", "48", "30", "15", "99.8%"]
    assert figures("工资发放", 2) == ["1", "1", "0", "0", "0", "90", "0", "0", "0", "100.0%"]
    assert figures("合计", 0) == ["32", "28", "3", "1", "1", "12,435", "48", "30", "15", "99.8%"]
    assert figures(OTHERS[0].title.zh, 2)[-1] == "–", "nothing came: no score"


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (IN_ORDER, "本月没有待更正的记录"),
        (Figures(), "本月没有收到数据"),
        (Figures(due=2, missing=2), "2 批应报未报"),
    ],
)
def test_a_month_without_rows_to_mend_says_how_it_stands(figures, said):
    missing = [day(n + 1) for n in range(figures.missing)]
    shown = page(DatasetMonth(PAYROLL, figures, missing)).words
    assert said in shown and ("先做什么" in shown) == bool(missing)


def test_missing_deliveries_that_follow_each_other_are_named_together_and_too_many_in_part():
    together = page(replace(WANTING, missing=[day(n) for n in (1, 2, 3, 8)])).words
    assert "2026-10-01–2026-10-03、2026-10-08" in "".join(together)
    apart = page(replace(WANTING, missing=[day(n) for n in range(1, 31, 2)])).words
    assert "、2026-10-17、2026-10-19等，另有 5 期" in "".join(apart)


def test_tasks_that_page_one_does_not_hold_stand_behind_it():
    shown = page(*[replace(WANTING, dataset=dataset) for dataset in (EMPLOYEES, PAYROLL, *OTHERS)]).words
    further = 4 * (2 + len(OTHERS)) - FIRST
    assert f"另有 {further} 项，见“其他待办”。" in shown
    listed = shown[shown.index("其他待办") : shown.index("各数据集")]
    assert listed.count(CALL[1]) == further
    assert "其他待办" not in page(WANTING).words


def test_rows_are_counted_by_county_and_township_and_the_office_named():
    regions = by_county({"620102001": Counted(5, 1), "620123": Counted(2, 2)}, {"620102": "城关区"}.get)
    shown = page(WANTING, regions=regions)
    assert " ".join(shown.after("按县（市、区）和乡镇统计", 16)) == (
        f"咨询电话：{CALL[0]} {CALL[1]} 县（市、区）、乡镇 仍待更正 已更正 "
        "城关区 620102 5 1 620102001 5 1 620123 2 2 主要问题"
    )


def test_problems_of_all_datasets_stand_together_the_commonest_first():
    wanting = replace(WANTING, dataset=PAYROLL, problems=[problem(44, title="月份无法识别", scored=False)])
    listed = page(WANTING, wanting).words
    listed = listed[listed.index("主要问题") :]
    assert [word for word in listed if word.isdigit()] == ["44", "40", "8"]
    assert listed[listed.index("月份无法识别") + 1] == "可能由其他单位造成，不计分"


def test_in_english_one_is_not_said_to_be_several():
    one = Figures(due=1, late=1, batches=1, rows=1, faulty=1, open=1, of_form=1)
    for figures in (one, replace(one, open=0)):
        words = " ".join(page(DatasetMonth(PAYROLL, figures), language="en").words)
        assert "Rows received 1" in words and not SEVERAL.search(words)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_problems_of_the_same_number_of_rows_have_one_order_however_they_were_counted(language):
    alike = [problem(9, "staffing"), problem(9, title="身份证号为空"), problem(9), problem(9, scored=False)]
    pages = {
        render_month(AGENCY, Month(OCTOBER, [replace(WANTING, problems=found)]), language)
        for found in permutations(alike)
    }
    assert len(pages) == 1


def test_earlier_months_stand_beside_it():
    shown = page(WANTING, earlier=[(date(2026, 8, 1), Figures()), (date(2026, 9, 1), replace(IN_WANT, in_time=31))])
    assert "2026-08: 0; 2026-09: 12,345; 2026-10: 12,345" in shown.words
    assert "2026-08: –; 2026-09: 100.0%; 2026-10: 87.1%" in shown.words
    assert "与前几个月相比" not in page(WANTING).words


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_asks_no_host_runs_nothing_and_what_is_put_in_is_text(language):
    hostile = "<img src=x onerror=alert(1)>"
    regions = by_county(
        {"620102": Counted(1), hostile: Counted(1), "11010519491231002X": Counted(1)}, lambda _: hostile
    )
    html = render_month(
        AGENCY, Month(OCTOBER, [replace(WANTING, problems=[problem(1, title=hostile)])], regions), language
    )
    assert not {tag for tag, _, _ in Page(html).attributes} & {"script", "link", "img", "iframe", "object", "form"}
    assert "11010519491231002X" not in html, "what is no division is never shown"
    assert "default-src 'none'" in html and not re.search(r"https?:|url\(|@import", html)
