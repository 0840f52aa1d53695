"""The validation report: figures that balance, places without values, one file that asks no host."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

import pyarrow as pa
import pytest

from hedui import shelves
from hedui.identifiers import names, person
from hedui.model.declaration import Title
from hedui.model.drift import Drift
from hedui.model.facts import BatchFacts, DueFacts
from hedui.model.interval import Interval
from hedui.reports import Background, Counted, Earlier, Reminders, by_county, render
from hedui.reports.lists import LISTED as IN_ONE_LIST
from hedui.reports.page import FIRST, LISTED, PROBLEMS
from hedui.reports.words import REPAIRS
from hedui.validation import readers
from hedui.validation.verdict import BAD_ROWS, FORM_OF_DELIVERY, Finding, Verdict
from tests.reports.pages import Page

DATASET = shelves.dataset("hr.public_employees")
AGENCY = shelves.agencies()["hr"]
FACTS = BatchFacts(
    batch="B-1",
    dataset=DATASET.full_name,
    interval=Interval.parse("2024-07-01", "2026-06-30"),
    received_at=datetime(2026, 6, 29, 17, 30, tzinfo=UTC),
    state="loaded",
    pulled=5_000,
    repaired=7,
    quarantined=3,
    loaded=4_980,
    superseded=12,
    duplicate=5,
    seconds=1.25,
)


def finding(field, count, on_failure="quarantine_rows", title="身份证号校验不通过"):
    text = Title(zh=title, en=f"en {title}")
    return Finding("expect", field, "warning", on_failure, text, Title(zh="对照原件", en="Compare"), count)


def verdict(findings=(), bad=(), repairs=None, because=None):
    rows = pa.Table.from_pylist([{"row": r, "field": f, "finding": n} for r, f, n in bad], BAD_ROWS)
    return Verdict(5_000, 7, Counter(repairs or {}), tuple(findings), rows, because)


def places(rows):
    table = {
        "_row": [*rows],
        "_source": [f"part{row // 10 + 1:02d}.csv" for row in rows],
        "_position": [r + 2 for r in rows],
    }
    return pa.table(
        table, schema=pa.schema([("_row", pa.int64()), ("_source", pa.string()), ("_position", pa.int64())])
    )


FAULTY = verdict(
    [finding("person", 2), finding("left_on", 2, title="日期无法识别"), finding("staffing", 9, "warn", "编制类型为空")],
    [(3, "person", 0), (3, "left_on", 1), (14, "person", 0), (15, "left_on", 1), (99, "staffing", 2)],
    {("person", "lower_case"): 4, ("posted_on", "date_form"): 3},
)


def page(language="zh", facts=FACTS, judged=FAULTY, where=None, beyond=None):
    where = where if where is not None else places([3, 14, 15, 99])
    return Page(render(AGENCY, DATASET, facts, judged, where, language, background=beyond))


def balance(words):
    """The rows of each state, from the section that says where every row went."""
    start = words.index("每一行的去向")
    end = words.index("收到", start)
    return {words[n]: int(words[n + 1].replace(",", "")) for n in range(start + 1, end, 3)}


def test_page_one_says_what_how_many_by_when_and_whom_to_call():
    words = page().words
    for said in (
        "人社",
        "财政供养人员",
        "3",
        "行需要更正",
        "2026-07-07",
        "人社厅信息中心",
        "0931-8000003",
        "2024-07-01 – 2026-06-29",
    ):
        assert said in words
    assert words.index("3") < words.index("要改什么") < words.index("每一行的去向"), "before anything else"
    english = page("en").words
    assert "rows to mend" in english and "Information centre of the human resources department" in english


def test_times_are_the_provinces():
    assert "2026-06-30 01:30" in page().words


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, {"已入库": 4_980, "已有更新版本": 12, "与已收到的记录重复": 5, "暂存，待更正": 3}),
        (
            {"loaded": 4_000},
            {"已入库": 4_000, "已有更新版本": 12, "与已收到的记录重复": 5, "暂存，待更正": 3, "处理中": 980},
        ),
        (
            {"quarantined": 1, "expired": 1, "discarded": 1},
            {
                "已入库": 4_980,
                "已有更新版本": 12,
                "与已收到的记录重复": 5,
                "暂存，待更正": 1,
                "经确认作废": 1,
                "逾期未更正，已删除": 1,
            },
        ),
    ],
)
def test_the_balance_sums_to_what_was_received(changes, shown):
    assert balance(page(facts=replace(FACTS, **changes)).words) == shown
    assert sum(shown.values()) == 5_000


def test_a_rejected_batch_says_so_and_why_and_that_none_of_it_is_loaded():
    because = Title(zh="太多行不合格", en="Too many rows cannot be used")
    facts = replace(FACTS, state="rejected", loaded=0, superseded=0, duplicate=0, quarantined=0)
    words = page(facts=facts, judged=replace(FAULTY, rejected_because=because)).words
    assert "整批退回，请更正后重新报送" in words and "太多行不合格" in words
    assert balance(words) == {"随整批退回": 5_000}
    assert "数据质量得分" not in words
    assert words.index("身份证号校验不通过") < words.index("编制类型为空"), "notices come last here too"


def test_a_batch_on_trial_says_what_to_mend_and_that_none_of_it_is_loaded():
    facts = replace(FACTS, state="judged", loaded=0, superseded=0, duplicate=0, quarantined=0)
    words = page(facts=facts).words
    assert words[words.index("行需要更正") - 1] == "3"
    assert balance(words) == {"试接入，只校验不入库": 5_000}


def test_records_that_a_full_delivery_no_longer_has_are_told():
    said = [f"本次全量数据中已没有 {count} 条此前收到的记录，已按删除处理。" for count in ("1,200", "0")]
    words = page(facts=replace(FACTS, vanished=1_200)).words
    assert said[0] in words and said[1] not in page().words


def test_a_clean_batch_asks_for_nothing():
    words = page(facts=replace(FACTS, quarantined=0, loaded=4_983), judged=verdict(), where=places([])).words
    assert "本批数据无需更正" in words and "需要更正的位置" not in words and "要改什么" not in words


def due(state, received_at=FACTS.received_at):
    """A delivery that was due at 18:00 on the 29th, in the province's time."""
    return DueFacts(DATASET.full_name, FACTS.interval, datetime(2026, 6, 29, 10, tzinfo=UTC), state, received_at)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (due("in time"), "按时"),
        (due("late"), "迟到 7 小时"),
        (due("late", datetime(2026, 7, 2, 13, tzinfo=UTC)), "迟到 3 天 3 小时"),
        (due("late", datetime(2026, 6, 29, 10, 5, tzinfo=UTC)), "迟到不到 1 小时"),
        (due("paused"), "暂停接收期间，不计迟到"),
    ],
)
def test_it_says_when_the_delivery_was_due_and_whether_it_was_there(facts, said):
    words = page(beyond=Background(due=facts)).words
    assert words[words.index("应收到时间") + 1 :][:2] == ["2026-06-29 18:00", said]


