"""How well the open leads of a pipeline agree with the truth.

The truth speaks of raw identifiers, the leads of tokens: the caller, who may encipher, says how to turn one into the
other. Nothing here is told to the pipeline.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from simulator.scenes import BY_VISIT, PLANTED, SCENES
from simulator.truth import Case, read_truth

Lead = tuple[str, bytes, frozenset[bytes]]
# Of these keys of a dataset, those whose every delivered row is in the warehouse.
Loaded = Callable[[str, list[str]], set[str]]
PersonToken = Callable[[str], bytes]
RecordToken = Callable[[str, str], bytes]

_CASES_AT_ONCE = 10_000


@dataclass(frozen=True)
class RuleScore:
    """One rule against the truth. leads = found + excused + false.

    * `leads`: open leads of the rule.
    * `found`: planted cases with a lead.
    * `not_loaded`: planted cases without a lead of which some row is not in the warehouse (in quarantine, rejected).
    * `missed`: planted cases all of whose rows are loaded, without a lead.
    * `excused`: leads on innocents who may have one: those whom only a visit excuses, and those whom the data would
      excuse had all the rows been loaded.
    * `false`: every other lead: on an innocent whom loaded data excuse, on a person of whom the truth knows nothing, or
      a second one for a case that needs one.
    * `planted`: whether the province holds planted cases of the rule at all; without them, `found` says nothing.
    """

    rule: str
    leads: int
    found: int
    missed: int
    false: int
    excused: int
    not_loaded: int
    planted: bool


def score(
    truth: Path,
    leads: Iterable[Lead],
    loaded: Loaded,
    token: PersonToken,
    record_token: RecordToken | None = None,
) -> list[RuleScore]:
    """Score each rule that the truth or a lead knows.

    `leads` are those open now, as (rule, subject, tokens of the records it names). `loaded(dataset, keys)` returns
    those keys of whose delivered rows none is held back; a key with one row loaded and a later one in quarantine is
    not among them. `token` enciphers a person. With `record_token(dataset, key)` a lead belongs to a case only if, of
    each dataset of the case, it names one of its records; without, the person decides.
    """
    open_leads: dict[tuple[str, bytes], list[frozenset[bytes]]] = defaultdict(list)
    for rule, subject, records in leads:
        open_leads[rule, subject].append(records)
    totals = Counter(dict.fromkeys(SCENES, 0))
    for (rule, _), of_subject in open_leads.items():
        totals[rule] += len(of_subject)
    counted: Counter[tuple[str, str]] = Counter()
    cases = read_truth(truth)
    while some := list(islice(cases, _CASES_AT_ONCE)):
        complete = _complete(some, loaded)
        for case, whole in zip(some, complete, strict=True):
            has_lead = _take(open_leads[case.rule, token(case.person)], _tokens(case, record_token))
            counted[case.rule, _verdict(case.kind, whole, has_lead)] += 1
            counted[case.rule, case.kind] += 1
    return [_rule_score(rule, total, counted) for rule, total in sorted(totals.items())]


def _verdict(kind: str, whole: bool, has_lead: bool) -> str:
    if kind == PLANTED:
        return "found" if has_lead else "missed" if whole else "not_loaded"
    if not has_lead:
        return "silent"
    return "excused" if kind == BY_VISIT or not whole else "false"


def _complete(cases: Sequence[Case], loaded: Loaded) -> list[bool]:
    """For each case, whether every row that it rests on is loaded. One question a dataset."""
    asked: dict[str, dict[str, None]] = defaultdict(dict)
    for case in cases:
        for dataset, keys in case.records.items():
            asked[dataset].update(dict.fromkeys(keys))
    there = {dataset: loaded(dataset, list(keys)) for dataset, keys in asked.items()}
    return [all(there[dataset].issuperset(keys) for dataset, keys in case.records.items()) for case in cases]


def _tokens(case: Case, record_token: RecordToken | None) -> list[frozenset[bytes]]:
    if record_token is None:
        return []
    return [frozenset(record_token(dataset, key) for key in keys) for dataset, keys in case.records.items()]


def _take(leads: list[frozenset[bytes]], wanted: list[frozenset[bytes]]) -> bool:
    """Remove the lead that is about the case, so that a further one counts as false; tell whether there was one."""
    for index, records in enumerate(leads):
        if all(records & one_of for one_of in wanted):
            del leads[index]
            return True
    return False


def _rule_score(rule: str, leads: int, counted: Counter[tuple[str, str]]) -> RuleScore:
    found, excused = counted[rule, "found"], counted[rule, "excused"]
    return RuleScore(
        rule=rule,
        leads=leads,
        found=found,
        missed=counted[rule, "missed"],
        false=leads - found - excused,
        excused=excused,
        not_loaded=counted[rule, "not_loaded"],
        planted=counted[rule, PLANTED] > 0,
    )
