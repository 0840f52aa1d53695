"""Every lead and every planted case is counted once, under the word that its definition gives it."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.score import InnocentScore, Lead, Named, RuleScore, score
from simulator.truth import Case, SubjectKind, read_truth

RULE = "dui_public_staff"
POSTS, CASES = "hr.public_employees", "police.dui_cases"


def _case(person: str, kind: str) -> Case:
    records = {POSTS: [f"post of {person}"], CASES: [f"case of {person}"]}
    return _case_of(person, kind, records)


def _case_of(
    subject: str, kind: str, records: dict[str, list[str]], scenario: str = "a scene", of: SubjectKind = "person"
) -> Case:
    case = f"{RULE}-{subject}-{kind}"
    return Case(RULE, case, kind, scenario, of, subject, [subject], records, kind != "excused_by_data")


def _subject(kind: SubjectKind, raw: str) -> bytes:
    return hashlib.sha256(f"{kind} {raw}".encode()).digest()[:16]


def _record(dataset: str, key: str) -> bytes:
    return hashlib.sha256(f"{dataset}/{key}".encode()).digest()[:16]


def _lead(person: str, about: str = "") -> Lead:
    named = {_record(POSTS, f"post of {person}"), _record(CASES, f"case of {about or person}")}
    return RULE, _subject("person", person), frozenset(named)


def _lead_on(subject: str, *named: tuple[str, str], of: SubjectKind = "person") -> Lead:
    return RULE, _subject(of, subject), frozenset(_record(dataset, key) for dataset, key in named)


def _scored(
    folder: Path,
    cases: list[Case],
    leads: list[Lead],
    held_back: set[str] | None = None,
    by_record: bool = True,
    named: Named | None = None,
) -> RuleScore:
    truth = folder / "truth.jsonl"
    truth.write_text("".join(case.line() for case in cases), encoding="utf-8")

    def loaded(dataset: str, keys: list[str]) -> set[str]:
        return set(keys) - (held_back or set())

    scores = score(truth, leads, loaded, _subject, _record if by_record else None, named)
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


def test_a_household_is_found_by_the_token_of_a_household(tmp_path: Path) -> None:
    case = _case_of("J1", "planted", {POSTS: ["p1"]}, of="household")
    assert _scored(tmp_path, [case], [_lead_on("J1", (POSTS, "p1"), of="household")]).found == 1
    assert _scored(tmp_path, [case], [_lead_on("J1", (POSTS, "p1"), of="person")]).false == 1


@pytest.mark.parametrize("order", [1, -1])
def test_each_of_several_leads_on_one_subject_finds_its_own_case(order: int, tmp_path: Path) -> None:
    cases = [_case_of("a", "planted", {CASES: ["c"], POSTS: [post]}) for post in ("p1", "p2")]
    leads = [_lead_on("a", (CASES, "c"), (POSTS, post)) for post in ("p1", "p2")][::order]
    assert (_scored(tmp_path, cases, leads).found, _scored(tmp_path, cases, leads).false) == (2, 0)
    one_missed = _scored(tmp_path, cases, leads[:1])
    assert (one_missed.found, one_missed.missed) == (1, 1)


@pytest.mark.parametrize("kind", ["planted", "excused_by_visit"])
def test_a_lead_on_the_sources_that_are_loaded_is_about_the_case_when_another_is_held_back(
    kind: str, tmp_path: Path
) -> None:
    case = _case_of("a", kind, {POSTS: ["p"], CASES: ["c"], "health.death_certificates": ["z"]})
    result = _scored(tmp_path, [case], [_lead_on("a", (POSTS, "p"), (CASES, "c"))], {"z"})
    assert (result.found + result.excused, result.false) == (1, 0)


def test_a_lead_on_none_of_the_records_of_a_case_is_not_about_it_even_if_all_are_held_back(tmp_path: Path) -> None:
    case = _case_of("a", "planted", {POSTS: ["p"], CASES: ["c"]})
    result = _scored(tmp_path, [case], [_lead_on("a", (POSTS, "another"))], {"p", "c"})
    assert (result.not_loaded, result.false) == (1, 1)


def test_a_lead_need_not_name_records_that_leads_of_the_rule_never_name(tmp_path: Path) -> None:
    case = _case_of("a", "planted", {POSTS: ["p"], CASES: ["c"], "police.id_changes": ["i"]})
    lead = _lead_on("a", (POSTS, "p"), (CASES, "c"))
    assert _scored(tmp_path, [case], [lead], named={RULE: {POSTS, CASES}}).found == 1
    assert _scored(tmp_path, [case], [lead], named={RULE: {POSTS, CASES, "police.id_changes"}}).found == 0


def test_an_innocent_by_data_is_excused_by_a_lost_row_whatever_else_the_lead_leaves_unnamed(tmp_path: Path) -> None:
    case = _case_of("a", "excused_by_data", {POSTS: ["p1", "p2"], CASES: ["c"]})
    result = _scored(tmp_path, [case], [_lead_on("a", (CASES, "c"))], {"p2"})
    assert (result.excused, result.false) == (1, 0)


def test_innocents_are_counted_by_scenario(tmp_path: Path) -> None:
    cases = [
        _case_of(subject, kind, {POSTS: [subject]}, scenario)
        for subject, kind, scenario in (
            ("a", "planted", "found out"),
            ("b", "excused_by_data", "bicycle"),
            ("c", "excused_by_data", "bicycle"),
            ("d", "excused_by_visit", "left already"),
            ("e", "excused_by_visit", "left already"),
        )
    ]
    result = _scored(tmp_path, cases, [_lead_on(subject, (POSTS, subject)) for subject in "abd"])
    assert result.innocents == {
        "bicycle": InnocentScore(kind="excused_by_data", played=2, leads=1),
        "left already": InnocentScore(kind="excused_by_visit", played=2, leads=1),
    }


def test_a_score_can_be_written_as_json(tmp_path: Path) -> None:
    result = _scored(tmp_path, [_case_of("a", "excused_by_data", {POSTS: ["p"]}, "bicycle")], [])
    assert json.loads(json.dumps(asdict(result)))["innocents"]["bicycle"]["played"] == 1


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
    leads: list[Lead] = [(c.rule, _subject(c.subject_kind, c.subject), frozenset()) for c in cases if c.lead_expected]
    for result in score(dirty / "truth.jsonl", leads, lambda _, keys: set(keys), _subject):
        of_rule = [case for case in cases if case.rule == result.rule]
        assert result.found == sum(case.kind == "planted" for case in of_rule) > 0
        assert result.excused == sum(case.kind == "excused_by_visit" for case in of_rule) > 0
        assert (result.missed, result.false, result.not_loaded) == (0, 0, 0)
        innocents = [i for i in result.innocents.values() if i["leads"]]
        assert innocents and all(innocent["kind"] == "excused_by_visit" for innocent in innocents)
