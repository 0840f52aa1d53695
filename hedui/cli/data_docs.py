"""`hedui data-docs`: what the suites said, as pages for engineers."""

from typing import Annotated

import typer

from hedui.pipeline import Pipeline


def data_docs(
    agency: Annotated[str | None, typer.Argument(metavar="AGENCY", help="without it those of all agencies")] = None,
) -> None:
    """Build Great Expectations' Data Docs of the newest batches, one site per agency. They hold counts, no values.

    They are for this office's engineers: an agency receives its validation reports.
    """
    with Pipeline.open() as pipeline:
        built = pipeline.data_docs(agency)
    for index in built:
        typer.echo(index)
    if not built:
        typer.echo("nothing was validated yet", err=True)
