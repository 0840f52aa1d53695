"""`hedui housekeep`: delete what has been kept long enough."""

from typing import Annotated, Any

import typer

from hedui.cli.show import Format, show
from hedui.model.facts import Tidied
from hedui.pipeline import Pipeline


def housekeep(
    rooms: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ROOM]...", help="landing, quarantine, reports, data_docs, outbox, scratch, warehouse; default all"
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would go")] = False,
    output: Annotated[Format, typer.Option("--format", help="table for people, json for programs")] = Format.TABLE,
) -> None:
    """Delete batches, held rows, reports and table files that have been kept long enough; merge small files."""
    with Pipeline.open() as pipeline:
        done = pipeline.housekeep(rooms or (), dry_run=dry_run)
    show([_row(tidied) for tidied in done], output)


def _row(tidied: Tidied) -> dict[str, Any]:
    return {
        "room": tidied.room,
        "where": tidied.where,
        "what": tidied.what,
        "count": tidied.count,
        "freed_mb": tidied.freed_bytes / 2**20,
        "left": tidied.left,
    }
