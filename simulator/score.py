"""How well the open leads of a pipeline agree with the truth.

The truth speaks of raw identifiers, the leads of tokens: the caller, who may encipher, says how to turn one into the
other. Nothing here is told to the pipeline.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypedDict

from simulator.scenes import BY_DATA, BY_VISIT, PLANTED, SCENES
from simulator.truth import Case, SubjectKind, read_truth

Lead = tuple[str, bytes, frozenset[bytes]]
# Of these keys of a dataset, those whose every delivered row is in the warehouse.
Loaded = Callable[[str, list[str]], set[str]]
SubjectToken = Callable[[SubjectKind, str], bytes]
RecordToken = Callable[[str, str], bytes]
# By rule the datasets whose records its leads name.
Named = Mapping[str, Collection[str]]

_CASES_AT_ONCE = 10_000


class InnocentScore(TypedDict):
    """One way to look guilty: how often it was played, and how many of those innocents have a lead."""

    kind: str
    played: int
    leads: int


@dataclass(frozen=True)
class RuleScore:
    """One rule against the truth. leads = found + excused + false.

    * `leads`: open leads of the rule.
    * `found`: planted cases with a lead.
    * `not_loaded`: planted cases without a lead of which some row is not in the warehouse (in quarantine, rejected).
    * `missed`: planted cases all of whose rows are loaded, without a lead.
    * `excused`: leads on innocents who may have one: those whom only a visit excuses, and those whom the data would
      excuse had all the rows been loaded.
    * `false`: every other lead: on an innocent whom loaded data excuse, on a subject of whom the truth knows nothing,
      or a second one for a case that needs one.
    * `planted`: whether the province holds planted cases of the rule at all; without them, `found` says nothing.
    * `innocents`: by scenario.
    """

    rule: str
    leads: int
    found: int
    missed: int
    false: int
    excused: int
    not_loaded: int
    planted: bool
    innocents: dict[str, InnocentScore] = field(default_factory=dict)


@dataclass(frozen=True)
class _Held:
    """What of a case is in the warehouse: the datasets of which some record is, and whether all of it is."""

    datasets: frozenset[str]
    whole: bool


def score(
    truth: Path,
    leads: Iterable[Lead],
    loaded: Loaded,
    subject_token: SubjectToken,
    record_token: RecordToken | None = None,
    named: Named | None = None,
) -> list[RuleScore]:
    """Score each rule that the truth or a lead knows.

    `leads` are those open now, as (rule, subject, tokens of the records it names). `loaded(dataset, keys)` returns
    those keys of whose delivered rows none is held back; a key with one row loaded and a later one in quarantine is
    not among them. `subject_token` enciphers a person or a household. With `record_token(dataset, key)` a lead belongs
    to a case only if it names one of its records, and one of each dataset of the case that is loaded and that the
    leads of the rule name at all (`named`; all, where nothing is said); without, the subject decides.
    """
    open_leads: dict[tuple[str, bytes], list[frozenset[bytes]]] = defaultdict(list)
    for rule, subject, records in leads:
        open_leads[rule, subject].append(records)
    totals = Counter(dict.fromkeys(SCENES, 0))
    for (rule, _), of_subject in open_leads.items():
        totals[rule] += len(of_subject)
    counted: Counter[tuple[str, ...]] = Counter()
    cases = read_truth(truth)
    while some := list(islice(cases, _CASES_AT_ONCE)):
        for case, held in zip(some, _held(some, loaded), strict=True):
            of_subject = open_leads.get((case.rule, subject_token(case.subject_kind, case.subject)), [])
            has_lead = _take(of_subject, case, _asked(case, held, named), record_token)
            counted[case.rule, _verdict(case.kind, held.whole, has_lead)] += 1
            counted[case.rule, case.kind, case.scenario] += 1
            counted[case.rule, case.kind, case.scenario, "with a lead"] += has_lead
    return [_rule_score(rule, total, counted) for rule, total in sorted(totals.items())]


def _verdict(kind: str, whole: bool, has_lead: bool) -> str:
    if kind == PLANTED:
        return "found" if has_lead else "missed" if whole else "not_loaded"
    if not has_lead:
        return "silent"
    return "excused" if kind == BY_VISIT or not whole else "false"


def _held(cases: Sequence[Case], loaded: Loaded) -> list[_Held]:
    """What of each case is loaded. One question a dataset."""
    asked: dict[str, dict[str, None]] = defaultdict(dict)
    for case in cases:
        for dataset, keys in case.records.items():
            asked[dataset].update(dict.fromkeys(keys))
    there = {dataset: loaded(dataset, list(keys)) for dataset, keys in asked.items()}
    return [
        _Held(
            frozenset(dataset for dataset, keys in case.records.items() if not there[dataset].isdisjoint(keys)),
            all(there[dataset].issuperset(keys) for dataset, keys in case.records.items()),
        )
        for case in cases
    ]


def _asked(case: Case, held: _Held, named: Named | None) -> Collection[str]:
    """The datasets of which a lead has to name a record of the case."""
    if case.kind == BY_DATA:
        # Whatever a lead on such an innocent rests on, it should not be there.
        return ()
    return held.datasets if named is None else held.datasets.intersection(named.get(case.rule, ()))


def _take(leads: list[frozenset[bytes]], case: Case, asked: Collection[str], record_token: RecordToken | None) -> bool:
    """Remove the lead that is about the case, so that a further one counts as false; tell whether there was one."""
    if not leads:
        return False
    if record_token is None:
        leads.pop()
        return True
    tokens = {dataset: {record_token(dataset, key) for key in keys} for dataset, keys in case.records.items()}
    everything = set[bytes]().union(*tokens.values())
    fitting = [records for records in leads if all(records & tokens[dataset] for dataset in asked)]
    best = max(fitting, key=lambda records: len(records & everything), default=frozenset())
    if not best & everything:
        return False
    leads.remove(best)
    return True


def _rule_score(rule: str, leads: int, counted: Counter[tuple[str, ...]]) -> RuleScore:
    found, excused = counted[rule, "found"], counted[rule, "excused"]
    played = {key[1:]: number for key, number in counted.items() if key[0] == rule and len(key) == 3}
    return RuleScore(
        rule=rule,
        leads=leads,
        found=found,
        missed=counted[rule, "missed"],
        false=leads - found - excused,
        excused=excused,
        not_loaded=counted[rule, "not_loaded"],
        planted=any(kind == PLANTED for kind, _ in played),
        innocents={
            scenario: InnocentScore(kind=kind, played=number, leads=counted[rule, kind, scenario, "with a lead"])
            for (kind, scenario), number in sorted(played.items())
            if kind != PLANTED
        },
    )
