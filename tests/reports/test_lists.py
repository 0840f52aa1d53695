"""The lists that clerks work with: every record once, text that stays text, files that office programs open."""

import csv
import io
import shutil
import subprocess
import tempfile
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from python_calamine import CalamineWorkbook

from hedui import shelves
from hedui.model.answers import ANSWERS, answer_in
from hedui.model.declaration import Title
from hedui.model.interval import PROVINCE_TIME
from hedui.reports.lists import RECORDS, REPAIRED, Counted, Fault, RecordList, as_csv, cells, headers
from hedui.reports.workbook import as_workbook

BATCH = "hr.public_welfare_posts-20260701-1f2e3d4c"
LISTED_AT = "2026-07-01 17:00:00"
OFFICE = shutil.which("soffice")


def fault(field, zh, en, advice):
    return Fault(field, Title(zh=zh, en=en), Title(zh=advice, en="Mend"))


def record(row, key, faults=(0,), region="620102001", reminded=1, source="posts.xlsx"):
    values = (BATCH, row, region, source, row + 4, key, list(faults), reminded)
    return dict(zip(RECORDS.names, values, strict=True))


def listed(*records, **more):
    facts = {
        "agency": shelves.agencies()["hr"],
        "dataset": shelves.dataset("hr.public_welfare_posts"),
        "batch": BATCH,
        "period": "2026-06-01 – 2026-06-30",
        "mend_by": "2026-07-08",
        "made_at": datetime(2026, 7, 1, 9, tzinfo=UTC),
        "faults": [
            fault("person", "身份证号校验不通过", "Not a valid identity number", "对照证件原件核对"),
            fault("month", "月份无法识别", "Not a month", "月份写成 2025-01"),
        ],
        "records": pa.Table.from_pylist(records, RECORDS),
        "counted": [Counted("620102001", len(records), 1)],
        "names": {"620102": "城关区", "620102001": "酒泉路街道"},
    }
    return RecordList(**(facts | more))


GOLDEN = listed(
    record(3, "W0001", faults=(0, 1)),
    record(9, "W0002", region="620102", reminded=3),
    record(11, None, region=None, reminded=2),
)


