"""`hedui report`: what agencies receive."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hedui.cli.connections import credentials_named
from hedui.cli.show import Format, show
from hedui.model.channels import Language
from hedui.pipeline import Pipeline

app = typer.Typer(help="What agencies receive: their reports, and what was handed over.", no_args_is_help=True)
FormatOption = Annotated[Format, typer.Option("--format", help="table for people, json for programs")]


@app.command()
def deliver(
    what: Annotated[str, typer.Argument(metavar="BATCH|AGENCY")],
    month: Annotated[str | None, typer.Argument(metavar="[MONTH]", help="of an agency, such as 2026-10")] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Hand the report on a batch, or on a month, to its agency, unless it has it."""
    reach = partial(credentials_named, where=what)
    with Pipeline.open() as pipeline:
        delivered = pipeline.deliver_month(what, month, reach) if month else pipeline.deliver(what, reach)
        if delivered is None:
            typer.echo("the agency's contract names no `report_channel`: its reports wait here", err=True)
        show([delivered] if delivered else [], output)


@app.command()
def month(agency: str, month: Annotated[str, typer.Argument(metavar="MONTH", help="such as 2026-10")]) -> None:
    """Write an agency's report of a month: what came, what is to be mended, what to do first. Prints its folder."""
    with Pipeline.open() as pipeline:
        typer.echo(pipeline.month_report(agency, month))


@app.command("list")
def list_(
    batch: str,
    output: Annotated[Path, typer.Option("--output", help="a new file: .xlsx, or .csv")],
    language: Annotated[Language, typer.Option(help="of the list")] = "zh",
) -> None:
    """Write a batch's records to mend into a file. It names the agency's own record keys: treat it accordingly."""
    if output.suffix not in (".xlsx", ".csv"):
        raise typer.BadParameter(f"--output {output}: it ends in neither .xlsx nor .csv")
    with Pipeline.open() as pipeline:
        found = [document for document in pipeline.lists(batch, language) if document.name.endswith(output.suffix)]
    if not found:
        typer.echo("nothing to mend: no file was written", err=True)
        return
    try:
        with open(output, "xb", opener=_for_its_owner) as file:
            file.write(found[0].content)
    except FileExistsError:
        raise typer.BadParameter(f"--output {output}: there is such a file") from None


@app.command()
def repairs(
    batch: str,
    places: Annotated[bool, typer.Option("--places", help="each by itself: where it was made")] = False,
    output: FormatOption = Format.TABLE,
) -> None:
    """Count what was put right in a batch on its arrival, by field. No value is shown, before or after."""
    with Pipeline.open() as pipeline:
        counted = pipeline.repairs(batch)
        if not places:
            show(counted, output)
            return
        found = pipeline.repaired(batch)
    show(found, output)
    if len(found) < (total := sum(one.rows for one in counted)):
        why = "the others are not listed" if found else "their places were deleted with the batch's quarantine"
        typer.echo(f"{len(found):,} of {total:,} repairs; {why}", err=True)


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@app.command()
def deliveries(
    agency: Annotated[str | None, typer.Option(help="only those to this agency")] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """List the reports that were handed over, by which channel, and what the other side said."""
    with Pipeline.open() as pipeline:
        show([facts for facts in pipeline.deliveries() if agency in (None, facts.agency)], output)
