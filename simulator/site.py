"""What the simulator asks of a pipeline: to take in what the agencies deliver, and to have its leads scored.

Beside the demo the one module of the simulator that knows `hedui.pipeline`.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from hedui import shelves
from hedui.model.contract import Dataset
from hedui.model.credentials import Credentials
from hedui.model.interval import Interval
from hedui.pipeline import Pipeline
from simulator.drafts import DATASETS, DIBAO
from simulator.province import ProvinceFacts
from simulator.score import Lead, RuleScore, score
from simulator.truth import SubjectKind

_EVERY_DAY = "0 0 * * *"

Delivery = tuple[str, Interval]


def history_of(facts: ProvinceFacts) -> Interval:
    """Of every dataset one delivery is asked for this interval."""
    return _interval(facts.history)


def daily_of(facts: ProvinceFacts) -> Interval:
    """Of the datasets that are due each day, a second delivery is asked for this interval."""
    return _interval(facts.daily)


def due_daily(dataset: Dataset) -> bool:
    """Whether the scheduler asks for the daily interval: a weekly or monthly one ends later."""
    return dataset.schedule.cron == _EVERY_DAY


def simulated() -> list[Dataset]:
    """The datasets that a province has: all but those of folders of somebody's own."""
    return [dataset for name, dataset in shelves.datasets().items() if name in DATASETS]


def simulated_rules() -> list[str]:
    """The rules that such datasets are enough for."""
    enough = {dataset.full_name for dataset in simulated()}
    return [name for name, rule in shelves.rules().items() if enough.issuperset(rule.inputs)]


def deliveries(facts: ProvinceFacts) -> list[Delivery]:
    """Everything to be taken in, in the order in which it comes about."""
    history = [(dataset.full_name, history_of(facts)) for dataset in simulated()]
    return [*history, *((dataset.full_name, daily_of(facts)) for dataset in simulated() if due_daily(dataset))]


def take_in(
    pipeline: Pipeline, facts: ProvinceFacts, connections: Mapping[str, Credentials], done: Callable[[str], None]
) -> list[str]:
    """Every delivery, then every rule, without Airflow; `done` is told of each. Returns what was rejected."""
    rejected = []
    for name, interval in deliveries(facts):
        batch = pipeline.run(name, interval, connections[shelves.dataset(name).agency])
        if batch.rejected_because:
            rejected.append(f"{name} {interval}: {batch.rejected_because.en}")
        done(name)
    for rule in simulated_rules():
        pipeline.match(rule)
        done(rule)
    return rejected


def scores(pipeline: Pipeline, truth: Path) -> list[RuleScore]:
    """The leads that stand now, against the truth."""
    programme = shelves.dataset(DIBAO).programme
    with pipeline.lookup("scoring the simulated province") as looking:

        def subject_token(kind: SubjectKind, subject: str) -> bytes:
            return looking.person(programme, subject) if kind == "person" else looking.record(DIBAO, subject)

        named = {name: rule.records.keys() for name, rule in shelves.rules().items()}
        return score(truth, _open_leads(pipeline), pipeline.loaded_records, subject_token, looking.record, named)


def _open_leads(pipeline: Pipeline) -> Iterable[Lead]:
    for lead in pipeline.leads():
        if lead.state != "withdrawn":
            yield lead.rule, lead.subject, frozenset(t for tokens in lead.records.values() for t in tokens)


def _interval(days: Mapping[str, str]) -> Interval:
    return Interval.parse(days["from"], days["to"])
