"""`hedui connector sample` and `diff`: what a contract's source has at this moment."""

import typer

from connectors import connector_for
from hedui import shelves
from hedui.cli.connections import credentials_of
from hedui.cli.show import Format, show
from hedui.model.interval import Interval
from hedui.proposing.differences import differences
from hedui.proposing.look import offered, sample
from hedui.proposing.masking import masked


def show_sample(name: str, rows: int, interval: Interval | None, output: Format) -> None:
    """Print masked rows."""
    dataset = shelves.dataset(name)
    show(masked(sample(dataset, credentials_of(name), rows, interval), dataset).to_pylist(), output)


def show_differences(name: str, output: Format) -> int:
    """Print every difference; 1 where one of them would stop an extract."""
    dataset = shelves.dataset(name)
    found = list(differences(offered(connector_for(dataset, credentials_of(name))), dataset))
    if output is Format.JSON:
        show(found, output)
    else:
        for one in found:
            typer.secho(f"{one.sign} {one.column}: {one.what} ({one.policy})", fg=_COLOURS[one.sign])
    stops = any(one.policy == "freeze" for one in found)
    if output is Format.TABLE:
        typer.echo(_in_short(len(found), stops))
    return int(stops)


_COLOURS = {"+": "green", "-": "red", "~": "yellow"}


def _in_short(found: int, stops: bool) -> str:
    if not found:
        return "the source is what the contract says"
    return f"{found} difference{'s' if found > 1 else ''}; " + ("an extract would stop" if stops else "extracts go on")
