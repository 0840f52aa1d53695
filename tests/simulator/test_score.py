"""Every lead and every planted case is counted once, under the word that its definition gives it."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.score import Lead, RuleScore, score
from simulator.truth import Case, read_truth

RULE = "dui_public_staff"
POSTS, CASES = "hr.public_employees", "police.dui_cases"


def _case(person: str, kind: str) -> Case:
    records = {POSTS: [f"post of {person}"], CASES: [f"case of {person}"]}
    return Case(RULE, f"{RULE}-{person}", kind, "a scene", person, records, kind != "excused_by_data")


def _person(raw: str) -> bytes:
    return hashlib.sha256(raw.encode()).digest()[:16]


def _record(dataset: str, key: str) -> bytes:
    return hashlib.sha256(f"{dataset}/{key}".encode()).digest()[:16]


def _lead(person: str, about: str = "") -> Lead:
    named = {_record(POSTS, f"post of {person}"), _record(CASES, f"case of {about or person}")}
    return RULE, _person(person), frozenset(named)


def _scored(
    folder: Path, cases: list[Case], leads: list[Lead], held_back: set[str] | None = None, by_record: bool = True
) -> RuleScore:
    truth = folder / "truth.jsonl"
    truth.write_text("".join(case.line() for case in cases), encoding="utf-8")

    def loaded(dataset: str, keys: list[str]) -> set[str]:
        return set(keys) - (held_back or set())

    scores = score(truth, leads, loaded, _person, _record if by_record else None)
    return next(s for s in scores if s.rule == RULE)


def test_a_planted_case_with_a_lead_is_found(tmp_path: Path) -> None:
    assert _scored(tmp_path, [_case("a", "planted")], [_lead("a")]) == RuleScore(RULE, 1, 1, 0, 0, 0, 0, True)


def test_a_planted_case_without_a_lead_is_missed_when_all_its_rows_are_loaded(tmp_path: Path) -> None:
    assert _scored(tmp_path, [_case("a", "planted")], []).missed == 1


def test_a_planted_case_with_a_row_held_back_is_not_loaded_rather_than_missed(tmp_path: Path) -> None:
    result = _scored(tmp_path, [_case("a", "planted")], [], {"post of a"})
    assert (result.missed, result.not_loaded) == (0, 1)


def test_a_lead_on_an_innocent_whom_only_a_visit_excuses_is_excused(tmp_path: Path) -> None:
    result = _scored(tmp_path, [_case("a", "excused_by_visit")], [_lead("a")])
    assert (result.excused, result.false, result.planted) == (1, 0, False)


def test_a_lead_on_an_innocent_whom_loaded_data_excuse_is_false(tmp_path: Path) -> None:
    result = _scored(tmp_path, [_case("a", "excused_by_data")], [_lead("a")])
    assert (result.excused, result.false) == (0, 1)


def test_a_lead_on_an_innocent_whose_excuse_is_held_back_is_excused(tmp_path: Path) -> None:
    result = _scored(tmp_path, [_case("a", "excused_by_data")], [_lead("a")], {"case of a"})
    assert (result.excused, result.false) == (1, 0)


def test_a_lead_on_somebody_of_whom_the_truth_knows_nothing_is_false(tmp_path: Path) -> None:
    result = _scored(tmp_path, [_case("a", "planted")], [_lead("a"), _lead("stranger")])
    assert (result.leads, result.found, result.false) == (2, 1, 1)


@pytest.mark.parametrize("by_record", [True, False])
def test_a_second_lead_for_one_case_is_false(by_record: bool, tmp_path: Path) -> None:
    result = _scored(tmp_path, [_case("a", "planted")], [_lead("a"), _lead("a", about="z")], by_record=by_record)
    assert (result.found, result.false) == (1, 1)


def test_a_lead_about_another_record_of_the_right_person_does_not_find_the_case(tmp_path: Path) -> None:
    result = _scored(tmp_path, [_case("a", "planted")], [_lead("a", about="z")])
    assert (result.found, result.missed, result.false) == (0, 1, 1)


def test_a_rule_without_any_case_is_scored_as_not_planted(tmp_path: Path) -> None:
    assert _scored(tmp_path, [], []) == RuleScore(RULE, 0, 0, 0, 0, 0, 0, False)


@settings(max_examples=60, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(["planted", "excused_by_data", "excused_by_visit"]), max_size=8),
    led=st.lists(st.integers(0, 11), max_size=12),
    held=st.sets(st.integers(0, 7)),
    by_record=st.booleans(),
)
def test_every_lead_and_every_planted_case_is_counted_exactly_once(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[str], led: list[int], held: set[int], by_record: bool
) -> None:
    cases = [_case(str(n), kind) for n, kind in enumerate(kinds)]
    leads = [_lead(str(n)) for n in led]
    held_back = {f"case of {n}" for n in held}
    result = _scored(tmp_path_factory.getbasetemp(), cases, leads, held_back, by_record)
    assert result.leads == len(leads) == result.found + result.excused + result.false
    assert kinds.count("planted") == result.found + result.missed + result.not_loaded


def test_the_expected_leads_of_a_province_score_without_a_fault(dirty: Path) -> None:
    cases = list(read_truth(dirty / "truth.jsonl"))
    leads: list[Lead] = [(c.rule, _person(c.person), frozenset()) for c in cases if c.lead_expected]
    for result in score(dirty / "truth.jsonl", leads, lambda _, keys: set(keys), _person):
        of_rule = [case for case in cases if case.rule == result.rule]
        assert result.found == sum(case.kind == "planted" for case in of_rule) > 0
        assert result.excused == sum(case.kind == "excused_by_visit" for case in of_rule) > 0
        assert (result.missed, result.false, result.not_loaded) == (0, 0, 0)
