"""A delivery with known defects, each of a count of its own: what the clerk reads on the page is what was put in."""

import pytest

from tests.pipeline.registry import CONTRACT, days, death, open_register
from tests.reports.pages import Page

NUMBER, CENTENARIAN = "610104620927690", "610104010927996"
FULL_WIDTH = "４４０５２４１８８００１０１００１４"

# What only looks wrong: permits, the 2023 card of foreigners, a code of a region that retired. None is told of.
RIGHT = ["810000199408230021", "830000199201300022", "911124198108030024", "620102194503120015"]

REPAIRED = {
    ("身份证号", "全角字符改为半角"): [{"idCard": FULL_WIDTH}] * 2,
    ("身份证号", "小写 x 改为大写 X"): [{"idCard": "11010519491231002x"}] * 3,
    ("身份证号", "去掉开头的撇号"): [{"idCard": "'11010519491231002X"}] * 5,
    ("身份证号", "去掉多余的空格或制表符"): [{"idCard": "11010519491231002X\t"}, {"idCard": "110105 19491231 002X"}]
    * 2,
    ("身份证号", "15 位号码升为 18 位"): [{"idCard": NUMBER}] * 4 + [{"idCard": CENTENARIAN}] * 2,
    ("姓名", "自造字改为标准汉字"): [{"name": "\ue863小"}] * 2,
    ("死亡日期", "日期统一为 2025-01-31 格式"): [
        {"deathDate": written} for written in ("20260620", "2026-6-20", "2026/06/20", "2026.6.20", "2026年6月20日")
    ],
}
WRONG = {
    ("身份证号", "身份证号校验不通过"): [{"idCard": "11010119900307867X"}] * 3 + [{"idCard": "1.23E+17"}] * 2,
    ("身份证号", "身份证号为空"): [{"idCard": " "}] * 4,
    ("姓名", "姓名为空"): [{"name": ""}] * 6,
    ("死亡日期", "日期无法识别"): [{"deathDate": "昨天"}] * 5 + [{"deathDate": "2024-02-30"}] * 2,
    ("死亡日期", "死亡日期早于 1900 年"): [{"deathDate": "1899-12-31"}],
    ("死亡日期", "死亡日期晚于更新时间"): [{"deathDate": "2026-07-02"}] * 2,
    ("登记依据", "登记依据不在代码表内"): [{"basis": "水葬"}] * 8,
    ("登记县区", "登记县区不是有效的 6 位行政区划代码"): [{"countyCode": "999999"}] * 9,
}
GOOD, TWICE = 200, 3


def delivered() -> list[dict[str, str]]:
    """All of it, each row under a key of its own, and some delivered twice."""
    about = [{"idCard": number} for number in RIGHT]
    about += [change for changes in (*REPAIRED.values(), *WRONG.values()) for change in changes]
    rows = [death(f"S{number}", **change) for number, change in enumerate(about)]
    rows += [death(f"G{number}", countyCode="620104") for number in range(GOOD)]
    # Two faults in one row are one row to mend.
    rows.append(death("BOTH", idCard="11010119900307867X", name="", countyCode="620104"))
    return rows + rows[-1 - TWICE : -1]


@pytest.fixture
def page(stores, monkeypatch) -> Page:
    register = open_register(stores, monkeypatch)
    register.agree(CONTRACT)
    register.rows = delivered()
    batch = register.run(days(1, 2))
    folder = stores.settings.reports / CONTRACT.table / batch
    return Page((folder / "report.zh.html").read_text("utf-8"))


def test_the_pages_numbers_are_those_of_the_seeds(page: Page) -> None:
    wrong = {problem: len(rows) for problem, rows in WRONG.items()}
    to_mend = sum(wrong.values()) + 1
    wrong["身份证号", "身份证号校验不通过"] += 1
    wrong["姓名", "姓名为空"] += 1
    assert page.words[page.words.index("行需要更正") - 1] == str(to_mend)
    assert _counted(page, wrong, "暂存，待更正") == wrong
    repaired = {repair: len(rows) for repair, rows in REPAIRED.items()}
    assert _counted(page, repaired) == repaired
    loaded = len(delivered()) - to_mend - TWICE
    for state, rows in (("已入库", loaded), ("与已收到的记录重复", TWICE), ("暂存，待更正", to_mend)):
        place = page.words.index(state, page.words.index("每一行的去向"))
        assert page.words[place + 1] == str(rows), state
    regions = page.words[page.words.index("按县（市、区）和乡镇统计") : page.words.index("需要更正的位置")]
    stated = {regions[n - 1]: int(regions[n]) for n in range(5, len(regions), 3)}
    assert stated == {"620102": to_mend - 10, "未注明或无法识别": 9, "620104": 1}


def test_nothing_that_was_delivered_stands_on_the_page(page: Page) -> None:
    shown = " ".join(page.words)
    assert not [row for row in delivered() if row["idCard"].strip() and row["idCard"] in shown]
    assert "测试" not in shown and "BOTH" not in shown


def _counted(page: Page, expected: dict[tuple[str, str], int], treatment: str = "") -> dict[tuple[str, str], int]:
    """The rows beside these pairs of words, and beside no other pair of the same section."""
    words = page.words
    section = words[: words.index("需要更正的位置")] if treatment else words[words.index("已自动修正") :]
    pairs = [
        (section[n], section[n + 1], int(section[n + 2].replace(",", "")))
        for n in range(len(section) - 3)
        if section[n + 2].isdigit() and (section[n + 3] == treatment if treatment else section[n] in _fields(expected))
    ]
    return {(field, problem): rows for field, problem, rows in pairs}


def _fields(expected: dict[tuple[str, str], int]) -> set[str]:
    return {field for field, _ in expected}
