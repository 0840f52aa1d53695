"""A list goes out, a clerk fills in results and saves it, and what was answered is not asked again."""

import io
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
import xlsxwriter
from python_calamine import CalamineWorkbook

from connectors import connector_for
from hedui import shelves
from hedui.ledger.tables import AuditEntry, Batch, HeldRow
from hedui.model.credentials import Credentials
from hedui.model.interval import Interval
from tests.pipeline.registry import CONTRACT, Register, days, death, open_register

RETURNED = shelves.dataset("supervision.report_answers")
ANSWERS = RETURNED.full_name
SUITE = shelves.suite_file(RETURNED)
WRONG = {"idCard": "62010219800619001X"}
THE_DAY = Interval.parse("2026-07-03", "2026-07-04")


@dataclass
class Office:
    """The folder into which the supervision office puts lists that came back, and what becomes of them."""

    register: Register
    folder: Path

    def returns(self, content: bytes, day: str = "20260703", name: str = "") -> None:
        (self.folder / "answers").mkdir(exist_ok=True)
        (self.folder / "answers" / f"answers_{day}{name}.xlsx").write_bytes(content)

    def takes(self, interval: Interval = THE_DAY) -> str:
        extra = {"folder": str(self.folder)}
        credentials = Credentials.model_validate({"conn_type": "fs", "extra": extra})
        pipeline = self.register.pipeline
        batch = pipeline.extract(ANSWERS, interval, credentials)
        if pipeline.validate(batch):
            pipeline.pseudonymise(batch)
            pipeline.load(batch)
        return batch

    def answers(self) -> dict[int, str | None]:
        with self.register.stores.ledger.session() as session:
            held = session.scalars(sa.select(HeldRow).where(HeldRow.dataset == CONTRACT.full_name)).all()
        return {row.row: row.answer for row in held}


@pytest.fixture
def office(stores, monkeypatch, tmp_path) -> Office:
    register = open_register(stores, monkeypatch)
    register.agree(CONTRACT)
    # A folder of ours instead of a server, and nobody waits in a test.
    source = RETURNED.source.model_copy(update={"transport": "folder", "folder": "answers", "settled_seconds": 0})
    register.shelf[ANSWERS] = RETURNED.model_copy(update={"source": source})
    suites = {
        ANSWERS: SUITE,
        CONTRACT.full_name: register.suite,
    }
    monkeypatch.setattr("hedui.validation.suite.suite_file", lambda dataset: suites[dataset.full_name])
    monkeypatch.setattr(
        "hedui.pipeline.extracting.connector_for",
        lambda of, credentials: (connector_for if of.full_name == ANSWERS else register.connector)(of, credentials),
    )
    (tmp_path / "office").mkdir()
    return Office(register, tmp_path / "office")


def asked(office: Office, *, people: int = 4, language: str = "zh") -> bytes:
    """The workbook about so many records with wrong numbers."""
    office.register.rows = [death(f"A{n}", **WRONG) for n in range(people)]
    batch = office.register.run(days(1, 2))
    return office.register.pipeline.lists(batch, language)[0].content


def filled_in(workbook: bytes, results: Mapping[int, str], **others: str) -> bytes:
    """The workbook as an office program saves it, with these results in these records; `others` by column's letter."""
    book, out = CalamineWorkbook.from_filelike(io.BytesIO(workbook)), io.BytesIO()
    with xlsxwriter.Workbook(out) as saved:
        for name in book.sheet_names:
            sheet = saved.add_worksheet(name)
            rows = book.get_sheet_by_name(name).to_python()
            for number, row in enumerate(rows):
                if "待更正清单" in name and number - 1 in results:
                    row[10] = results[number - 1]
                    row = [others.get("ABCDEFGHIJKLMN"[place], cell) for place, cell in enumerate(row)]
                sheet.write_row(number, 0, row)
    return out.getvalue()


@pytest.mark.parametrize(
    ("language", "right", "void"), [("zh", "确认无误", "申请作废"), ("en", "Right as it is", "Please discard")]
)
def test_what_a_clerk_chose_stands_with_the_row_and_is_not_asked_again(office, language, right, void):
    office.returns(filled_in(asked(office, language=language), {0: right, 2: void}))
    batch = office.takes()
    assert office.register.pipeline.batch(batch).state == "loaded"
    assert office.answers() == {0: "right", 1: None, 2: "void", 3: None}
    asked_for = next(b.batch for b in office.register.pipeline.batches() if b.dataset == CONTRACT.full_name)
    left = office.register.pipeline.lists(asked_for, language)[1].content.decode("utf-8-sig")
    assert ["A0" in left, "A1" in left, "A2" in left, "A3" in left] == [False, True, False, True]


def test_taking_answers_again_changes_nothing(office):
    office.returns(filled_in(asked(office), {0: "确认无误"}))
    batch = office.takes()
    before = held(office)
    office.register.pipeline.load(batch)
    assert held(office) == before
    with office.register.stores.ledger.session() as session:
        (entry,) = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "answers taken"))
    assert entry.detail == {"batch": batch, "answers": 1, "taken": 1, "unknown": 0}


