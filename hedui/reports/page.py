"""The validation report: what an agency is told about one batch, whatever became of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc

from hedui.model.contract import Agency, Dataset
from hedui.model.drift import Drift
from hedui.model.facts import BatchFacts, DueFacts
from hedui.reports.background import Background
from hedui.reports.lists import LISTED as IN_ONE_LIST
from hedui.reports.rendering import Language, count, rendered
from hedui.reports.trends import trends, usual
from hedui.reports.when import mend_by, period
from hedui.reports.words import DRIFT_TREATMENTS, DRIFTS, PAGE, REPAIRS, STATES, TIMELINESS, TREATMENTS
from hedui.validation.verdict import Verdict

LISTED = 100  # records: the page is for a telephone and a printer, and the list that goes with it names them all
FIRST = 4  # problems on page one, which is one sheet of paper
PROBLEMS = 100  # and after it

_AN_HOUR = 3600
_FINAL_STATES = ("loaded", "superseded", "duplicate", "quarantined")


@dataclass(frozen=True)
class Share:
    """A part of the pulled rows in one final state."""

    state: str
    title: str
    rows: int
    share: float


@dataclass(frozen=True)
class Fault:
    field: str
    problem: str
    advice: str
    treatment: str
    on_failure: str
    rows: int
    scored: bool


@dataclass(frozen=True)
class Place:
    """One record to mend: its row in the delivery, and all that is wrong with it."""

    row: int
    faults: list[Fault]


def render(
    agency: Agency,
    dataset: Dataset,
    facts: BatchFacts,
    verdict: Verdict,
    places: pa.Table,
    language: Language,
    drifts: Sequence[Drift] = (),
    background: Background | None = None,
) -> str:
    """The page as HTML. `places` gives `_source` and `_position` of every `_row` in the verdict's bad rows."""
    background = background or Background()
    faults = _faults(dataset, facts, verdict, language)
    to_mend = _to_mend(verdict, background.settled)
    records = len(pc.unique(to_mend["row"]))
    problems = _in_order(faults, verdict)
    return rendered(
        "report.html",
        agency,
        language,
        PAGE,
        dataset=dataset.title.in_(language),
        basis=dataset.legal_basis.in_(language),
        facts=facts,
        background=background,
        period=period(facts.interval),
        because=verdict.rejected_because.in_(language) if verdict.rejected_because else "",
        deadline=mend_by(dataset, facts.received_at),
        lateness=_lateness(background.due, language),
        announced=_announced(facts, language),
        score=_score(facts, verdict, background),
        shares=_shares(facts, language),
        due_rows=records,
        of_form=_of_form(facts, verdict, background, records),
        first=problems[:FIRST],
        others=problems[FIRST : FIRST + PROBLEMS],
        left_out=len(problems[FIRST + PROBLEMS :]),
        trends=trends(facts, background, language),
        usual=usual(background, language),
        places=_places(to_mend, places, faults),
        cut=_cut(records, language),
        repairs=_repairs(dataset, verdict, language),
        drifts=[_drift(drift, language) for drift in drifts],
        passed_over=[title.in_(language) for title in verdict.passed_over],
    )


def _of_form(facts: BatchFacts, verdict: Verdict, background: Background, records: int) -> int:
    """How many rows wait for the form of their part alone, beside the `records` that are mended one by one."""
    waiting = len(verdict.faulty) if facts.state == "judged" else facts.quarantined - background.answered
    return max(waiting - records, 0)


