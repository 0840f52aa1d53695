"""`hedui`, the command: the same steps as the DAGs, by hand. Calls `hedui.pipeline` and prints; decides nothing."""

import sys
from typing import Annotated

import typer

from hedui.cli.check import check
from hedui.cli.connections import credentials_of
from hedui.cli.connector import app as connector
from hedui.cli.data_docs import data_docs
from hedui.cli.drifts import drifts
from hedui.cli.due import due
from hedui.cli.housekeep import housekeep
from hedui.cli.identifier import identifier
from hedui.cli.others import add_others
from hedui.cli.pause import pause
from hedui.cli.quarantine import quarantine
from hedui.cli.report import app as report
from hedui.cli.seal import AS_IT_IS, seal
from hedui.cli.show import Format, show
from hedui.cli.suite import app as suite
from hedui.model.errors import HeduiError, TransientError
from hedui.model.interval import Interval
from hedui.model.unforeseen import told
from hedui.pipeline import Pipeline

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="核对 hedui: agencies share data lawfully and find public money that went wrong.",
)
FormatOption = Annotated[Format, typer.Option("--format", help="table for people, json for programs")]
BATCH_COLUMNS = [
    "dataset",
    "interval",
    "state",
    "pulled",
    "repaired",
    "quarantined",
    "loaded",
    "superseded",
    "duplicate",
    "expired",
    "discarded",
]
LEAD_COLUMNS = ["id", "rule", "state", "agency", "region", "amount_yuan", "explanation"]
TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h


def main() -> None:
    """An error we raise on purpose is one line; exit code 75 where trying again may help, else 1."""
    try:
        app()
    except HeduiError as error:
        typer.secho(str(error), fg="red", err=True)
        sys.exit(TRY_AGAIN if isinstance(error, TransientError) else 1)
    except Exception as error:  # its own words could quote a row's value
        typer.secho(f"hedui: {told(error)}. Tell the developers this place", fg="red", err=True)
        sys.exit(1)


@app.command()
def run(
    dataset: Annotated[str, typer.Argument(metavar="AGENCY.DATASET")],
    start: Annotated[str, typer.Option("--from", help="first moment of the interval, e.g. 2026-06-30")],
    end: Annotated[str, typer.Option("--to", help="first moment after it, e.g. 2026-07-01")],
    output: FormatOption = Format.TABLE,
) -> None:
    """Pull, validate, pseudonymise, load and report one interval of a dataset."""
    interval = _interval(start, end)
    with Pipeline.open() as pipeline:
        show([pipeline.run(dataset, interval, credentials_of(dataset))], output, BATCH_COLUMNS)


@app.command()
def match(rule: str, output: FormatOption = Format.TABLE) -> None:
    """Bring the leads of a rule in step with the warehouse."""
    with Pipeline.open() as pipeline:
        show([pipeline.match(rule)], output)


@app.command()
def leads(
    rule: Annotated[str | None, typer.Option(help="only those of this rule")] = None,
    state: Annotated[str | None, typer.Option(help="open, released or withdrawn")] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """List leads: what was found, where and how much, without anybody's identity."""
    with Pipeline.open() as pipeline:
        wanted = [f for f in pipeline.leads() if rule in (None, f.rule) and state in (None, f.state)]
        show(wanted, output, LEAD_COLUMNS)


@app.command()
def batches(output: FormatOption = Format.TABLE) -> None:
    """List batches and what became of their rows."""
    with Pipeline.open() as pipeline:
        show(pipeline.batches(), output, ["batch", *BATCH_COLUMNS[1:], "vanished"])


@app.command()
def sql(
    query: Annotated[str | None, typer.Argument(help="one query; without it a shell opens")] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Query the warehouse: every dataset is a view agency.dataset of its current rows."""
    from hedui.cli.sql import shell

    with Pipeline.open() as pipeline:
        shell(pipeline, query, output)


app.command()(check)
app.add_typer(connector, name="connector")
app.command("data-docs")(data_docs)
app.command()(drifts)
app.command()(due)
app.add_typer(identifier, name="identifier")
app.command()(housekeep)
app.command(add_help_option=False, context_settings=AS_IT_IS)(seal)
app.command()(pause)
app.add_typer(quarantine, name="quarantine")
app.add_typer(report, name="report")
app.add_typer(suite, name="suite")


def _interval(start: str, end: str) -> Interval:
    try:
        return Interval.parse(start, end)
    except ValueError as error:
        raise typer.BadParameter(f"--from {start} --to {end}: {error}") from None


add_others(app)