def held(office: Office) -> list[tuple[int, str | None, object]]:
    with office.register.stores.ledger.session() as session:
        return [(h.row, h.answer, h.answered_at) for h in session.scalars(sa.select(HeldRow).order_by(HeldRow.row))]


def test_a_later_answer_takes_the_place_of_an_earlier_one(office):
    sent = asked(office)
    office.returns(filled_in(sent, {0: "无法核实", 1: "无法核实"}), "20260703")
    office.takes()
    office.returns(filled_in(sent, {0: "确认无误"}), "20260704")
    office.takes(Interval.parse("2026-07-04", "2026-07-05"))
    assert office.answers() == {0: "right", 1: "unverifiable", 2: None, 3: None}


def test_a_reference_that_no_list_gave_is_counted_and_harms_nothing(office, caplog):
    office.returns(filled_in(asked(office), {0: "确认无误"}, M="civil_affairs.deaths-20200101-00000000#7"))
    with caplog.at_level(logging.WARNING):
        batch = office.takes()
    assert f"{batch}: 1 of 1 answers speak of no row that was held back" in caplog.text
    assert set(office.answers().values()) == {None}


def test_a_result_of_ones_own_and_a_changed_reference_are_held_back_and_reported(office):
    sent = asked(office)
    office.returns(filled_in(sent, {0: "已经处理了"}), name="_a")
    office.returns(filled_in(sent, {1: "确认无误"}, M="A1"), name="_b")
    batch = office.takes()
    assert office.register.pipeline.batch(batch).quarantined == 2
    with office.register.stores.ledger.session() as session:
        told = {finding.title["zh"] for finding in session.get_one(Batch, batch).findings}
    assert {"处理结果不在选项之内", "回执码被改动"} <= told and set(office.answers().values()) == {None}


def test_an_answer_that_was_held_back_is_taken_once_it_comes_in(office, monkeypatch, tmp_path):
    sent, strict = asked(office), tmp_path / "strict.json"
    suite = json.loads(SUITE.read_text("utf-8"))
    for e in suite["expectations"]:
        e["kwargs"] |= {"value_set": ["申请作废"]} if "value_set" in e["kwargs"] else {}
    strict.write_text(json.dumps(suite), "utf-8")
    office.returns(filled_in(sent, {0: "确认无误", 1: "申请作废"}))
    with monkeypatch.context() as patch:
        patch.setattr("hedui.validation.suite.suite_file", lambda dataset: strict)
        office.takes()
    assert office.answers() == {0: None, 1: "void", 2: None, 3: None}
    assert [replayed.replayed for replayed in office.register.pipeline.replay(ANSWERS)] == [1]
    assert office.answers() == {0: "right", 1: "void", 2: None, 3: None}


def test_two_offices_that_share_a_list_each_answer_for_their_own_rows(office):
    sent = asked(office)
    office.returns(filled_in(sent, {0: "确认无误"}), name="_a")
    office.returns(filled_in(sent, {1: "申请作废"}), name="_b")
    office.takes()
    assert office.answers() == {0: "right", 1: "void", 2: None, 3: None}


def test_of_two_answers_that_contradict_each_other_neither_is_taken(office, caplog):
    sent = asked(office)
    office.returns(filled_in(sent, {0: "确认无误", 1: "已更正"}), name="_a")
    office.returns(filled_in(sent, {0: "申请作废"}), name="_b")
    with caplog.at_level(logging.WARNING):
        batch = office.takes()
    assert f"{batch}: 1 rows have two answers in this delivery, and so none" in caplog.text
    assert office.answers() == {0: None, 1: "mended", 2: None, 3: None}


def test_a_day_without_answers_is_no_missing_delivery(office):
    (office.folder / "answers").mkdir()
    batch = office.takes()
    assert (office.register.pipeline.batch(batch).pulled, office.register.pipeline.batch(batch).state) == (0, "loaded")


def test_nothing_but_reference_result_and_time_is_landed(office):
    office.returns(filled_in(asked(office), {0: "确认无误"}, L="张三说没问题"))
    batch = office.takes()
    landing = office.register.stores.landing(office.register.shelf[ANSWERS])
    assert {*landing.schema(batch).names} == {
        "回执码",
        "处理结果(可选)",
        "清单时间",
        "_source",
        "_position",
        "_drift",
        "_row",
    }


def test_the_suite_offers_the_words_that_the_list_offers():
    from hedui.model.answers import ANSWERS as CHOICES

    suite = json.loads(SUITE.read_text("utf-8"))
    (offered,) = [e["kwargs"]["value_set"] for e in suite["expectations"] if "value_set" in e["kwargs"]]
    assert sorted(offered) == sorted(words for title in CHOICES.values() for words in (title.zh, title.en))
