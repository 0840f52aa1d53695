"""`hedui seal`: the sender's side of sealed packages, which agencies also run without the rest of us."""

from typing import Final

import typer

AS_IT_IS: Final = {"allow_extra_args": True, "allow_interspersed_args": False, "ignore_unknown_options": True}


def seal(context: typer.Context) -> None:
    """Seal files as numbered packages for a one-way gateway; `hedui seal --help` lists the options."""
    from hedui.sealing.command import main

    main(context.args, "hedui seal")
