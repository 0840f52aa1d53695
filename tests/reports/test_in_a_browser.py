"""Both pages in a real browser, wide and on a telephone: nothing is cut off or asked for, page one is one sheet."""

import base64
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from hedui import shelves
from hedui.model.declaration import Title
from hedui.model.drift import Drift
from hedui.model.interval import Interval
from hedui.reports import Background, Counted, Earlier, Reminders, by_county, render, render_month
from hedui.reports.month import Month
from hedui.validation.suite import read_suite
from tests.reports import test_month as months
from tests.reports import test_page as batches

LANGUAGES = ("zh", "en")
LONG = "很长的名称" * 12 + "_without_any_place_to_break_it" * 4
HOSTILE = "<script>document.title='run'</script><img src='https://example.com/x'>"
ADVICE = Title(
    zh="对照身份证原件逐位核对；电子表格转出的号码末三位如为 000，多半已丢失原值，请从源系统重新导出",
    en="Compare each digit with the card; one that ends in 000 has lost its last digits: export it once more",
)
REGIONS = by_county({f"62{n:04d}{100 + n % 9}": Counted(n % 7, n % 5) for n in range(101, 190)}, lambda code: None)
EARLIER = [
    Earlier(Interval.parse(f"2026-06-{day:02d}", f"2026-06-{day + 1:02d}"), 4_000_000 + day * 70_000, day * 900)
    for day in range(1, 12)
]
BEYOND = Background(due=batches.due("late"), faulty=3, earlier=EARLIER, regions=REGIONS, reminders=Reminders(1_234, 7))
STATES = {"loaded": 4_000, "superseded": 500, "duplicate": 300, "quarantined": 100, "discarded": 50, "expired": 30}


def full(language):
    """All that a page can hold: every state, many kinds of problems and records, long and hostile words."""
    findings = [batches.finding("person", 90 - n, title=f"{HOSTILE} {LONG if n == 9 else n}") for n in range(40)]
    findings = [replace(finding, advice=ADVICE) for finding in findings]
    bad = [(row, "person", row % 40) for row in range(200)]
    where = batches.places(range(200))
    where = where.set_column(1, "_source", pa.array([f"{LONG}.xlsx / {HOSTILE}"] * 200))
    judged = batches.verdict(findings, bad, {("person", "lower_case"): 4})
    judged = replace(judged, passed_over=(Title(zh="行数与以往相当", en="Row count as usual"),))
    facts = replace(batches.FACTS, **STATES, announced=5_003, vanished=7)
    drifts = [Drift("new_column", HOSTILE + LONG, "ignore")]
    return render(batches.AGENCY, batches.DATASET, facts, judged, where, language, drifts, BEYOND)


def rejected(language):
    because = Title(zh="5,000 行中有 900 行不合格，超过 2% 的上限", en="900 of 5,000 rows cannot be used")
    facts = replace(batches.FACTS, state="rejected", loaded=0, superseded=0, duplicate=0, quarantined=0)
    judged = replace(batches.FAULTY, rejected_because=because)
    return render(batches.AGENCY, batches.DATASET, facts, judged, batches.places([3, 14, 15, 99]), language, (), BEYOND)


def empty(language):
    facts = replace(batches.FACTS, pulled=0, loaded=0, superseded=0, duplicate=0, quarantined=0, repaired=0)
    judged = replace(batches.verdict(), pulled=0)
    return render(batches.AGENCY, batches.DATASET, facts, judged, batches.places([]), language)


def month(language):
    problem = months.problem(7, title=HOSTILE + LONG)
    figures = replace(months.IN_WANT, of_form=1_234)
    wanting = replace(
        months.WANTING, figures=figures, missing=[months.day(n) for n in range(1, 20)], problems=[problem] * 10
    )
    datasets = [replace(wanting, dataset=one) for one in months.AGENCY.datasets.values()]
    earlier = [(date(2026, n, 1), months.IN_WANT) for n in range(5, 10)]
    return render_month(months.AGENCY, Month(months.OCTOBER, datasets, REGIONS, earlier), language)


