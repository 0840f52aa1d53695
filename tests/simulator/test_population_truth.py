"""What the truth says is what each rule's definition finds, asked of clean feeds by queries of this file's own."""

import json
from pathlib import Path

import duckdb
import pytest

from simulator.casting import LEAST_PEOPLE
from simulator.drafts import DATASETS
from simulator.province import read_facts
from simulator.scenes import BY_DATA, BY_VISIT, KINDS, PLANTED, SCENES
from simulator.truth import read_truth

END_OF_HISTORY, END = "2026-06-30 00:00:00+08:00", "2026-07-01 00:00:00+08:00"
# The middle dots, the wide blank and the private-use form of one character, as clerks vary them.
FOLD = "CREATE MACRO fold(name) AS translate(lower(name), '\ue863·•・． \u3000', '䶮')"
KEYS = {
    "civil_affairs.deaths": "recordNo",
    "health.settlements": "setl_id",
    "hr.public_employees": "人员编号",
    "police.dui_cases": "caseNo",
}
DEFINITIONS = {
    "deceased_still_reimbursed": """
        SELECT certno AS person, list(DISTINCT setl_id) AS records
        FROM settlements JOIN deaths ON certno = idCard AND fold(psn_name) = fold(deaths.name)
        WHERE begndate::DATE > deathDate::DATE + 1 AND fund_pay_sumamt::DECIMAL(18,2) > 0 AND status = '有效'
        GROUP BY certno""",
    "dui_public_staff": """
        SELECT idNo AS person, list(DISTINCT caseNo) AS records
        FROM dui_cases JOIN public_employees ON idNo = 身份证号 AND fold(name) = fold(姓名)
        WHERE identityState <> '冒用' AND vehicle = '机动车' AND coalesce(retestMg::INT, 20) >= 20
          AND 编制类型 IN ('行政', '事业') AND 任职日期 <= caughtOn AND caughtOn < coalesce(离职日期, '9999-12-31')
        GROUP BY idNo, caseNo""",
}


def _leads(folder: Path, rule: str, known_at: str) -> dict[str, list[str]]:
    """Subject and records by the rule's definition, over the newest version of each record delivered by then."""
    db = duckdb.connect()
    db.execute(FOLD)
    for dataset, key in KEYS.items():
        db.execute(f"""CREATE VIEW {dataset.split(".")[1]} AS
            FROM read_parquet('{folder}/feeds/{dataset}.parquet') WHERE changed_at < TIMESTAMPTZ '{known_at}'
            QUALIFY row_number() OVER (PARTITION BY "{key}" ORDER BY changed_at DESC) = 1""")
    return dict(db.execute(DEFINITIONS[rule]).fetchall())


@pytest.mark.parametrize("rule", SCENES)
def test_the_definition_finds_exactly_the_expected_leads(rule: str, clean: Path) -> None:
    cases = [case for case in read_truth(clean / "truth.jsonl") if case.rule == rule]
    assert _leads(clean, rule, END).keys() == {case.person for case in cases if case.lead_expected}


@pytest.mark.parametrize("rule", SCENES)
def test_a_case_names_the_records_it_rests_on(rule: str, clean: Path) -> None:
    leads = _leads(clean, rule, END)
    for case in read_truth(clean / "truth.jsonl"):
        if case.rule == rule and case.lead_expected:
            assert set(leads[case.person]) <= {key for keys in case.records.values() for key in keys}


def test_the_records_of_the_truth_are_in_the_feeds(clean: Path) -> None:
    delivered = {
        dataset: {
            key
            for (key,) in duckdb.sql(f"""SELECT "{KEYS[dataset]}" FROM '{clean}/feeds/{dataset}.parquet'""").fetchall()
        }
        for dataset in DATASETS
    }
    for case in read_truth(clean / "truth.jsonl"):
        assert len(case.records) == 2 and all(case.records.values())
        for dataset, keys in case.records.items():
            assert delivered[dataset].issuperset(keys)


@pytest.mark.parametrize(
    ("rule", "scenario"),
    [
        ("deceased_still_reimbursed", "entry_cancelled_later"),
        ("dui_public_staff", "false_identity_found_later"),
        ("dui_public_staff", "retest_arrives_later"),
    ],
)
def test_the_daily_interval_takes_leads_of_the_history_back(rule: str, scenario: str, clean: Path) -> None:
    people = {
        case.person for case in read_truth(clean / "truth.jsonl") if (case.rule, case.scenario) == (rule, scenario)
    }
    assert people
    assert people <= _leads(clean, rule, END_OF_HISTORY).keys()
    assert people.isdisjoint(_leads(clean, rule, END))


@pytest.mark.parametrize(
    ("rule", "scenarios"),
    [
        ("deceased_still_reimbursed", {"entry_arrives_late", "settlement_arrives_late"}),
        ("dui_public_staff", {"case_arrives_late", "post_arrives_late"}),
    ],
)
def test_some_planted_cases_come_into_being_only_by_the_daily_interval(
    rule: str, scenarios: set[str], clean: Path
) -> None:
    cases = [case for case in read_truth(clean / "truth.jsonl") if case.rule == rule and case.kind == PLANTED]
    in_history = _leads(clean, rule, END_OF_HISTORY)
    assert {case.scenario for case in cases if case.person not in in_history} == scenarios


def test_every_scene_is_played_three_times_and_innocents_outnumber_cases(clean: Path, dirty: Path) -> None:
    for folder in (clean, dirty):
        for rule, kinds in read_facts(folder).planted.items():
            assert isinstance(kinds, dict)
            assert {kind: set(played) for kind, played in kinds.items()} == {
                kind: {scene.name for scene in SCENES[rule] if scene.kind == kind} for kind in KINDS
            }
            assert min(number for played in kinds.values() for number in played.values()) >= 3
            total = {kind: sum(played.values()) for kind, played in kinds.items()}
            assert total[BY_DATA] + total[BY_VISIT] >= 3 * total[PLANTED]


def test_dirt_leaves_the_truth_untouched(clean: Path, dirty: Path) -> None:
    assert (clean / "truth.jsonl").read_bytes() == (dirty / "truth.jsonl").read_bytes()


def test_nobody_plays_twice(clean: Path) -> None:
    people = [json.loads(line)["person"] for line in (clean / "truth.jsonl").open(encoding="utf-8")]
    assert len(set(people)) == len(people)
    assert read_facts(clean).people >= LEAST_PEOPLE
