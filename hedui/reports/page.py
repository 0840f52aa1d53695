"""The validation report: what an agency is told about one batch, whatever became of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
from jinja2 import Environment, PackageLoader, StrictUndefined

from hedui.model.contract import Agency, Dataset
from hedui.model.drift import Drift
from hedui.model.facts import BatchFacts
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.reports.words import DRIFT_TREATMENTS, DRIFTS, PAGE, REPAIRS, STATES, TREATMENTS
from hedui.validation.verdict import FORM_OF_DELIVERY, Finding, Verdict

Language = Literal["zh", "en"]
LISTED = 1_000  # records: beyond that a page is no longer read, and hardly opens on a telephone

_FINAL_STATES = ("loaded", "superseded", "duplicate", "quarantined")
_pages = Environment(
    loader=PackageLoader("hedui.reports"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Share:
    """A part of the pulled rows in one final state."""

    state: str
    title: str
    rows: int
    percent: float


@dataclass(frozen=True)
class Fault:
    field: str
    problem: str
    advice: str
    treatment: str
    on_failure: str
    rows: int


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
) -> str:
    """The page as HTML. `places` gives `_source` and `_position` of every `_row` in the verdict's bad rows."""
    faults = _faults(dataset, facts, verdict, language)
    to_mend = _to_mend(verdict)
    return _pages.get_template("report.html").render(
        language=language,
        words={name: title.in_(language) for name, title in PAGE.items()},
        agency=agency.title.in_(language),
        office=agency.office.title.in_(language),
        telephone=agency.office.telephone,
        dataset=dataset.title.in_(language),
        basis=dataset.legal_basis.in_(language),
        facts=facts,
        received=facts.received_at.astimezone(PROVINCE_TIME).strftime("%Y-%m-%d %H:%M"),
        period=_period(facts.interval),
        because=verdict.rejected_because.in_(language) if verdict.rejected_because else "",
        deadline=_deadline(dataset, facts),
        shares=_shares(facts, language),
        due_rows=len(pc.unique(to_mend["row"])) if facts.state == "judged" else facts.quarantined,
        faults=sorted(faults, key=lambda fault: -fault.rows),
        places=_places(to_mend, places, faults),
        places_total=len(pc.unique(to_mend["row"])),
        listed=LISTED,
        repairs=_repairs(dataset, verdict, language),
        drifts=[_drift(drift, language) for drift in drifts],
    )


def _period(interval: Interval) -> str:
    """The days it covers, first and last; with times where it does not begin and end at midnight."""
    start, end = (moment.astimezone(PROVINCE_TIME) for moment in (interval.start, interval.end))
    if any((moment.hour, moment.minute, moment.second) != (0, 0, 0) for moment in (start, end)):
        return f"{start:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M}"
    last = end - timedelta(days=1)
    return f"{start:%Y-%m-%d}" if last.date() == start.date() else f"{start:%Y-%m-%d} – {last:%Y-%m-%d}"


def _deadline(dataset: Dataset, facts: BatchFacts) -> str:
    """The day until which the delivered rows are kept; empty where they are not."""
    if not dataset.landing_retention_days:
        return ""
    last = facts.received_at.astimezone(PROVINCE_TIME) + timedelta(days=dataset.landing_retention_days)
    return f"{last:%Y-%m-%d}"


def _shares(facts: BatchFacts, language: Language) -> list[Share]:
    """The balance: the rows of all shares sum to the pulled ones."""
    counts = {state: getattr(facts, state) for state in _FINAL_STATES}
    counts |= {name: rows for name in ("discarded", "expired") if (rows := getattr(facts, name))}
    rest = facts.pulled - sum(counts.values())
    if facts.state in ("rejected", "judged"):  # nothing of the batch was loaded, nor held back alone
        counts, rest = {facts.state: facts.pulled}, 0
    counts |= {"in_progress": rest} if rest > 0 else {}
    return [
        Share(state, STATES[state].in_(language), rows, 100 * rows / max(facts.pulled, 1))
        for state, rows in counts.items()
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
        )
        for finding in verdict.findings
    ]


def _to_mend(verdict: Verdict) -> pa.Table:
    """The bad rows that somebody can mend one by one: no mere notices, and no rows held back for their part's form."""
    asked = [number for number, finding in enumerate(verdict.findings) if _concerns_rows(finding)]
    return verdict.bad_rows.filter(pc.is_in(verdict.bad_rows["finding"], pa.array(asked, pa.int32())))


def _concerns_rows(finding: Finding) -> bool:
    return finding.on_failure != "warn" and finding.expectation != FORM_OF_DELIVERY


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
