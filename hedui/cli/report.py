"""`hedui report`: what agencies receive."""

from typing import Annotated

import typer

from hedui.cli.connections import credentials_named
from hedui.cli.show import Format, show
from hedui.pipeline import Pipeline

app = typer.Typer(help="What agencies receive: their reports, and what was handed over.", no_args_is_help=True)
FormatOption = Annotated[Format, typer.Option("--format", help="table for people, json for programs")]


@app.command()
def deliver(batch: str, output: FormatOption = Format.TABLE) -> None:
    """Hand the report on a batch to its agency, unless it has it."""
    with Pipeline.open() as pipeline:
        delivered = pipeline.deliver(batch, lambda connection: credentials_named(connection, batch))
        if delivered is None:
            typer.echo("the agency's contract names no `report_channel`: its reports wait here", err=True)
        show([delivered] if delivered else [], output)


@app.command()
def deliveries(
    agency: Annotated[str | None, typer.Option(help="only those to this agency")] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """List the reports that were handed over, by which channel, and what the other side said."""
    with Pipeline.open() as pipeline:
        show([facts for facts in pipeline.deliveries() if agency in (None, facts.agency)], output)
