"""`hedui suite`: what a good row of a dataset is."""

from pathlib import Path
from typing import Annotated

import typer

from hedui import shelves
from hedui.cli.show import language
from hedui.model.facts import SuiteProposal
from hedui.pipeline import Pipeline

app = typer.Typer(no_args_is_help=True, help="What a good row of a dataset is.")


@app.command()
def propose(
    dataset: Annotated[str, typer.Argument(metavar="AGENCY.DATASET")],
    batch: Annotated[str | None, typer.Option(help="a batch that has landed; by default the newest")] = None,
    output: Annotated[Path | None, typer.Option(help="write it there; by default it is printed")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="also where there is such a file")] = False,
) -> None:
    """Propose a suite from all rows of a landed batch, and say what it finds in them. No value of a person is shown.

    It asks for what the contract needs, and for what every row of the batch meets: edit it before you use it.
    """
    shelves.dataset(dataset)
    if output and output.exists() and not replace:
        raise typer.BadParameter(f"--output {output}: there is such a file; --replace writes over it")
    with Pipeline.open() as pipeline:
        proposal = pipeline.propose_suite(dataset, batch)
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(proposal.text, encoding="utf-8")
    else:
        typer.echo(proposal.text, nl=False)
    typer.echo(_in_words(proposal), err=output is None)


def _in_words(proposal: SuiteProposal) -> str:
    spoken = language()
    verdict = f"It would hold back {proposal.held:,} of {proposal.rows:,} rows"
    if proposal.rejected_because:
        verdict = f"It would reject the batch: {proposal.rejected_because.in_(spoken)}"
    found = (f"  {count:,}  {title.in_(spoken)}" for title, count in proposal.findings)
    return "\n".join([f"Proposed from {proposal.batch}", verdict, *found])