def _lateness(due: DueFacts | None, language: Language) -> str:
    """Whether the interval's first delivery was there in time; empty where no moment was agreed, or it goes on."""
    if due is None or due.state not in TIMELINESS:
        return ""
    late = (due.received_at or due.due_at) - due.due_at
    by = "days" if late.days else "hours" if late.seconds >= _AN_HOUR else "minutes"
    words = TIMELINESS[f"late_{by}" if due.state == "late" else due.state].in_(language)
    return words.format(days=count(late.days), hours=late.seconds // _AN_HOUR)


def _announced(facts: BatchFacts, language: Language) -> str:
    """How what arrived compares with what the agency said it sends; empty where it says nothing."""
    if facts.announced is None:
        return ""
    missing = facts.announced - facts.pulled
    words = "as_announced" if missing == 0 else "fewer" if missing > 0 else "more"
    return PAGE[words].in_(language).format(announced=count(facts.announced), rows=count(abs(missing)))


def _score(facts: BatchFacts, verdict: Verdict, background: Background) -> float | None:
    """The share of rows without a fault of the agency's own; none for what is refused whole, or empty."""
    if verdict.rejected_because or not facts.pulled:
        return None
    own = verdict.faulty_by_their_own
    return 1 - len(own.filter(pc.invert(pc.is_in(own, background.cleared)))) / facts.pulled


def _shares(facts: BatchFacts, language: Language) -> list[Share]:
    """The balance: the rows of all shares sum to the pulled ones."""
    counts = {state: getattr(facts, state) for state in _FINAL_STATES}
    counts |= {name: rows for name in ("discarded", "expired") if (rows := getattr(facts, name))}
    rest = facts.pulled - sum(counts.values())
    if facts.state in ("rejected", "judged"):  # nothing of the batch was loaded, nor held back alone
        counts, rest = {facts.state: facts.pulled}, 0
    counts |= {"in_progress": rest} if rest > 0 else {}
    return [
        Share(state, STATES[state].in_(language), rows, rows / max(facts.pulled, 1)) for state, rows in counts.items()
    ]


def _faults(dataset: Dataset, facts: BatchFacts, verdict: Verdict, language: Language) -> list[Fault]:
    """One per finding, in the findings' order."""
    whole = "rejected" if verdict.rejected_because else "judged" if facts.state == "judged" else ""
    return [
        Fault(
            field=_field_title(dataset, finding.field, language) or PAGE["whole_table"].in_(language),
            problem=finding.title.in_(language),
            advice=finding.advice.in_(language),
            treatment=(STATES[whole] if whole else TREATMENTS[finding.on_failure]).in_(language),
            on_failure="reject_batch" if verdict.rejected_because else finding.on_failure,
            rows=finding.count or verdict.pulled,
            scored=finding.scored,
        )
        for finding in verdict.findings
    ]


def _in_order(faults: list[Fault], verdict: Verdict) -> list[Fault]:
    """The commonest first, notices last."""
    notices = [finding.on_failure == "warn" for finding in verdict.findings]
    order = sorted(range(len(faults)), key=lambda number: (notices[number], -faults[number].rows))
    return [faults[number] for number in order]


def _to_mend(verdict: Verdict, settled: pa.Int64Array) -> pa.Table:
    """The bad rows that somebody can mend one by one: no mere notices, and no rows held back for their part's form."""
    asked = [number for number, finding in enumerate(verdict.findings) if finding.by_rows]
    found = verdict.bad_rows.filter(pc.is_in(verdict.bad_rows["finding"], pa.array(asked, pa.int32())))
    return found.filter(pc.invert(pc.is_in(found["row"], settled)))


def _places(to_mend: pa.Table, places: pa.Table, faults: list[Fault]) -> list[tuple[str, list[Place]]]:
    """The first records with all their faults, by source, in the order of the delivery."""
    rows = pc.unique(to_mend["row"])
    listed = rows.take(pc.sort_indices(rows))[:LISTED]
    faults_of: dict[int, list[Fault]] = defaultdict(list)
    for bad in to_mend.filter(pc.is_in(to_mend["row"], listed)).to_pylist():
        faults_of[bad["row"]].append(faults[bad["finding"]])
    stands = {p["_row"]: p for p in places.filter(pc.is_in(places["_row"], listed)).to_pylist()}
    by_source = groupby(listed.to_pylist(), lambda row: stands[row]["_source"])
    return [(source, [Place(stands[row]["_position"], faults_of[row]) for row in rows]) for source, rows in by_source]


def _cut(records: int, language: Language) -> str:
    """How many of them stand on the page, and in the list; empty where all stand on the page."""
    if records <= LISTED:
        return ""
    words = PAGE["cut" if records <= IN_ONE_LIST else "cut_twice"].in_(language)
    return words.format(total=count(records), shown=count(LISTED), listed=count(IN_ONE_LIST))


def _drift(drift: Drift, language: Language) -> tuple[str, str]:
    """What changed in the form of the delivery, and what became of it."""
    what = DRIFTS[drift.kind].in_(language).format(column=drift.column, before=drift.before, now=drift.now)
    return what, DRIFT_TREATMENTS[drift.policy].in_(language)


def _repairs(dataset: Dataset, verdict: Verdict, language: Language) -> list[tuple[str, str, int]]:
    order = {name: place for place, name in enumerate(dataset.fields)}
    counted = sorted(verdict.repairs.items(), key=lambda item: (order[item[0][0]], -item[1]))
    return [
        (_field_title(dataset, field, language), REPAIRS[repair].in_(language), rows)
        for (field, repair), rows in counted
    ]


def _field_title(dataset: Dataset, field: str, language: Language) -> str:
    return dataset.fields[field].title.in_(language) if field in dataset.fields else ""
