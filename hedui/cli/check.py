"""`hedui check`: whether the shelves can be right, before anything is pulled."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from hedui import shelves
from hedui.model.changes import Effect, changes, refuse
from hedui.model.contract import Dataset
from hedui.model.errors import DeclarationInvalid, HeduiError
from hedui.model.rule import Rule

_MEANS: dict[Effect, str] = {
    "breaking": "breaks what was loaded",
    "versioned": "asks for a new version",
    "free": "changes no version",
}


def check(
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="contracts as they were: say what changed since, and refuse what breaks or says no new version",
        ),
    ] = None,
) -> None:
    """Check contracts, suites and rules: that they fit each other, and that no field is asked for without need.

    With --against FOLDER, an older copy of the folder of contracts, it also lists what changed in each dataset, and
    fails on what breaks with rows loaded before, and where `version` was not raised though a change asks for it.
    """
    before = {} if against is None else _contracts_of(against)
    if before:
        _tell_changes(before)
    found = [fault for task in _tasks(before) if (fault := _fault(task))]
    for fault in found:
        typer.secho(fault, fg="red", err=True)
    if found:
        raise typer.Exit(1)
    typer.echo(f"{len(shelves.datasets())} datasets and {len(shelves.rules())} rules fit each other")


def _contracts_of(folder: Path) -> dict[str, Dataset]:
    """The contracts as they were. Raises DeclarationInvalid where there are none: nothing would be compared."""
    remedy = "Name with --against the folder in which the older contracts stand, such as connectors/agencies"
    if not folder.is_dir():
        raise DeclarationInvalid(folder.name, "there is no such folder", remedy)
    if not (found := shelves.datasets_in(folder)):
        raise DeclarationInvalid(folder.name, "there is no contract in this folder", remedy)
    return found


def _tasks(before: dict[str, Dataset]) -> Iterator[Callable[[], None]]:
    from hedui.pipeline.minimising import refuse_unneeded

    yield from (partial(_check_rule, rule) for rule in shelves.rules().values())
    for name, dataset in shelves.datasets().items():
        yield partial(refuse_unneeded, dataset)
        if name in before:
            yield partial(refuse, before[name], dataset)


def _fault(task: Callable[[], None]) -> str | None:
    try:
        task()
    except HeduiError as error:
        return str(error)
    return None


def _check_rule(rule: Rule) -> None:
    from hedui.matching import checked_query, fields_read
    from hedui.pipeline.minimising import refuse_onboarding

    shelves.addressees(rule)
    refuse_onboarding(rule)
    query = checked_query(rule, shelves.query(rule))
    fields_read(rule, query, {name: shelves.dataset(name) for name in rule.inputs})


def _tell_changes(before: dict[str, Dataset]) -> None:
    now = shelves.datasets()
    for name in sorted(before.keys() | now.keys()):
        if name not in now or name not in before:
            typer.echo(f"{name} is {'new' if name in now else 'gone'}")
        elif found := changes(before[name], now[name]):
            typer.echo(f"{name}, version {before[name].version} → {now[name].version}")
            for change in found:
                typer.echo(f"  {change}: {_MEANS[change.effect]}")
