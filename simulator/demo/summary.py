"""What the day came to: figures of each dataset, and of each rule against the truth."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hedui import shelves
from hedui.model.facts import DeliveryFacts
from hedui.model.interval import Interval
from hedui.pipeline import Pipeline
from simulator.clerk import ANSWERS, Answered
from simulator.province import ProvinceFacts
from simulator.score import RuleScore
from simulator.site import daily_of, history_of, scores, simulated

_RECEIPT = 44  # signs of it that a small screen has room for
_DATASET_COLUMNS = ("pulled", "repaired", "quarantined", "loaded", "seconds")
_RULE_COLUMNS = ("leads", "found", "missed", "false", "excused")


@dataclass(frozen=True)
class DatasetFigures:
    """Rows of both intervals together; `seconds` are those of the steps' own work."""

    dataset: str
    pulled: int
    repaired: int
    quarantined: int
    loaded: int
    seconds: float


@dataclass(frozen=True)
class AgencyReports:
    """What an agency was handed: how many reports, and the receipt of the last."""

    agency: str
    channel: str
    reports: int
    receipt: str


@dataclass(frozen=True)
class Summary:
    """The shape of summary.json."""

    ok: bool
    seconds: float
    failures: Sequence[str]
    datasets: Sequence[DatasetFigures]
    reports: Sequence[AgencyReports]
    answers: Answered | None
    rules: Sequence[RuleScore]

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    def show(self, console: Console) -> None:
        console.print(_table("dataset", _DATASET_COLUMNS, [asdict(figures) for figures in self.datasets]))
        console.print()
        console.print(_handed_over(self.reports))
        console.print()
        if told := self.answers:
            console.print(
                f"{told.answered:,} of the {told.asked:,} records that {told.agency} was asked for were answered; the "
                f"list after that asks for {told.asked_again or 'none'} of them again\n"
            )
        console.print(_table("rule", _RULE_COLUMNS, [asdict(rule) for rule in self.rules]))
        rows, leads = sum(figures.pulled for figures in self.datasets), sum(rule.leads for rule in self.rules)
        reports = sum(agency.reports for agency in self.reports)
        console.print(f"\n{rows:,} rows, {reports:,} reports handed over, {leads:,} leads, {self.seconds:,.0f} s")
        for failure in self.failures:
            console.print(f"[bold red]failed[/] {escape(failure)}", soft_wrap=True, highlight=False)


def summarise(
    truth: Path, facts: ProvinceFacts, seconds: float, failures: Sequence[str], answers: Answered | None
) -> Summary:
    """Ask the pipeline for its figures and compare its leads with the truth."""
    with Pipeline.open() as pipeline:
        datasets = _dataset_figures(pipeline, {history_of(facts), daily_of(facts)})
        reports = _reports(pipeline)
        rules = scores(pipeline, truth)
    return Summary(not failures, round(seconds, 1), failures, datasets, reports, answers, rules)


def _dataset_figures(pipeline: Pipeline, intervals: set[Interval]) -> list[DatasetFigures]:
    ours = {*(dataset.full_name for dataset in simulated()), ANSWERS}
    batches = [batch for batch in pipeline.batches() if batch.interval in intervals]
    return [
        DatasetFigures(
            dataset=name,
            pulled=sum(b.pulled for b in batches if b.dataset == name),
            repaired=sum(b.repaired for b in batches if b.dataset == name),
            quarantined=sum(b.quarantined for b in batches if b.dataset == name),
            loaded=sum(b.loaded for b in batches if b.dataset == name),
            seconds=round(sum(b.seconds for b in batches if b.dataset == name), 2),
        )
        for name in shelves.datasets()
        if name in ours
    ]


def _reports(pipeline: Pipeline) -> list[AgencyReports]:
    """Of every agency that was handed anything, in the order of the contracts' files."""
    handed: dict[str, list[DeliveryFacts]] = {}
    for facts in pipeline.deliveries():
        handed.setdefault(facts.agency, []).append(facts)
    return [
        AgencyReports(agency, of_agency[-1].channel, len(of_agency), of_agency[-1].receipt)
        for agency, of_agency in sorted(handed.items())
    ]


def _handed_over(reports: Sequence[AgencyReports]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("agency", no_wrap=True)
    table.add_column("channel", no_wrap=True)
    table.add_column("reports", justify="right", no_wrap=True)
    table.add_column("receipt of the last", no_wrap=True)
    for one in reports:
        table.add_row(one.agency, one.channel, f"{one.reports:,}", escape(_cut(one.receipt)))
    return table


def _cut(receipt: str) -> str:
    return receipt if len(receipt) <= _RECEIPT else f"{receipt[: _RECEIPT - 1]}…"


def _table(first: str, columns: Sequence[str], rows: Sequence[dict[str, object]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(str(row[first]), *(_figure(row[column]) for column in columns))
    return table


def _figure(value: object) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
