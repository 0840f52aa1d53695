"""`hedui quarantine`: rows that were held back, and what is to become of them."""

from collections.abc import Sequence
from typing import Annotated

import typer

from hedui.cli.show import Format, language, show
from hedui.model.facts import Chosen, HeldRowFacts, Said
from hedui.pipeline import Pipeline

quarantine = typer.Typer(no_args_is_help=True, help="Rows that were held back, and what is to become of them.")

FormatOption = Annotated[Format, typer.Option("--format", help="table for people, json for programs")]
DatasetOption = Annotated[str | None, typer.Option(metavar="AGENCY.DATASET", help="only those of this dataset")]
BatchOption = Annotated[str | None, typer.Option(help="only those of this batch")]
Where = Annotated[str, typer.Argument(metavar="BATCH|AGENCY.DATASET", help="whose rows, or whose records")]
RowOption = Annotated[list[int] | None, typer.Option("--row", help="number of a row of the batch; may be repeated")]
RecordOption = Annotated[
    list[str] | None, typer.Option("--record", help="the agency's own key of a record of the dataset; may be repeated")
]
By = Annotated[str, typer.Option(help="who decides")]
Reason = Annotated[str, typer.Option(help="why; kept in the audit log")]

_COUNT_COLUMNS = ["batch", "state", "region", "field", "title", "expectation", "rows"]
_ROW_COLUMNS = ["batch", "row", "state", "source", "position", "region", "reminded", "wrong"]


@quarantine.command("list")
def list_(
    dataset: DatasetOption = None,
    batch: BatchOption = None,
    finding: Annotated[str | None, typer.Option(metavar="EXPECTATION", help="only those that failed this")] = None,
    region: Annotated[str | None, typer.Option(help="only those of the office with this division code")] = None,
    state: Annotated[
        str, typer.Option(help="held, superseded, replayed, discarded, expired; all for whatever became of them")
    ] = "held",
    rows: Annotated[bool, typer.Option("--rows", help="each row by itself: where it stands and what is wrong")] = False,
    output: FormatOption = Format.TABLE,
) -> None:
    """Count held rows by batch, office and fault; a row with several faults stands under each. No value is shown."""
    which = {"dataset": dataset, "batch": batch, "finding": finding, "region": region}
    wanted = which | {"state": None if state == "all" else state}
    with Pipeline.open() as pipeline:
        if rows:
            show([_line(facts) for facts in pipeline.held_rows(**wanted)], output, _ROW_COLUMNS)
        else:
            show(pipeline.held(**wanted), output, _COUNT_COLUMNS)


@quarantine.command("show")
def show_(
    batch: str,
    row: int,
    clear: Annotated[
        bool, typer.Option("--clear", help="with its values, but for names; needs --by, --reason")
    ] = False,
    by: Annotated[str, typer.Option(help="who looks")] = "",
    reason: Annotated[str, typer.Option(help="why; kept in the audit log")] = "",
    output: FormatOption = Format.TABLE,
) -> None:
    """Show one row: where it stands, what is wrong, how to mend it. Its values are masked."""
    if clear and not (by.strip() and reason.strip()):
        raise typer.BadParameter("--clear needs --by and --reason")
    with Pipeline.open() as pipeline:
        facts = pipeline.held_row(batch, row, in_clear=Said(by, reason) if clear else None)
    if output is Format.JSON:
        show([_line(facts)], output)
    else:
        typer.echo("\n".join(_told(facts)))


@quarantine.command()
def replay(dataset: DatasetOption = None, batch: BatchOption = None, output: FormatOption = Format.TABLE) -> None:
    """Judge held rows again by the contract and suite of today; those that pass come in at their own place in time."""
    with Pipeline.open() as pipeline:
        show(pipeline.replay(dataset, batch), output)


@quarantine.command()
def confirm(
    where: Where,
    by: By,
    reason: Reason,
    row: RowOption = None,
    record: RecordOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Say that doubtful values of rows are right: they come in, and the same values pass from now on.

    Shells keep what is typed: where record keys hold identity numbers, name rows by their numbers.
    """
    with Pipeline.open() as pipeline:
        show(pipeline.confirm(_chosen(where, row, record), _said(by, reason)), output)


@quarantine.command()
def discard(where: Where, by: By, reason: Reason, row: RowOption = None, record: RecordOption = None) -> None:
    """Throw rows away. This is final: no replay brings them back."""
    with Pipeline.open() as pipeline:
        count = pipeline.discard(_chosen(where, row, record), _said(by, reason))
    typer.echo(f"{count} rows were discarded")


def _chosen(where: str, rows: Sequence[int] | None, records: Sequence[str] | None) -> Chosen:
    if bool(rows) == bool(records):
        raise typer.BadParameter("name either rows of a batch (--row) or records of a dataset (--record)")
    return Chosen(where, tuple(rows or ()), tuple(records or ()))


def _said(by: str, reason: str) -> Said:
    if not (by.strip() and reason.strip()):
        raise typer.BadParameter("--by and --reason say who and why")
    return Said(by.strip(), reason.strip())


def _line(facts: HeldRowFacts) -> dict[str, object]:
    wrong = [{"field": field, "title": title, "advice": advice} for field, title, advice in facts.wrong]
    return {**vars(facts), "wrong": _Faults(wrong)}


class _Faults(list[dict[str, object]]):
    """Read by people as one line."""

    def __str__(self) -> str:
        return "; ".join(f"{one['field']}: {getattr(one['title'], language())}" for one in self)


def _told(facts: HeldRowFacts) -> list[str]:
    spoken = language()
    lines = [f"{facts.batch}  {facts.row}  {facts.state}", f"    {facts.source}: {facts.position}"]
    for field, title, advice in facts.wrong:
        lines += [f"    {field}: {title.in_(spoken)}", f"      → {advice.in_(spoken)}"]
    return lines + [f"    {name} = {'' if value is None else value}" for name, value in facts.values.items()]
