"""`hedui due`: which deliveries are due, and what became of them."""

from typing import Annotated

import typer

from hedui import shelves
from hedui.cli.show import Format, show
from hedui.pipeline import Pipeline

DUE_COLUMNS = ["dataset", "interval", "due_at", "state", "received_at", "told_at", "pause"]


def due(
    dataset: Annotated[str | None, typer.Option(help="only those of this dataset")] = None,
    days: Annotated[int, typer.Option(min=1, help="how far back")] = 31,
    output: Annotated[Format, typer.Option("--format", help="table for people, json for programs")] = Format.TABLE,
) -> None:
    """List deliveries by when they are due: awaited, in time, late, missing, or of an agency that was paused.

    Days that are no working days do not count. Nothing is due before a dataset was first asked for.
    """
    if dataset:
        shelves.dataset(dataset)
    with Pipeline.open() as pipeline:
        show([facts for facts in pipeline.due(days) if dataset in (None, facts.dataset)], output, DUE_COLUMNS)
