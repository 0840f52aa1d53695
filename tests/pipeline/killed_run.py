"""Run one interval and the rules, and be killed (SIGKILL) right after the named call. For test_killed.py."""

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from hedui import shelves
from hedui.model.credentials import Credentials
from hedui.model.interval import Interval
from hedui.pipeline import Pipeline
from hedui.settings import Settings


def run_until(
    place: str, settings: Settings, connections: Mapping[str, Credentials], interval: Interval, datasets: Sequence[str]
) -> None:
    make_deadly(place)
    with Pipeline.open(settings) as pipeline:
        for dataset in datasets:
            pipeline.run(dataset, interval, connections[shelves.dataset(dataset).agency])
        for rule in shelves.rules():
            pipeline.match(rule)


def make_deadly(place: str) -> None:
    module, _, path = place.partition(":")
    owner: Any = import_module(module)
    *holders, name = path.split(".")
    for holder in holders:
        owner = getattr(owner, holder)
    setattr(owner, name, _deadly(getattr(owner, name)))


def _deadly(call: Callable[..., Any]) -> Callable[..., Any]:
    def then_die(*args: Any, **kwargs: Any) -> Any:
        call(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    return then_die
