"""Agencies that deliver wrongly, as real servers: what each does, and how reading them must end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

ARRIVES: Final = "arrives"


@dataclass(frozen=True)
class Case:
    """One accident. `run` plays it and fails where reading does not end as stated."""

    kind: str  # rest, database, file_drop, sealed_drop
    title: str
    outcome: str  # the name of the error's class, or ARRIVES where nothing is wrong with what comes
    says: str  # what the error's line says of it, or what arrives
    run: Callable[..., None]
