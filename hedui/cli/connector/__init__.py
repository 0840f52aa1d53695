"""`hedui connector`: look at an agency's source, and write the contract for it. Reads agencies; writes to no store."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from hedui.cli.show import Format
from hedui.model.interval import Interval

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Check, look at and add agencies' sources.")

DatasetArgument = Annotated[str, typer.Argument(metavar="AGENCY.DATASET")]
FormatOption = Annotated[Format, typer.Option("--format", help="table for people, json for programs")]
SourceOption = Annotated[str, typer.Option(help="as in a contract, e.g. '{kind: database, table: exchange.support}'")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="WORD=VALUE", help="one word, e.g. source.table=exchange.support")
]
ConnectionOption = Annotated[str, typer.Option(help="the entry of connections.json; default: as the agency's contract")]
RowsOption = Annotated[int, typer.Option(min=1, max=100_000, help="how many rows are looked at")]
FromOption = Annotated[str, typer.Option("--from", help="first moment of the rows; default: whatever there is")]
ToOption = Annotated[str, typer.Option("--to", help="first moment after them")]


@app.command()
def check(
    name: Annotated[str, typer.Argument(metavar="AGENCY[.DATASET]")], output: FormatOption = Format.TABLE
) -> None:
    """Try what reading needs, step by step; say what works, and a remedy for what does not."""
    from hedui.cli.connector.checking import check_all

    raise typer.Exit(check_all(name, output))


@app.command()
def discover(
    name: DatasetArgument,
    source: SourceOption = "",
    settings: SetOption = None,
    connection: ConnectionOption = "",
    rows: RowsOption = 1000,
    start: FromOption = "",
    end: ToOption = "",
) -> None:
    """Print the contract that a live source suggests: types, key, cursor, identifiers, and what its rows are like.

    Without a table, folder or path it lists those that there are. No value of a person is printed.
    """
    from hedui.cli.connector.discovering import discovered
    from hedui.cli.connector.words import stated

    words = stated(settings or (), source, connection)
    typer.echo(discovered(name, words, rows, _interval(start, end)), nl=False)


@app.command()
def sample(
    name: DatasetArgument,
    rows: RowsOption = 10,
    start: FromOption = "",
    end: ToOption = "",
    output: FormatOption = Format.TABLE,
) -> None:
    """Show rows as they are delivered, with identity numbers, names and record keys masked."""
    from hedui.cli.connector.looking import show_sample

    show_sample(name, rows, _interval(start, end), output)


@app.command()
def diff(name: DatasetArgument, output: FormatOption = Format.TABLE) -> None:
    """Compare the live columns with the contract; exit code 1 where an extract would stop."""
    from hedui.cli.connector.looking import show_differences

    raise typer.Exit(show_differences(name, output))


@app.command()
def new(
    name: DatasetArgument,
    source: SourceOption = "",
    settings: SetOption = None,
    connection: ConnectionOption = "",
    rows: RowsOption = 1000,
    into: Annotated[Path | None, typer.Option(help="folder for the files; default: the site's, else ./site")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="ask nothing: take defaults, and name what is missing")] = False,
) -> None:
    """Ask a few questions and write contract, suite, sample and test of a new dataset, onboarding to begin with.

    What a contract says can be given instead: --set title.zh=…, and of the agency --set agency.title.zh=….
    """
    from hedui.cli.connector.adding import add
    from hedui.cli.connector.words import stated

    add(name, stated(settings or (), source, connection), rows, into, ask=not yes)


@app.command()
def schema() -> None:
    """Print the JSON Schema of contracts, by which editors complete and explain their words."""
    from connectors.schema import text

    typer.echo(text(), nl=False)


def _interval(start: str, end: str) -> Interval | None:
    if not start and not end:
        return None
    try:
        return Interval.parse(start or "1990-01-01", end or date.today().isoformat())  # noqa: DTZ011 - the clerk's day
    except ValueError as error:
        raise typer.BadParameter(f"--from {start or '…'} --to {end or '…'}: {error}") from None