def test_a_delivery_for_which_no_moment_was_agreed_is_not_late():
    assert "应收到时间" not in page().words and "迟到" not in "".join(page().words)


@pytest.mark.parametrize(
    ("announced", "said"),
    [
        (5_000, "与报送时申报的 5,000 行一致。"),
        (5_003, "报送时申报 5,003 行，实际少 3 行，请核对。"),
        (4_999, "报送时申报 4,999 行，实际多 1 行，请核对。"),
    ],
)
def test_what_was_announced_stands_beside_what_arrived(announced, said):
    assert said in page(facts=replace(FACTS, announced=announced)).words


@pytest.mark.parametrize(
    ("own", "score"),
    [(1, ">99.9%"), (50, "99.0%"), (0, "100.0%")],
)
def test_the_score_counts_rows_with_faults_of_their_own_and_no_others(own, score):
    elsewhere = replace(finding("managed_by", 200), scored=False)
    notice = finding("staffing", 300, "warn")
    bad = [(row, "person", 0) for row in range(own)]
    bad += [(row, "managed_by", 1) for row in range(200)] + [(row, "staffing", 2) for row in range(300)]
    words = page(judged=verdict([finding("person", own), elsewhere, notice], bad), where=places(range(300))).words
    assert words[words.index("数据质量得分") + 1] == score
    assert words.count("可能由其他单位造成，不计分") == 1


def test_rows_that_were_right_after_all_lower_no_score():
    cleared = pa.array([3, 14, 15])
    words = page(facts=replace(FACTS, quarantined=0), beyond=Background(settled=cleared, cleared=cleared)).words
    assert words[words.index("数据质量得分") + 1] == "100.0%"


def test_what_is_mended_is_asked_for_no_more():
    words = page(beyond=Background(settled=pa.array([14]))).words
    listed = words[words.index("需要更正的位置") : words.index("已自动修正")]
    assert [w for w in listed if w.isdigit()] == ["5", "17"]


def test_what_was_answered_is_asked_for_no_more():
    words = page(beyond=Background(answered=1, settled=pa.array([14]))).words
    assert words[words.index("行需要更正") - 1] == "2" and "另有 1 行已收到答复，不再提醒" in words


