"""Commands that other packages bring by the entry-point group `hedui.commands`, each loaded only when it is called.

The core knows none of them by name: the simulator may use the core, and never the other way round.
"""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec

import typer

_PASSED_ON = {"allow_extra_args": True, "allow_interspersed_args": False, "ignore_unknown_options": True}


def add_others(app: typer.Typer) -> None:
    """Add a command for each Typer application that the group names; what it is asked, it reads itself."""
    for entry in entry_points(group="hedui.commands"):
        package = entry.module.partition(".")[0]
        if find_spec(package):  # a site's image has no simulator, though the installed metadata names one
            about = f"Commands of the package `{package}`; `hedui {entry.name} --help` lists them."
            app.command(entry.name, help=about, add_help_option=False, context_settings=_PASSED_ON)(_calling(entry))


def _calling(entry: EntryPoint) -> Callable[[typer.Context], None]:
    def call(context: typer.Context) -> None:
        entry.load()(context.args, prog_name=f"hedui {entry.name}")

    return call
