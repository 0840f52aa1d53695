"""Every rule is played out: cases, those whom the data excuse, those whom only a visit excuses, in rows that fit."""

import random
from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest

from hedui import shelves
from simulator.casting import casts, parts, play
from simulator.drafts import DATASETS, EMPLOYEES, SCHEMAS, SETTLEMENTS
from simulator.keys import STAGED
from simulator.people import make_people
from simulator.scenes import BY_DATA, BY_VISIT, KINDS, OF_HOUSEHOLDS, PLANTED, SCENES, Play, Player
from simulator.scenes.play import DELIVERED_DAILY
from simulator.scenes.records import civil_affairs, health, police
from simulator.times import Calendar

# What the field knows of each rule: who looks guilty and is not, because of what the records themselves say.
LOOK_ALIKES = {
    "deceased_still_reimbursed": {
        "stay_ended_in_death", "death_certified", "discharged_the_day_after", "transferred_and_died",
        "account_inherited", "account_shared_in_family", "entry_cancelled", "returned_after_declaration",
        "certificate_withdrawn", "registered_again", "registered_twice", "emigrated", "joined_the_army",
        "number_of_another",
    },
    "deceased_still_paid": {
        "pension_arrears", "salary_arrears", "funeral_grant_of_the_pension_fund", "funeral_grant_of_finance",
        "head_of_household_is_the_payee", "pension_returned", "pension_returned_later", "allowance_returned",
        "paid_in_the_month_of_death", "entry_cancelled", "certificate_withdrawn", "registered_again", "emigrated",
        "number_of_another",
    },
    "exclusive_benefits": {
        "relief_of_class_three_or_four_and_post", "post_of_another_member", "living_and_nursing_subsidy",
        "orphan_with_nursing_subsidy", "public_employee_with_nursing_subsidy", "one_after_the_other",
        "subsidy_was_returned", "allowance_was_returned_later", "number_of_another",
    },
    "public_staff_relief": {
        "relief_for_one_alone", "grown_child_lives_elsewhere", "left_before", "contract_staff", "divorced_before",
        "married_after_relief", "hired_after_relief", "number_of_another",
    },
    "dui_public_staff": {
        "retest_below_limit", "bicycle", "false_identity", "left_service", "contract_staff", "hired_afterwards",
        "number_of_another",
    },
    "vehicle_and_relief": {
        "three_wheeler", "motorcycle", "vehicle_for_the_disabled", "scrapped_before", "transfer_recorded_later",
        "bought_after_relief", "number_of_another",
    },
    "detained_and_paid": {
        "on_probation", "on_bail", "administrative_detention", "acquitted", "shorter_than_a_month",
        "released_before", "pension_returned", "number_of_another",
    },
    "double_enrolment": {
        "prepaid_then_hired", "supplements", "one_after_the_other", "entered_by_mistake", "number_of_another",
    },
    "two_payrolls": {
        "seconded", "on_temporary_duty", "arrears_of_the_old_unit", "allowance_beside_the_salary", "moved",
        "number_of_another",
    },
    "overlapping_stays": {
        "transferred", "settled_at_the_turn_of_the_year", "newborn_on_the_mothers_number", "paid_by_the_family",
        "number_of_another",
    },
    "split_stays": {
        "chemotherapy", "dialysis", "psychiatry", "came_back_as_an_emergency", "transferred_back",
        "settled_at_the_turn_of_the_year", "another_illness", "sixteen_days_and_more", "number_of_another",
    },
    "false_death_alarm": {
        "seen_before_death", "married_before_death", "identity_stolen", "identity_pending", "entry_cancelled",
        "certificate_withdrawn", "registered_again", "registered_twice", "emigrated_and_came_back",
        "card_used_by_family", "number_of_another",
    },
}  # fmt: skip


def test_there_are_scenes_for_exactly_the_rules() -> None:
    assert SCENES.keys() == shelves.rules().keys()
    assert {name for name, rule in shelves.rules().items() if rule.subject == "household"} == OF_HOUSEHOLDS


@pytest.mark.parametrize("rule", SCENES)
def test_a_rule_has_scenes_of_every_kind_and_no_name_twice(rule: str) -> None:
    names = [scene.name for scene in SCENES[rule]]
    assert len(set(names)) == len(names)
    assert {scene.kind for scene in SCENES[rule]} == set(KINDS)
    planted = {scene.name for scene in SCENES[rule] if scene.kind == PLANTED}
    assert planted >= {"name_written_differently", "number_changed"}


@pytest.mark.parametrize("rule", SCENES)
def test_every_known_look_alike_is_played(rule: str) -> None:
    assert {scene.name for scene in SCENES[rule] if scene.kind == BY_DATA} >= LOOK_ALIKES[rule]


def test_daily_are_the_datasets_that_are_due_every_day() -> None:
    due = {dataset for dataset in DATASETS if shelves.dataset(dataset).schedule.cron == "0 0 * * *"}
    assert set(DELIVERED_DAILY) == due


def _plays(months: int, seeds: range) -> Iterator[Play]:
    calendar = Calendar.of_months(months)
    for seed in seeds:
        rng = np.random.default_rng([seed, 0])
        _, played = play(make_people(rng, 0, 0, 2_000, calendar), seed, parts(2_000, 0, 1), rng)
        yield from (acting for _, acting in played)


@pytest.fixture(scope="module", params=[3, 24, 120])
def plays(request: pytest.FixtureRequest) -> list[Play]:
    """Every scene, several times."""
    return list(_plays(request.param, range(4)))


