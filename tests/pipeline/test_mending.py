"""The lists that go with a report: which records, under which keys, and what is written down of their making."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from hedui.ledger.tables import AuditEntry, Batch, HeldRow
from hedui.pipeline import open_records
from hedui.pipeline.batch_log import recalled
from tests.pipeline.registry import CONTRACT, Register, contract, day, days, death, open_register

WRONG = {"idCard": "62010219800619001X"}


@pytest.fixture
def register(stores, monkeypatch) -> Register:
    register = open_register(stores, monkeypatch)
    register.agree(CONTRACT)
    return register


def listed(register: Register, batch: str, language: str = "zh") -> list[dict[str, str]]:
    """The rows of the batch's CSV."""
    plain = [document for document in register.pipeline.lists(batch, language) if document.name.endswith(".csv")]
    return [row for document in plain for row in csv.DictReader(io.StringIO(document.content.decode("utf-8-sig")))]


def keys(register: Register, batch: str) -> list[str]:
    return [row["业务编号"] for row in listed(register, batch)]


def hold(register: Register, batch: str, row: int, **other: object) -> None:
    """Keep account of a row of the batch as held back; what a correction does to it is not looked at here."""
    facts = {
        "dataset": CONTRACT.full_name,
        "source": "register",
        "position": row + 1,
        "region": "620102",
        "record_mark": None,
        "findings": [0],
        "changed_at": datetime.now(UTC),
    }
    with register.stores.ledger.session() as session:
        session.merge(HeldRow(batch_id=batch, row=row, **(facts | other)))


def answer(register: Register, batch: str, row: int, said: str) -> None:
    with register.stores.ledger.session() as session:
        session.get_one(HeldRow, (batch, row)).answer = said


def test_each_record_that_is_held_back_stands_once_under_the_agencys_own_key(register):
    register.rows = [death("A1"), death("A2", **WRONG, deathDate="昨天"), death("A3", **WRONG, countyCode="620104")]
    batch = register.run(days(1, 2))
    rows = listed(register, batch)
    assert [(row["业务编号"], row["行号"], row["乡镇"], row["回执码"]) for row in rows] == [
        ("A2", "2", "620102", f"{batch}#1"),
        ("A3", "3", "620104", f"{batch}#2"),
    ]
    assert rows[0]["字段"].count("；") == 1 and "身份证号" in rows[0]["字段"] and "死亡日期" in rows[0]["字段"]


def test_nothing_to_mend_needs_no_list(register):
    register.rows = [death("A1")]
    assert register.pipeline.lists(register.run(days(1, 2)), "zh") == []


def test_a_batch_of_repairs_alone_has_a_workbook_that_names_them(register):
    register.rows = [death("A1", deathDate="2026/06/20")]
    documents = register.pipeline.lists(register.run(days(1, 2)), "zh")
    assert [document.name[-5:] for document in documents] == [".xlsx"]


def test_an_identity_number_in_a_key_is_hidden_and_what_is_no_division_is_not_shown(register):
    register.rows = [death("M-620102198006190010-1", **WRONG, countyCode="620102198006190010")]
    row = listed(register, register.run(days(1, 2)))[0]
    assert row["业务编号"] == "M-620102********0010-1" and row["乡镇"] == "未注明"


def test_a_key_of_several_fields_is_named_whole(register):
    register.agree(contract(key=("county", "record_no")))
    register.rows = [death("A1", **WRONG)]
    assert keys(register, register.run(days(1, 2))) == ["620102 / A1"]


def test_what_is_no_longer_held_or_was_answered_is_not_asked_again(register):
    register.rows = [death(f"A{n}", **WRONG) for n in range(5)]
    batch = register.run(days(1, 2))
    for row, other in enumerate(
        ({"reminded": 3}, {"state": "superseded"}, {"answer": "right"}, {}, {"state": "discarded"})
    ):
        hold(register, batch, row, **other)
    assert [(row["业务编号"], row["第几次提醒"]) for row in listed(register, batch)] == [("A3", "1"), ("A0", "3")]


