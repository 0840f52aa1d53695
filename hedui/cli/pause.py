"""`hedui pause`: leave an agency alone for a while."""

from typing import Annotated

import typer

from hedui.cli.show import Format, show
from hedui.pipeline import Pipeline


def pause(
    agency: Annotated[
        str | None, typer.Argument(metavar="AGENCY", help="without it those that are paused are listed")
    ] = None,
    reason: Annotated[str, typer.Option(help="why; shown wherever something is not pulled for it")] = "",
    end: Annotated[bool, typer.Option("--end", help="pull from it again")] = False,
    output: Annotated[Format, typer.Option("--format", help="table for people, json for programs")] = Format.TABLE,
) -> None:
    """Pull nothing from an agency until the pause ends; what has landed goes on.

    Its extract runs are skipped meanwhile. They are not made up by themselves: afterwards clear the skipped runs in
    Airflow, or trigger one with `from` and `to` over all of the time, or call `hedui run` for it.
    """
    if agency and bool(reason) == end:
        raise typer.BadParameter("say either --reason, or --end")
    if not agency and (reason or end):
        raise typer.BadParameter("say which agency")
    with Pipeline.open() as pipeline:
        if agency and end:
            pipeline.resume(agency)
            typer.echo(f"{agency} is pulled from again", err=True)
        elif agency:
            pipeline.pause(agency, reason)
        show(pipeline.pauses(), output)