def test_rows_have_the_columns_and_types_of_their_drafts(plays: list[Play]) -> None:
    kinds = {"string": str, "date32[day]": date, "int64": int}
    for acting in plays:
        for dataset, rows in acting.rows.items():
            for row in rows:
                assert list(row) == SCHEMAS[dataset].names
                for field in SCHEMAS[dataset]:
                    assert row[field.name] is None or isinstance(row[field.name], kinds[str(field.type)])


def test_months_are_first_days(plays: list[Play]) -> None:
    months = [
        row[name]
        for acting in plays
        for dataset, rows in acting.rows.items()
        for row in rows
        for name in SCHEMAS[dataset].names
        if "month" in name
    ]
    assert {month.day for month in months if month} == {1}


def test_rows_are_delivered_within_the_calendar_and_only_daily_datasets_on_the_daily_day(plays: list[Play]) -> None:
    for acting in plays:
        calendar = acting.calendar
        for dataset, rows in acting.rows.items():
            ends = calendar.daily_ends if dataset in DELIVERED_DAILY else calendar.daily_starts
            assert all(calendar.history_starts <= row["changed_at"] < ends for row in rows)


def test_a_record_is_corrected_after_it_was_delivered(plays: list[Play]) -> None:
    for acting in plays:
        for rows in acting.rows.values():
            versions = [(row["record_no"], row["changed_at"]) for row in rows]
            assert len(set(versions)) == len(versions)
            for key, changed_at in versions:
                later = [at for other, at in versions[versions.index((key, changed_at)) + 1 :] if other == key]
                assert all(at > changed_at for at in later)


def test_nothing_is_delivered_before_it_happened(plays: list[Play]) -> None:
    happened = ("died_on", "settled_on", "caught_on", "married_on", "divorced_on", "registered_on", "ended_on",
                "left_on", "returned_on", "paid_on")  # fmt: skip
    for acting in plays:
        for rows in acting.rows.values():
            for row in rows:
                delivered = np.datetime64(row["changed_at"] + 8 * 3600, "s").astype("datetime64[D]")
                assert all(row.get(name) is None or np.datetime64(row[name]) <= delivered for name in happened)


def test_the_keys_of_two_scenes_never_meet_nor_those_of_ordinary_records(plays: list[Play]) -> None:
    for first in range(0, len(plays), len(plays) // 4):
        of_a_province = plays[first : first + len(plays) // 4]
        for dataset in DATASETS:
            keys = [{row["record_no"] for row in acting.rows[dataset]} for acting in of_a_province]
            assert len(set[str]().union(*keys)) == sum(map(len, keys))
            assert dataset == EMPLOYEES or all(int(key[-4:]) >= STAGED for of_one in keys for key in of_one)


def test_innocents_of_a_kind_are_more_than_the_cases_in_a_large_province() -> None:
    large = casts(1_000_000)
    for rule in SCENES:
        assert large[rule, BY_DATA] == 4 * large[rule, PLANTED] == 4 * large[rule, BY_VISIT]
    assert large["dui_public_staff", PLANTED] == 800
    assert large["two_payrolls", PLANTED] == 400


def test_too_few_people_of_an_age_are_refused() -> None:
    rng = np.random.default_rng(1)
    few = make_people(rng, 0, 0, 100)
    with pytest.raises(ValueError, match="too few people"):
        play(few, 1, parts(2_000, 0, 1), rng)


@pytest.fixture
def stage() -> Play:
    player = Player(7, "620102196001010015", "王芳", -3653, "620102")
    return Play(player, (), random.Random(1), Calendar.of_months())


def test_a_row_of_a_weekly_dataset_is_refused_on_the_daily_day(stage: Play) -> None:
    certificate = health.death_certificate(stage, stage.opens + 5)
    with pytest.raises(ValueError, match="outside the calendar"):
        stage.correct(certificate, stage.today, valid="0")
    entry = civil_affairs.death(stage, stage.opens + 5)
    assert stage.correct(entry, stage.today, status="撤销").changed_at >= stage.calendar.daily_starts


def test_a_row_with_other_columns_than_its_draft_is_refused(stage: Play) -> None:
    with pytest.raises(ValueError, match="other columns"):
        stage.file(SETTLEMENTS, stage.subject, stage.opens, hospital="H62010200001")


def test_what_is_older_than_the_history_is_delivered_on_its_first_day_one_version_after_the_other() -> None:
    stage = Play(Player(7, "620102196001010015", "王芳", -3653, "620102"), (), random.Random(1), Calendar.of_months(3))
    entry = civil_affairs.death(stage, stage.opens)
    cancelled = stage.correct(entry, stage.opens + 30, status="撤销")
    assert stage.calendar.history_starts <= entry.changed_at < stage.calendar.history_starts + 86_400
    assert cancelled.changed_at > entry.changed_at


def test_a_changed_number_is_the_persons_own_and_the_register_says_both(stage: Play) -> None:
    old = police.number_changed(stage, stage.opens + 9)
    (row,) = stage.rows["police.id_changes"]
    assert (row["old_person"], row["person"]) == (old.id, stage.subject.id)
    assert old.id != stage.subject.id and old.id[2:17] == stage.subject.id[2:17]
    assert row["old_name"] == row["name"] == stage.subject.name


def test_the_key_of_a_post_holds_the_number_the_unit_knows() -> None:
    acted = [row for acting in _plays(24, range(1)) for row in acting.rows[EMPLOYEES]]
    assert acted and all(row["person"] in row["record_no"] for row in acted)
