"""`hedui report`: what agencies receive."""

from typing import Annotated

import typer

from hedui.cli.show import Format, show
from hedui.pipeline import Pipeline

app = typer.Typer(help="What agencies receive: their reports, and what was handed over.", no_args_is_help=True)
FormatOption = Annotated[Format, typer.Option("--format", help="table for people, json for programs")]


@app.command()
def deliveries(
    agency: Annotated[str | None, typer.Option(help="only those to this agency")] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """List the reports that were handed over, by which channel, and what the other side said."""
    with Pipeline.open() as pipeline:
        show([facts for facts in pipeline.deliveries() if agency in (None, facts.agency)], output)
