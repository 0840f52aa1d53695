"""What stands beside a report says what became of the delivery, and whom to call."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hedui import shelves
from hedui.model.declaration import Title
from hedui.model.facts import BatchFacts
from hedui.model.interval import Interval
from hedui.reports.letters import of_batch, of_month

AGENCY = shelves.agency("health")
DATASET = shelves.dataset("health.settlements")
FACTS = BatchFacts(
    batch="b",
    dataset="health.settlements",
    interval=Interval.parse("2026-06-30", "2026-07-01"),
    received_at=datetime(2026, 7, 1, tzinfo=UTC),
    state="loaded",
    pulled=1_234,
    repaired=0,
    quarantined=0,
    loaded=1_234,
    superseded=0,
    duplicate=0,
    seconds=1.0,
)


@pytest.mark.parametrize(
    ("facts", "zh", "en"),
    [
        (FACTS, "没有暂存", "none held back"),
        (replace(FACTS, quarantined=7), "其中 7 行暂存", "held back and not loaded: 7."),
        (replace(FACTS, state="judged"), "只校验，不入库", "judged, not loaded"),
        (
            replace(FACTS, state="rejected", rejected_because=Title(zh="缺少列", en="a column is missing")),
            "已整批退回：缺少列",
            "all of them rejected: a column is missing",
        ),
    ],
)
def test_a_letter_says_what_became_of_the_rows(facts: BatchFacts, zh: str, en: str) -> None:
    letter = of_batch(AGENCY, DATASET, facts, again=False)
    assert zh in letter.text.zh and en in letter.text.en
    assert "1,234" in letter.text.zh and "1,234" in letter.text.en


def test_in_english_one_is_not_said_to_be_several() -> None:
    said = [replace(FACTS, pulled=1), replace(FACTS, pulled=1, quarantined=1), replace(FACTS, pulled=1, state="judged")]
    assert not any("1 rows" in of_batch(AGENCY, DATASET, facts, again=False).text.en for facts in said)


def test_every_letter_names_office_and_telephone() -> None:
    for letter in (of_batch(AGENCY, DATASET, FACTS, again=False), of_month(AGENCY, "2026-06", again=False)):
        for language in ("zh", "en"):
            text = letter.text.in_(language)
            assert AGENCY.office.title.in_(language) in text and AGENCY.office.telephone in text


def test_the_subject_says_of_what_and_of_when_it_is() -> None:
    subject = of_batch(AGENCY, DATASET, FACTS, again=False).subject
    assert subject == Title(
        zh="数据校验报告：医保结算（2026-06-30）", en="Validation report: Medical insurance settlements (2026-06-30)"
    )


def test_a_report_that_replaces_another_says_so() -> None:
    for letter in (of_batch(AGENCY, DATASET, FACTS, again=True), of_month(AGENCY, "2026-06", again=True)):
        assert "更新" in letter.subject.zh and "updated" in letter.subject.en
        assert "代替" in letter.text.zh and "replaces" in letter.text.en