def sheets(content):
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_a_record_stands_once_with_all_its_faults_and_a_place_for_the_answer():
    assert [headers("zh"), *cells(GOLDEN, "zh")] == [
        [
            "序号",
            "乡镇",
            "来源文件",
            "工作表",
            "行号",
            "业务编号",
            "字段",
            "问题",
            "怎么改",
            "第几次提醒",
            "处理结果(可选)",
            "说明",
            "回执码",
            "清单时间",
        ],
        [
            *(1, "城关区 酒泉路街道", "posts.xlsx", "第一张表", 7, "W0001"),
            "1. 身份证号\n2. 所属期",
            "1. 身份证号校验不通过\n2. 月份无法识别",
            "1. 对照证件原件核对\n2. 月份写成 2025-01",
            *(1, "", "", f"{BATCH}#3", LISTED_AT),
        ],
        [
            *(2, "城关区", "posts.xlsx", "第一张表", 13, "W0002", "身份证号", "身份证号校验不通过"),
            *("对照证件原件核对", 3, "", "", f"{BATCH}#9", LISTED_AT),
        ],
        [
            *(3, "未注明", "posts.xlsx", "第一张表", 15, "", "身份证号", "身份证号校验不通过"),
            *("对照证件原件核对", 2, "", "", f"{BATCH}#11", LISTED_AT),
        ],
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_workbook_holds_the_same_rows(language):
    rows = sheets(as_workbook(GOLDEN, language))["待更正清单 To mend"]
    assert rows == [headers(language), *cells(GOLDEN, language)]


def test_its_first_sheet_says_who_what_how_many_by_when_and_whom_to_call():
    words = [word for row in sheets(as_workbook(GOLDEN, "zh"))["填写说明"] for word in row]
    for said in ("人社", "公益性岗位补贴", "2026-06-01 – 2026-06-30", "3 条记录，其中新增 1 条", "2026-07-08"):
        assert said in words
    assert "人社厅信息中心  0931-8000003" in words
    assert {title.zh for title in ANSWERS.values()} <= {*words}


def test_a_title_too_long_for_the_foot_of_a_sheet_is_cut_there_and_nowhere_else():
    named = GOLDEN.dataset.model_copy(update={"title": Title(zh="甲&乙" * 100, en="A&B" * 100)})
    content = as_workbook(replace(GOLDEN, dataset=named), "zh")  # the library warns of a foot that it leaves out
    assert "甲&乙" * 100 in [word for row in sheets(content)["填写说明"] for word in row]
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert "甲&amp;&amp;乙" in parts.read("xl/worksheets/sheet1.xml").decode().partition("oddFooter")[2]


def test_in_english_one_is_not_said_to_be_several():
    one = replace(GOLDEN, counted=[Counted("620102", 1, 1)], records=GOLDEN.records.slice(0, 1))
    words = [word for row in sheets(as_workbook(one, "en"))["Read me"] for word in row]
    assert "1, of them new: 1" in words and not any("1 records" in str(word) for word in words)


def test_what_is_left_out_of_a_long_list_is_said_first():
    cut = replace(GOLDEN, counted=[Counted("620102", 70_000, 1)])
    words = [word for row in sheets(as_workbook(cut, "zh"))["填写说明"] for word in row]
    assert "本文件只列出前 3 条，其余在这些更正后再列。" in words and "70,000 条记录，其中新增 1 条" in words


def test_a_rejected_batch_says_that_all_of_it_goes_back():
    because = Title(zh="不合格的行太多", en="Too many bad rows")
    words = str(sheets(as_workbook(replace(GOLDEN, rejected_because=because), "en"))["Read me"])
    assert "The whole batch was rejected: Too many bad rows." in words


def test_counts_by_county_and_township_end_with_all():
    by_place = [Counted("620102001", 2, 1), Counted("620104", 5, 0), Counted("", 1, 0)]
    rows = sheets(as_workbook(replace(GOLDEN, counted=by_place), "zh"))["按地区汇总"]
    assert rows[1:] == [
        ["城关区", "酒泉路街道", 2, 1],
        ["620104", "未注明", 5, 0],
        ["未注明", "", 1, 0],
        ["合计", "", 8, 1],
    ]


def test_repairs_are_summed_and_listed_on_a_sheet_of_their_own():
    where = [{"source": "posts.xlsx", "position": 8, "field": "person", "repair": "lower_case"}]
    repaired = replace(
        GOLDEN, repairs=Counter({("person", "lower_case"): 12}), repaired=pa.Table.from_pylist(where, REPAIRED)
    )
    rows = sheets(as_workbook(repaired, "zh"))["已自动修正"]
    assert ["身份证号", 12, "小写字母改为大写", ""] in rows
    assert rows[-1] == ["posts.xlsx", 8, "小写字母改为大写", "身份证号"]


HOSTILE = ["=1+1", "+SUM(A1)", "-2", "@x", "\t=1", "\r=1", "＝1", " =1", "https://example.org", "00123", "1.5", "1E5"]
HOSTILE += ["620102202606300012", "<b>&amp;", 'a,b\n"c"', "TRUE", "2026-01-02", "_x0041_", "\x01x"]


def test_what_an_agency_wrote_is_text_in_the_workbook_and_nothing_else():
    rows = sheets(as_workbook(listed(*(record(n, key) for n, key in enumerate(HOSTILE))), "zh"))["待更正清单 To mend"]
    assert [row[5] for row in rows[1:]] == HOSTILE


def test_no_cell_of_the_csv_begins_a_formula_or_is_a_number_that_would_be_cut():
    content = as_csv(listed(*(record(n, key) for n, key in enumerate(HOSTILE))), "zh")
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows[0] == headers("zh")
    keys = dict(zip(HOSTILE, (row[5] for row in rows[1:]), strict=True))
    for key in ("=1+1", "+SUM(A1)", "-2", "@x", "\t=1", "\r=1", "＝1", " =1"):
        assert keys[key] == f"'{key}"
    assert keys["620102202606300012"] == "620102202606300012\t" and keys["00123"] == "00123\t"
    assert keys["<b>&amp;"] == "<b>&amp;" and keys['a,b\n"c"'] == 'a,b\n"c"'


def test_a_list_with_nothing_to_mend_says_so_and_has_no_further_sheet():
    empty = listed(counted=[])
    (about,) = sheets(as_workbook(empty, "zh")).items()
    assert about[0] == "填写说明" and "0 条记录，其中新增 0 条" in str(about[1])
    assert "待更正清单" not in str(about[1]) and "更正期限" not in str(about[1])


def test_the_same_list_gives_the_same_bytes_whatever_the_zone_of_the_ledgers_server():
    elsewhere = replace(GOLDEN, made_at=GOLDEN.made_at.astimezone(PROVINCE_TIME))
    assert as_workbook(GOLDEN, "zh") == as_workbook(elsewhere, "zh")
    assert as_csv(GOLDEN, "zh") == as_csv(elsewhere, "zh")


def test_nothing_is_written_to_a_disk_on_the_way(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a list was about to be written to a file")

    for name in ("mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile"):
        monkeypatch.setattr(tempfile, name, refuse)
    monkeypatch.setattr("builtins.open", refuse)
    assert as_workbook(GOLDEN, "zh") and as_csv(GOLDEN, "zh")


def test_the_words_of_an_answer_are_known_again_in_both_languages():
    for answer, title in ANSWERS.items():
        assert answer_in(f" {title.zh}") == answer_in(title.en.upper()) == answer
    assert answer_in("别的") is None


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice (soffice) is not installed: nobody opens the lists in it")
def test_libreoffice_opens_both_files_and_keeps_every_text(tmp_path):
    hostile = listed(*(record(n, key) for n, key in enumerate(HOSTILE)))
    (tmp_path / "list.xlsx").write_bytes(as_workbook(replace(hostile, names={}), "en"))
    (tmp_path / "plain.csv").write_bytes(as_csv(hostile, "en"))
    second_sheet_as_csv = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2"
    from_xlsx = opened_in_libreoffice(tmp_path, "list.xlsx", second_sheet_as_csv)
    rows = list(csv.reader(io.StringIO(from_xlsx.decode("utf-8"), newline="")))
    assert [row[5] for row in rows[1:]] == HOSTILE
    from_csv = sheets(opened_in_libreoffice(tmp_path, "plain.csv", "xlsx"))["plain"]
    keys = [row[5] for row in from_csv[1:]]
    assert keys[HOSTILE.index("620102202606300012")].strip() == "620102202606300012"
    assert keys[HOSTILE.index("00123")].strip() == "00123"
    assert keys[:5] == ["'=1+1", "'+SUM(A1)", "'-2", "'@x", "'\t=1"]


def opened_in_libreoffice(folder, name, form):
    out = folder / "out"
    home = f"-env:UserInstallation=file://{folder / 'profile'}"
    command = [OFFICE, "--headless", home, "--convert-to", form, "--outdir", str(out), str(folder / name)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    made = [file for file in out.iterdir() if file.stem.startswith(name.partition(".")[0])]
    assert len(made) == 1, made
    return made[0].read_bytes()
