"""`hedui due`: which deliveries are due, and what became of them."""

from typing import Annotated, get_args

import typer

from hedui import shelves
from hedui.cli.show import Format, show
from hedui.model.facts import DueState
from hedui.pipeline import Pipeline

DUE_COLUMNS = ["dataset", "interval", "due_at", "state", "received_at", "told_at", "pause"]


def due(
    dataset: Annotated[str | None, typer.Option(help="only those of this dataset")] = None,
    state: Annotated[str | None, typer.Option(help=f"only those that are {', '.join(get_args(DueState))}")] = None,
    days: Annotated[int, typer.Option(min=1, help="how far back")] = 31,
    output: Annotated[Format, typer.Option("--format", help="table for people, json for programs")] = Format.TABLE,
) -> None:
    """List deliveries by when they are due: awaited, in time, late, missing, or of an agency that was paused.

    Days that are no working days do not count. Nothing is due before a dataset was first asked for. What a pause kept
    back is due anew after it.
    """
    if dataset:
        shelves.dataset(dataset)
    if state not in (None, *get_args(DueState)):
        raise typer.BadParameter(f"there are {', '.join(get_args(DueState))}", param_hint="--state")
    with Pipeline.open() as pipeline:
        found = [f for f in pipeline.due(days) if dataset in (None, f.dataset) and state in (None, f.state)]
    show(found, output, [name for name in DUE_COLUMNS if any(getattr(facts, name) for facts in found)])