def test_it_says_how_often_records_were_asked_for():
    assert "其中 2 条以前已提醒过，最多的是第 4 次" in page(beyond=Background(reminders=Reminders(2, 4))).words
    assert "以前已提醒" not in "".join(page().words)


def test_earlier_batches_stand_beside_it_in_charts_and_in_words():
    earlier = [
        Earlier(Interval.parse(f"2026-06-{day:02d}", f"2026-06-{day + 1:02d}"), 100 * day, faulty)
        for day, faulty in ((1, 4), (2, None), (3, 6))
    ]
    words = page(beyond=Background(faulty=3, earlier=earlier)).words
    assert "此前 2 批：通常收到 200 行，其中 3.0% 需要更正（中位数）。" in words
    assert "2026-06-01: 100; 2026-06-02: 200; 2026-06-03: 300; 2026-06-29: 5,000" in words
    assert "2026-06-01: 4.0%; 2026-06-02: –; 2026-06-03: 2.0%; 2026-06-29: 0.1%" in words
    assert "与以前各批相比" not in page().words, "the first batch has none to be compared with"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", "此前 1 批：收到 200 行，其中 3.0% 需要更正。"),
        ("en", "In the one batch before: rows 200, to mend 3.0%."),
    ],
)
def test_of_one_earlier_batch_it_is_not_said_what_is_usual(language, said):
    before = Background(faulty=3, earlier=[Earlier(Interval.parse("2026-06-01", "2026-06-02"), 200, 6)])
    assert said in page(language, beyond=before).words


def test_how_many_batches_are_usual_counts_those_whose_rows_to_mend_were_counted():
    days = [Interval.parse(f"2026-06-{day:02d}", f"2026-06-{day + 1:02d}") for day in (1, 2)]
    before = Background(faulty=3, earlier=[Earlier(days[0], 900, None), Earlier(days[1], 200, 6)])
    assert "此前 1 批：收到 200 行，其中 3.0% 需要更正。" in page(beyond=before).words


SEVERAL = re.compile(r"(?<![\d,.])1 (rows|records|batches|times)")


def test_in_english_one_is_not_said_to_be_several():
    form = replace(finding("person", 1), expectation=FORM_OF_DELIVERY)
    one = replace(FACTS, pulled=2, loaded=0, superseded=0, duplicate=0, quarantined=2)
    before = Background(earlier=[Earlier(FACTS.interval, 1, 1)], reminders=Reminders(1, 2), answered=0)
    both = verdict([finding("person", 1), form], [(3, "person", 0), (14, "person", 1)])
    alone = verdict([form], [(14, "person", 0)])
    pages = [page("en", replace(one, announced=n), both, beyond=before).words for n in (1, 2, 3)]
    pages.append(page("en", replace(one, quarantined=1, announced=1), alone, beyond=before).words)
    assert [found for words in pages if (found := SEVERAL.search(" ".join(words)))] == []


def test_rows_are_counted_by_county_and_township():
    counted = {"620102001": Counted(5, 1), "620102": Counted(1, 0), "620123": Counted(2, 2), None: Counted(1, 0)}
    named = {"620102": "城关区", "620102001": "酒泉路街道"}
    words = page(beyond=Background(regions=by_county(counted, named.get))).words
    start = words.index("按县（市、区）和乡镇统计")
    shown = " ".join(words[start + 4 : words.index("需要更正的位置")])
    assert shown == "城关区 620102 6 1 酒泉路街道 620102001 5 1 未注明乡镇 1 0 620123 2 2 未注明或无法识别 1 0"


def test_every_county_of_a_province_has_its_line_and_of_very_many_townships_the_rest_is_summed():
    counties = {f"62{n:04d}": Counted(1, 2) for n in range(1, 91)}
    townships = {f"620001{n:03d}": Counted(1, 0) for n in range(1, 71)}
    first, *others, unnamed = by_county({**counties, **townships, None: Counted(5, 0)}, lambda code: None)
    assert first.code == "620001" and {one.code for one in others} == counties.keys() - {"620001"}
    assert (unnamed.code, unnamed.rest, unnamed.counted) == ("", 0, Counted(5, 0))
    assert (first.townships[-1].rest, first.townships[-1].counted) == (11, Counted(11, 0))
    assert sum((one.counted for one in first.townships), Counted()) == first.counted == Counted(71, 2)
    words = page(beyond=Background(regions=[first, *others, unnamed])).words
    assert words[words.index("其余 11 个") + 1] == "11" and "未注明或无法识别" in words