@pytest.mark.parametrize(
    ("said", "again", "asked"),
    [
        ("right", {}, []),
        ("right", {"basis": "土葬"}, ["A1"]),
        ("right", {"deathDate": "昨天"}, ["A1"]),
        ("mended", {}, ["A1"]),
    ],
)
def test_an_answer_holds_as_long_as_the_record_stays_the_same(register, said, again, asked):
    register.rows = [death("A1", **WRONG)]
    first = register.run(days(1, 2))
    hold(register, first, 0, record_mark=b"A1", state="superseded", answer=said)
    register.rows = [death("A1", changed=2, **(WRONG | again))]
    second = register.run(days(2, 3))
    with register.stores.ledger.session() as session:
        findings = [finding.ordinal for finding in session.get_one(Batch, second).findings]
    hold(register, second, 0, record_mark=b"A1", findings=findings)
    assert keys(register, second) == asked


def test_of_a_rejected_batch_the_faulty_rows_are_listed_and_the_rest_is_not(register):
    register.rows = [death(f"A{n}", **(WRONG if n % 2 else {})) for n in range(300)]
    batch = register.run(days(1, 2))
    rows = listed(register, batch)
    assert register.pipeline.batch(batch).state == "rejected"
    assert sorted(row["业务编号"] for row in rows) == sorted(f"A{n}" for n in range(1, 300, 2))


def test_a_batch_on_trial_is_listed_too_and_without_its_delivery_places_are_left(register):
    register.agree(contract(stage="onboarding"))
    register.rows = [death("A1"), death("A2", **WRONG)]
    batch = register.run(days(1, 2))
    assert keys(register, batch) == ["A2"]
    with register.stores.ledger.session() as session:
        session.get_one(Batch, batch).landing_deleted_at = datetime.now(UTC)
    assert [(row["业务编号"], row["行号"]) for row in listed(register, batch)] == [("", "2")]


def test_once_the_held_rows_are_deleted_there_is_no_list(register):
    register.rows = [death("A1", **WRONG)]
    batch = register.run(days(1, 2))
    register.pipeline.housekeep(["quarantine"], now=day(1).replace(year=2036))
    assert register.pipeline.lists(batch, "zh") == []


def test_a_long_list_is_cut_and_counts_what_it_leaves_out(register, monkeypatch):
    monkeypatch.setattr(open_records, "LISTED", 2)
    register.rows = [death(f"A{n}", **WRONG, countyCode=f"62010{2 + n % 3}") for n in range(6)]
    batch = register.run(days(1, 2))
    assert keys(register, batch) == ["A0", "A3"]
    for row in range(6):
        hold(register, batch, row, region=f"62010{2 + row % 3}")
    assert keys(register, batch) == ["A0", "A3"]
    found = open_records.open_records(register.stores, [recalled(register.stores.ledger, batch)])
    assert found.counted == {"620102": 2, "620103": 2, "620104": 2}


def test_a_month_lists_what_is_still_open_of_the_days_it_covers(register, monkeypatch):
    monkeypatch.setattr("hedui.pipeline.mending.first_day", lambda month, now: date.fromisoformat(f"{month}-01"))
    register.rows = [death("A1", **WRONG), death("A2", changed=2, **WRONG)]
    first, second = register.run(days(1, 2)), register.run(days(2, 3))
    hold(register, first, 0, state="superseded")
    hold(register, second, 0)
    documents = register.pipeline.month_lists("civil_affairs", "2026-07", "en")
    assert [document.name for document in documents] == [
        "civil_affairs__deaths-2026-07-records.xlsx",
        "civil_affairs__deaths-2026-07-records.csv",
    ]
    rows = list(csv.DictReader(io.StringIO(documents[1].content.decode("utf-8-sig"))))
    assert [row["Record number"] for row in rows] == ["A2"]
    assert register.pipeline.month_lists("civil_affairs", "2026-06", "en") == []


def test_that_keys_were_opened_stands_in_the_audit_log_without_any(register):
    register.rows = [death("A1-SECRET", **WRONG)]
    batch = register.run(days(1, 2))
    register.pipeline.lists(batch, "zh")
    with register.stores.ledger.session() as session:
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "record keys listed")).one()
    assert entry.detail == {"agency": "civil_affairs", "about": batch, "dataset": CONTRACT.full_name, "records": 1}


def test_no_file_of_ours_holds_a_key_after_a_list_was_made(register):
    register.rows = [death("A1-SECRET-KEY", **WRONG)]
    batch = register.run(days(1, 2))
    register.pipeline.lists(batch, "zh")
    assert not list(holding(register.stores.settings.home, b"A1-SECRET-KEY"))


def holding(folder: Path, text: bytes) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.is_file() and text in file.read_bytes())
