"""`hedui drifts`: how the form of deliveries changed."""

from typing import Annotated

import typer

from hedui import shelves
from hedui.cli.show import Format, show
from hedui.pipeline import Pipeline

DRIFT_COLUMNS = ["dataset", "interval", "at", "kind", "column", "before", "now", "policy"]


def drifts(
    dataset: Annotated[str | None, typer.Option(help="only those of this dataset")] = None,
    output: Annotated[Format, typer.Option("--format", help="table for people, json for programs")] = Format.TABLE,
) -> None:
    """List how the form of deliveries changed: columns that are new, missing, renamed or of another type."""
    with Pipeline.open() as pipeline:
        found = [facts for facts in pipeline.drifts() if dataset in (None, facts.dataset)]
        if dataset and not found:
            shelves.dataset(dataset)  # a name that nobody knows is an error, one of long ago is not
        show(
            [
                {
                    "dataset": facts.dataset,
                    "interval": facts.interval,
                    "at": facts.at,
                    "kind": facts.drift.kind,
                    "column": facts.drift.column,
                    "before": facts.drift.before,
                    "now": facts.drift.now,
                    "policy": facts.drift.policy,
                    "batch": facts.batch,
                }
                for facts in found
            ],
            output,
            DRIFT_COLUMNS,
        )
