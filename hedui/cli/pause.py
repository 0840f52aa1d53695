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

    Its extract runs are skipped meanwhile, and nobody is told of what is missing. At the end of the pause it is listed
    what was kept back: it is due anew, and is not made up by itself. Clear the skipped runs in Airflow, or trigger one
    with `from` and `to` over all of the time, or call `hedui run` for it.
    """
    if agency and bool(reason) == end:
        raise typer.BadParameter("say either --reason, or --end")
    if not agency and (reason or end):
        raise typer.BadParameter("say which agency")
    with Pipeline.open() as pipeline:
        if agency and end:
            _end(pipeline, agency, output)
            return
        if agency:
            pipeline.pause(agency, reason)
        if (paused := pipeline.pauses()) or output is Format.JSON:
            show(paused, output)
        else:
            typer.echo("no agency is paused")


def _end(pipeline: Pipeline, agency: str, output: Format) -> None:
    was_paused = any(pause.agency == agency for pause in pipeline.pauses())
    kept_back = pipeline.resume(agency)
    typer.echo(f"{agency} is pulled from again" if was_paused else f"{agency} was not paused", err=True)
    if kept_back:
        typer.echo("It was kept back by a pause, is due anew, and is not made up by itself:", err=True)
    if kept_back or output is Format.JSON:
        show(kept_back, output, ["dataset", "interval", "due_at"])
