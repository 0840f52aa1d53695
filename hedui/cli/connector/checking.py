"""`hedui connector check`: what reading needs, tried one after another."""

from collections.abc import Iterator
from dataclasses import dataclass

import typer

from connectors import connector_for
from hedui import shelves
from hedui.cli.connections import credentials_of
from hedui.cli.show import Format, show
from hedui.model.contract import Dataset
from hedui.model.errors import HeduiError, TransientError

TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h


@dataclass(frozen=True)
class Step:
    """One thing that was tried; `remedy` says what to do where it does not work, which `worth_another_try` if later."""

    dataset: str
    works: bool
    step: str
    remedy: str = ""
    worth_another_try: bool = False


def check_all(name: str, output: Format) -> int:
    """Check one dataset, or all of an agency; print the steps; return the exit code."""
    steps = []
    for dataset in _named(name):
        for step in checked(dataset):
            steps.append(step)
            if output is Format.TABLE:
                _print(step)
    if output is Format.JSON:
        show(steps, output)
    failed = [step for step in steps if not step.works]
    if not failed:
        return 0
    return TRY_AGAIN if all(step.worth_another_try for step in failed) else 1


def checked(dataset: Dataset) -> Iterator[Step]:
    """The steps of one dataset; the first of the connection that does not work is the last."""
    where = dataset.full_name
    yield Step(where, True, f"the contract can be read: version {dataset.version}, {len(dataset.fields)} fields")
    yield _suite(dataset)
    try:
        credentials = credentials_of(where)
        yield Step(where, True, f"the connection `{shelves.agencies()[dataset.agency].connection}` is known")
        for tried in connector_for(dataset, credentials).check():
            yield _failed(where, tried.error) if tried.error else Step(where, True, tried.title)
    except HeduiError as error:
        yield _failed(where, error)


def _suite(dataset: Dataset) -> Step:
    from hedui.validation.suite import read_suite

    try:
        suite = read_suite(dataset)
    except HeduiError as error:
        return _failed(dataset.full_name, error)
    return Step(dataset.full_name, True, f"the suite can be read: {len(suite.expectations)} expectations")


def _failed(where: str, error: HeduiError) -> Step:
    return Step(where, False, error.what, error.remedy, isinstance(error, TransientError))


def _named(name: str) -> list[Dataset]:
    agency = shelves.agencies().get(name)
    return list(agency.datasets.values()) if agency else [shelves.dataset(name)]


def _print(step: Step) -> None:
    if step.works:
        typer.echo(f"{step.dataset}  ✓ {step.step}")
    else:
        typer.secho(f"{step.dataset}  ✗ {step.step}. {step.remedy}", fg="red")
