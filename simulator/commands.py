"""`hedui simulate`: write a province, let its agencies serve it, take it in, and compare the leads with the truth."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hedui.cli.show import Format, show
from simulator.province import FACTS, TRUTH, ProvinceFacts, read_facts, write_province
from simulator.score import RuleScore
from simulator.times import FEWEST_MONTHS, MONTHS, MOST_MONTHS

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
Folder = Annotated[Path, typer.Option(envvar="HEDUI_PROVINCE", help="where the province lies; not below HEDUI_HOME")]
FormatOption = Annotated[Format, typer.Option("--format", help="table for people, json for programs")]
PEOPLE = 20_000
RULE_COLUMNS = ["rule", "leads", "found", "missed", "false", "excused", "not_loaded"]


@app.command()
def write(
    seed: Annotated[int, typer.Option(min=0, help="the same seed and size give the same bytes")] = 1,
    people: Annotated[int, typer.Option(min=1)] = PEOPLE,
    months: Annotated[int, typer.Option(min=FEWEST_MONTHS, max=MOST_MONTHS, help="how long the history is")] = MONTHS,
    folder: Folder = Path("province"),
) -> None:
    """Write feeds, truth and facts of a province."""
    _tell(_written(folder, seed, people, months), folder)


@app.command()
def serve(
    folder: Folder = Path("province"),
    hand_over: Annotated[
        bool, typer.Option(help="write connections and office keys into HEDUI_HOME, where the pipeline looks for them")
    ] = False,
) -> None:
    """Start the agencies over a written province, until interrupted."""
    # The servers' libraries come with the extra `demo`; writing a province needs none of them.
    from hedui.settings import Settings
    from simulator.agencies import serve as serve_agencies
    from simulator.introducing import introduce

    _facts(folder)
    settings = Settings.from_environment()
    serve_agencies(folder, (lambda agencies: introduce(folder, agencies, settings)) if hand_over else lambda _: None)


@app.command()
def score(folder: Folder = Path("province"), output: FormatOption = Format.TABLE) -> None:
    """Compare the leads of HEDUI_HOME with the truth: per rule, and per way in which an innocent looks guilty."""
    from hedui.pipeline import Pipeline
    from simulator.site import scores

    _facts(folder)
    with Pipeline.open() as pipeline:
        scored = scores(pipeline, folder / TRUTH)
    show(scored, output, RULE_COLUMNS)
    if output is Format.TABLE:  # for programs they stand in each rule's line
        show(_innocents(scored), output)


@app.command()
def run(folder: Folder = Path("province"), output: FormatOption = Format.TABLE) -> None:
    """The whole way without Airflow: serve the agencies, take in every delivery, match every rule, and score.

    The usual province is written where none stands. Ends with 1 where a delivery was rejected, a planted case missed,
    or an innocent accused whom the data excuse.
    """
    from hedui.pipeline import Pipeline
    from simulator.agencies import running_agencies
    from simulator.site import deliveries, scores, simulated_rules, take_in

    facts = _facts(folder) if (folder / FACTS).exists() else _written(folder)
    with running_agencies(folder) as connections, Pipeline.open() as pipeline:
        with _progress() as bar:
            task = bar.add_task("agencies", total=len(deliveries(facts)) + len(simulated_rules()))
            rejected = take_in(pipeline, facts, connections, lambda what: bar.update(task, advance=1, description=what))
        scored = scores(pipeline, folder / TRUTH)
    for what in rejected:
        typer.secho(what, fg="red", err=True)
    show(scored, output, RULE_COLUMNS)
    raise typer.Exit(1 if rejected or any(rule.missed or rule.false for rule in scored) else 0)


def _written(folder: Path, seed: int = 1, people: int = PEOPLE, months: int = MONTHS) -> ProvinceFacts:
    with _progress() as bar:
        task = bar.add_task("people", total=people)
        try:
            return write_province(folder, seed, people, lambda done: bar.advance(task, done), months=months)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None


def _facts(folder: Path) -> ProvinceFacts:
    try:
        return read_facts(folder)
    except (OSError, json.JSONDecodeError, TypeError):
        raise typer.BadParameter(f"no {FACTS} that can be read in {folder}: write the province first") from None


def _progress() -> Progress:
    console = Console(stderr=True)  # standard output is for figures alone
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def _innocents(scored: list[RuleScore]) -> list[dict[str, object]]:
    return [
        {"rule": rule.rule, "innocent": scenario, **innocent}
        for rule in scored
        for scenario, innocent in rule.innocents.items()
    ]


def _tell(facts: ProvinceFacts, folder: Path) -> None:
    console = Console()
    for dataset, rows in facts.rows.items():
        console.print(f"{dataset}: {rows:,} rows, {facts.rows_daily[dataset]:,} of them on {facts.daily['from']}")
    for rule, kinds in facts.planted.items():
        told = kinds if isinstance(kinds, str) else ", ".join(f"{sum(n.values())} {kind}" for kind, n in kinds.items())
        console.print(f"{rule}: {told}")
    console.print(f"Written to {folder}")
