"""`hedui connector new`: from a few answers and a look at the source to a contract, a suite, a sample and a test."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pyarrow as pa
import typer
from pydantic import ValidationError

from connectors.base import Offer
from hedui import shelves
from hedui.cli.connections import credentials_named
from hedui.cli.connector.asking import Answers
from hedui.cli.connector.discovering import choices, dataset_of, programmes, proposed
from hedui.cli.connector.words import Words, connection_of, faults, refuse_no_name, source_of
from hedui.model.contract import Agency, Dataset
from hedui.model.errors import DeclarationInvalid, HeduiError
from hedui.proposing.proposal import Proposal, propose
from hedui.proposing.shelving import Places, written
from hedui.proposing.words import Words as Learnt

# What most datasets have, for a source that cannot be looked at.
_TEXTS: Final = ("record_no", "id_card", "name")
_USUAL: Final = pa.schema([*((name, pa.string()) for name in _TEXTS), ("updated_at", pa.timestamp("us"))])


def add(name: str, words: Words, rows: int, into: Path | None, ask: bool) -> None:
    """Write the files of a new dataset and say what to do next."""
    refuse_no_name(name)
    if name in shelves.datasets():
        raise DeclarationInvalid(name, "it has a contract already", "Give the new dataset a name of its own")
    answers = Answers(name, words, ask)
    answers.source(_listed(name, words))
    found = _found(name, words, rows)
    answers.people_s_words(name.partition(".")[0] in shelves.agencies(), programmes())
    dataset = dataset_of(name, words, found, {})
    places = Places.below(into) if into else Places.of_site() or Places.below(Path("site"))
    for file in written(places, _agency(name, words, dataset), dataset, found.led_by(dataset.key, dataset.cursor)):
        typer.echo(_short(file))
    _say_how_it_goes_on(places, dataset)


def _listed(name: str, words: Words) -> Callable[[], list[str]]:
    def there() -> list[str]:
        try:
            return choices(name, words, credentials_named(connection_of(name, words), name))
        except HeduiError as error:
            typer.secho(f"Nothing can be listed: {error}", fg="yellow", err=True)
            return []

    return there


def _found(name: str, words: Words, rows: int) -> Proposal:
    """What the source suggests; four usual fields to begin with where it cannot be read now."""
    source = source_of(name, words)
    try:
        return proposed(name, source, credentials_named(connection_of(name, words), name), rows, None)
    except HeduiError as error:
        typer.secho(
            f"{error}\nThe contract gets four usual fields: change them to those of the source", fg="yellow", err=True
        )
        return propose(Offer(_USUAL, ("record_no",)), pa.table({}), Learnt.learnt(shelves.datasets().values()))


def _agency(name: str, words: Words, dataset: Dataset) -> Agency:
    agency = name.partition(".")[0]
    if agency in shelves.agencies():
        return shelves.agencies()[agency]
    said = {"connection": connection_of(name, words), **words.get("agency", {})}
    try:
        return Agency.model_validate({"agency": agency, **said, "datasets": {}})
    except ValidationError as error:
        raise DeclarationInvalid(name, faults(error), "Say it with --set agency.…") from None


def _short(file: Path) -> Path:
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file


def _say_how_it_goes_on(places: Places, dataset: Dataset) -> None:
    lines = ["", "Read the contract, correct its titles, and take out what no rule needs. Then:"]
    if Places.of_site() != places:
        lines += [f"  export HEDUI_CONTRACTS={places.contracts.absolute()}"]
        lines += [f"  export HEDUI_EXPECTATIONS={places.expectations.absolute()}"]
    lines += ["  hedui check", f"  hedui connector check {dataset.full_name}"]
    typer.echo("\n".join(lines), err=True)