def quiet_month(language):
    return render_month(
        months.AGENCY, Month(months.OCTOBER, [months.DatasetMonth(months.PAYROLL, months.IN_ORDER)]), language
    )


PAGES = [full, rejected, empty, month, quiet_month]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_in_both_languages_and_widths_and_prints(browser, tmp_path: Path, page):
    _leave(browser)
    for language in LANGUAGES:
        (tmp_path / f"report.{language}.html").write_text(page(language), "utf-8")
    for language in LANGUAGES:
        for width in (320, 1400):
            _as_wide_as(browser, width)
            browser.get((tmp_path / f"report.{language}.html").as_uri())
            seen, whole = _widths(browser)
            assert seen == whole
            assert _cut_off(browser) == []
        assert page_one(browser) == 1
    assert browser.title != "run"
    assert browser.get_log("browser") == []
    assert {url.partition("/report.")[0] for url in _asked_for(browser)} == {tmp_path.as_uri()}


def test_the_other_language_is_a_click_away_and_the_telephone_can_be_called(browser, tmp_path: Path):
    for language in LANGUAGES:
        (tmp_path / f"report.{language}.html").write_text(rejected(language), "utf-8")
    browser.get((tmp_path / "report.zh.html").as_uri())
    browser.find_element("link text", "English").click()
    assert browser.current_url.endswith("/report.en.html")
    assert browser.find_element("class name", "telephone").get_attribute("href") == "tel:0931-8000003"
    assert not browser.find_elements("css selector", "script, img")


def test_on_a_telephone_the_first_screen_says_how_many_by_when_and_whom_to_call(browser, tmp_path: Path):
    (tmp_path / "report.zh.html").write_text(rejected("zh"), "utf-8")
    _as_wide_as(browser, 320)
    browser.get((tmp_path / "report.zh.html").as_uri())
    telephone = browser.find_element("class name", "telephone")
    assert telephone.rect["y"] + telephone.rect["height"] < 640


def test_every_chart_can_be_listened_to(browser, tmp_path: Path):
    (tmp_path / "report.zh.html").write_text(rejected("zh"), "utf-8")
    browser.get((tmp_path / "report.zh.html").as_uri())
    rows, share = browser.find_elements("css selector", "svg[role=img]")
    assert rows.accessible_name.startswith("每批收到的行数 2026-06-01: 4,070,000; ")
    assert share.accessible_name.startswith("每批需要更正的比例 2026-06-01: <0.1%; ")


def test_no_suite_says_more_than_what_the_printed_page_was_tried_with():
    said = [one.meta for dataset in shelves.datasets().values() for one in read_suite(dataset).expectations]
    for language in LANGUAGES:
        assert max(len(meta.advice.in_(language)) for meta in said) <= len(ADVICE.in_(language))
        assert max(len(meta.title.in_(language)) for meta in said) <= len(HOSTILE)


def _leave(browser):
    """The page before, and all that was told of it."""
    browser.get("about:blank")
    for kind in ("browser", "performance"):
        browser.get_log(kind)


def page_one(browser):
    """How many sheets of A4 all that stands before the details takes."""
    details = "document.querySelectorAll('main:has(.rest) footer, .rest').forEach(part => part.remove())"
    browser.execute_script(details)
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    return len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed["data"])))


def _as_wide_as(browser, width):
    view = {"width": width, "height": 640, "deviceScaleFactor": 1, "mobile": width < 700}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", view)


def _widths(browser):
    """Of what is seen, and of what one could scroll through."""
    return browser.execute_script("const page = document.documentElement; return [page.clientWidth, page.scrollWidth]")


def _cut_off(browser):
    """Words that stand beyond the edge, whether or not one can scroll there."""
    return browser.execute_script(
        "return [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
        ".map(e => e.outerHTML.slice(0, 120))"
    )


def _asked_for(browser):
    events = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    sent = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
    return [event["request"]["url"] for event in sent if event["documentURL"].startswith("file:")]
