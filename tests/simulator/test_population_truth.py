"""What the truth says is what each rule's definition finds, asked of clean feeds by queries of the tests' own."""

from pathlib import Path

import duckdb
import pytest

from hedui import shelves
from simulator.casting import LEAST_PEOPLE
from simulator.drafts import ID_CHANGES
from simulator.province import read_facts, write_province
from simulator.scenes import BY_DATA, BY_VISIT, KINDS, PLANTED, SCENES
from simulator.truth import Case, read_truth
from tests.simulator.definitions import DEFINITIONS, END_OF_HISTORY, known, leads, subjects

Db = duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def cases(clean: Path) -> list[Case]:
    return list(read_truth(clean / "truth.jsonl"))


@pytest.fixture(scope="module")
def in_the_end(clean: Path) -> Db:
    return known(clean)


@pytest.fixture(scope="module")
def by_the_history(clean: Path) -> Db:
    return known(clean, END_OF_HISTORY)


@pytest.mark.parametrize("rule", SCENES)
def test_the_definition_finds_exactly_the_expected_leads(rule: str, in_the_end: Db, cases: list[Case]) -> None:
    found = leads(in_the_end, rule)
    assert {subject for subject, _ in found} == {c.subject for c in cases if c.rule == rule and c.lead_expected}
    assert len({subject for subject, _ in found}) == len(found), "one case, one lead"


@pytest.mark.parametrize("rule", SCENES)
def test_a_case_names_the_records_it_rests_on(rule: str, in_the_end: Db, cases: list[Case]) -> None:
    rest_on = {subject: records for (subject, _), records in leads(in_the_end, rule).items()}
    for case in cases:
        if case.rule == rule and case.lead_expected:
            assert rest_on[case.subject] <= {key for keys in case.records.values() for key in keys}


def test_the_records_of_the_truth_are_in_the_feeds(clean: Path, cases: list[Case]) -> None:
    named = {dataset for case in cases for dataset in case.records}
    assert named == {dataset for rule in shelves.rules().values() for dataset in rule.inputs} | {ID_CHANGES}
    for dataset in named:
        key = shelves.dataset(dataset).fields["record_no"].source
        rows = duckdb.sql(f"""SELECT "{key}" FROM '{clean}/feeds/{dataset}.parquet'""").fetchall()
        keys = {key for case in cases for key in case.records.get(dataset, ())}
        assert keys <= {key for (key,) in rows}
    assert all(keys for case in cases for keys in case.records.values())


TAKEN_BACK = {
    "deceased_still_reimbursed": {"entry_cancelled_later"},
    "deceased_still_paid": {"entry_cancelled_later"},
    "public_staff_relief": {"leaving_arrives_late"},
    "dui_public_staff": {"false_identity_found_later", "retest_arrives_later"},
    "overlapping_stays": {"settlement_reversed_later"},
    "split_stays": {"settlement_reversed_later"},
    "false_death_alarm": {"entry_cancelled_later", "identity_stolen_found_later"},
}


@pytest.mark.parametrize("rule", SCENES)
def test_the_daily_interval_takes_some_leads_of_the_history_back(
    rule: str, by_the_history: Db, in_the_end: Db, cases: list[Case]
) -> None:
    gone = subjects(by_the_history, rule) - subjects(in_the_end, rule)
    played = {case.subject: case.scenario for case in cases if case.rule == rule}
    assert {played[subject] for subject in gone} == TAKEN_BACK.get(rule, set())


ARRIVING_LATE = {
    "deceased_still_reimbursed": {"entry_arrives_late", "settlement_arrives_late"},
    "deceased_still_paid": {"entry_arrives_late"},
    "public_staff_relief": {"post_arrives_late"},
    "dui_public_staff": {"case_arrives_late", "post_arrives_late"},
    "overlapping_stays": {"settlement_arrives_late"},
    "split_stays": {"settlement_arrives_late"},
    "false_death_alarm": {"entry_arrives_late", "case_arrives_late"},
}


@pytest.mark.parametrize("rule", SCENES)
def test_some_planted_cases_come_into_being_only_by_the_daily_interval(
    rule: str, by_the_history: Db, cases: list[Case]
) -> None:
    known_before = subjects(by_the_history, rule)
    planted = [case for case in cases if case.rule == rule and case.kind == PLANTED]
    late = {case.scenario for case in planted if case.subject not in known_before}
    assert late == ARRIVING_LATE.get(rule, set())


@pytest.mark.parametrize("lost", range(3))
def test_deliveries_that_never_arrive_make_no_lead_but_of_the_scene_they_belong_to(
    lost: int, clean: Path, cases: list[Case]
) -> None:
    with known(clean, held_back=f"hash(key, changed_at) % 3 = {lost}") as db:
        found = {(rule, subject) for rule in DEFINITIONS for subject in subjects(db, rule)}
    assert found <= {(case.rule, case.subject) for case in cases}


@pytest.mark.parametrize("months", [3, 120])
def test_however_long_the_history_the_definitions_find_the_expected_leads(months: int, tmp_path: Path) -> None:
    write_province(tmp_path, 3, LEAST_PEOPLE, dirt={}, months=months)
    cases = list(read_truth(tmp_path / "truth.jsonl"))
    with known(tmp_path) as db:
        for rule in SCENES:
            assert subjects(db, rule) == {c.subject for c in cases if c.rule == rule and c.lead_expected}, rule


def test_every_scene_is_played_three_times_and_innocents_outnumber_cases(clean: Path, dirty: Path) -> None:
    for folder in (clean, dirty):
        for rule, kinds in read_facts(folder).planted.items():
            assert isinstance(kinds, dict)
            assert {kind: set(played) for kind, played in kinds.items()} == {
                kind: {scene.name for scene in SCENES[rule] if scene.kind == kind} for kind in KINDS
            }
            assert min(number for played in kinds.values() for number in played.values()) >= 3
            total = {kind: sum(played.values()) for kind, played in kinds.items()}
            assert total[BY_DATA] + total[BY_VISIT] > total[PLANTED]


def test_a_small_province_plays_every_scene_once(tmp_path: Path) -> None:
    facts = write_province(tmp_path, 2, LEAST_PEOPLE)
    for rule, kinds in facts.planted.items():
        assert isinstance(kinds, dict)
        played = {scenario: number for scenarios in kinds.values() for scenario, number in scenarios.items()}
        assert played == {scene.name: 1 for scene in SCENES[rule]}


def test_dirt_leaves_the_truth_untouched(clean: Path, dirty: Path) -> None:
    assert (clean / "truth.jsonl").read_bytes() == (dirty / "truth.jsonl").read_bytes()


def test_nobody_plays_twice(cases: list[Case]) -> None:
    people = [person for case in cases for person in case.people]
    assert len(set(people)) == len(people)
    households = [case.subject for case in cases if case.subject_kind == "household"]
    assert len(set(households)) == len(households) > 0


def test_every_case_of_a_person_is_about_the_first_who_plays(cases: list[Case]) -> None:
    assert all(case.subject == case.people[0] for case in cases if case.subject_kind == "person")