def test_what_was_passed_over_is_told_and_is_no_fault():
    judged = replace(FAULTY, passed_over=(Title(zh="行数与以往相差很大", en="Unusual number of rows"),))
    words, english = page(judged=judged).words, page("en", judged=judged).words
    assert words[words.index("本批未作的检查") + 2] == "是否“行数与以往相差很大”"
    assert english[english.index("Checks not made this time") + 2] == "Whether there is: Unusual number of rows"
    assert "本批未作的检查" not in page().words


def test_of_many_kinds_of_problems_those_to_mend_come_first_and_the_rest_is_counted():
    notices = [finding("staffing", 900, "warn", f"提醒 {n}") for n in range(FIRST + PROBLEMS)]
    words = page(judged=verdict([*notices, finding("person", 1)], [(3, "person", FIRST + PROBLEMS)])).words
    assert words[words.index("先改什么") :].index("身份证号校验不通过") < words[words.index("先改什么") :].index(
        "提醒 0"
    )
    assert words.index(f"提醒 {FIRST - 2}") < words.index("每一行的去向") < words.index(f"提醒 {FIRST - 1}")
    assert "另有 1 类问题未在此列出。" in words


def test_every_record_is_named_once_by_source_and_row_with_all_its_faults():
    words = page().words
    listed = words[words.index("需要更正的位置") : words.index("已自动修正")]
    assert [w for w in listed if w.endswith(".csv")] == ["part01.csv", "part02.csv"]
    assert [w for w in listed if w.isdigit()] == ["5", "16", "17"]
    assert listed.count("身份证号") == 2 and listed.count("离职日期") == 2 and "编制类型" not in listed


def test_rows_held_back_for_the_form_of_their_part_are_counted_and_not_listed_one_by_one():
    form = replace(finding("person", 2, title="报送格式变化"), expectation=FORM_OF_DELIVERY)
    facts = replace(FACTS, quarantined=2)
    words = page(facts=facts, judged=verdict([form], [(3, "person", 0), (14, "person", 0)])).words
    assert "报送格式变化" in words and "2 行因报送格式变化暂存，请按约定的格式重新报送" in words
    assert "需要更正的位置" not in words


def test_changes_in_form_are_told_with_what_became_of_them():
    drifts = [Drift("new_column", "<b>", "ignore"), Drift("renamed_header", "a", "quarantine", "a", "b")]
    words = Page(render(AGENCY, DATASET, FACTS, FAULTY, places([3, 14, 15, 99]), "zh", drifts)).words
    assert words[words.index("报送格式的变化") :][4:8] == ["新增列“<b>”", "照常接收", "列“a”改名为“b”", "相关行暂存"]


def test_a_long_list_is_cut_and_says_so():
    rows = range(LISTED + 250)
    judged = verdict([finding("person", len(rows))], [(row, "person", 0) for row in rows])
    words = page(judged=judged, where=places(rows)).words
    assert f"共 {LISTED + 250:,} 条记录，此处列出前 {LISTED:,} 条，全部见清单。" in words
    longer = range(IN_ONE_LIST + 1)
    longest = verdict([finding("person", len(longer))], [(row, "person", 0) for row in longer])
    words = page(judged=longest, where=places(longer)).words
    assert "共 50,001 条记录，此处列出前 100 条，前 50,000 条见清单。" in words
    listed = words[words.index("需要更正的位置") :]
    assert sum(word.isdigit() for word in listed) == LISTED


def test_repairs_are_counted_by_field_in_words():
    words = page("en").words
    start = words.index("Repaired on arrival")
    assert words[words.index("Small letters made capitals", start) + 1] == "4"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_asks_no_host_and_runs_nothing(language):
    html = render(AGENCY, DATASET, FACTS, FAULTY, places([3, 14, 15, 99]), language)
    tags = {tag for tag, _, _ in Page(html).attributes}
    assert not tags & {"script", "link", "img", "iframe", "object", "form"}
    links = [value for _, name, value in Page(html).attributes if name in {"href", "src", "action"}]
    assert links == [f"report.{'en' if language == 'zh' else 'zh'}.html", "tel:0931-8000003"]
    assert "default-src 'none'" in html and not re.search(r"https?:|url\(|@import", html)


def test_what_an_agency_writes_is_text_and_never_markup():
    where = places([3]).set_column(1, "_source", pa.array(["<script>alert(1)</script>.csv"]))
    html = render(AGENCY, DATASET, FACTS, verdict([finding("person", 1)], [(3, "person", 0)]), where, "zh")
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_every_repair_that_preparing_makes_has_words():
    of_text = {"full_width", "nul", "blanks"}
    made = {*of_text, *get_args(person.Repair), *get_args(names.Repair), *get_args(readers.OfForm)}
    assert set(REPAIRS) == made - {""}
