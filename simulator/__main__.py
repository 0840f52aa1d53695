"""`python -m simulator`: write a province, and let its agencies serve it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from simulator.province import ProvinceFacts, write_province

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
Folder = Annotated[Path, typer.Option(envvar="HEDUI_PROVINCE", help="where the province lies; not below HEDUI_HOME")]


@app.command()
def write(
    seed: Annotated[int, typer.Option(min=0, help="the same seed and size give the same bytes")] = 1,
    people: Annotated[int, typer.Option(min=1)] = 20_000,
    folder: Folder = Path("province"),
) -> None:
    """Write feeds, truth and facts of a province."""
    console = Console()
    bar = Progress(TextColumn("people"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console)
    with bar:
        task = bar.add_task("people", total=people)
        try:
            facts = write_province(folder, seed, people, lambda done: bar.advance(task, done))
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
    _tell(facts, folder, console)


@app.command()
def serve(folder: Folder = Path("province")) -> None:
    """Start the four agencies over a written province, until interrupted."""
    # The servers' libraries come with the extra `demo`; writing a province needs none of them.
    from simulator.agencies import serve as serve_agencies

    serve_agencies(folder)


def _tell(facts: ProvinceFacts, folder: Path, console: Console) -> None:
    for dataset, rows in facts.rows.items():
        console.print(f"{dataset}: {rows:,} rows, {facts.rows_daily[dataset]:,} of them on {facts.daily['from']}")
    for rule, kinds in facts.planted.items():
        told = kinds if isinstance(kinds, str) else ", ".join(f"{sum(n.values())} {kind}" for kind, n in kinds.items())
        console.print(f"{rule}: {told}")
    console.print(f"Written to {folder}")


if __name__ == "__main__":
    app()
