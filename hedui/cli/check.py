"""`hedui check`: whether the shelves can be right, before anything is pulled."""

from collections.abc import Iterator

import typer

from hedui import shelves
from hedui.model.errors import HeduiError


def check() -> None:
    """Check contracts, suites and rules: that they fit each other, and that no field is asked for without need."""
    from hedui.matching import checked_query, fields_read
    from hedui.pipeline.minimising import refuse_unneeded

    def faults() -> Iterator[str]:
        for rule in shelves.rules().values():
            try:
                shelves.addressees(rule)
                query = checked_query(rule, shelves.query(rule))
                fields_read(rule, query, {name: shelves.dataset(name) for name in rule.inputs})
            except HeduiError as error:
                yield str(error)
        for dataset in shelves.datasets().values():
            try:
                refuse_unneeded(dataset)
            except HeduiError as error:
                yield str(error)

    found = list(faults())
    for fault in found:
        typer.secho(fault, fg="red", err=True)
    if found:
        raise typer.Exit(1)
    typer.echo(f"{len(shelves.datasets())} datasets and {len(shelves.rules())} rules fit each other")
