"""Tidy a warehouse of the small dataset and be killed (SIGKILL) right after the named call. For test_killed.py."""

from datetime import datetime

from hedui import shelves
from hedui.pipeline.housekeeping import housekeep
from hedui.pipeline.stores import Stores
from hedui.settings import Settings
from tests.histories import dataset
from tests.pipeline.killed_run import make_deadly


def tidy_until(place: str, settings: Settings, now: datetime) -> None:
    only = dataset()
    setattr(shelves, "datasets", lambda: {only.full_name: only})  # noqa: B010 - this process ends with it
    setattr(shelves, "rules", dict)  # noqa: B010
    make_deadly(place)
    with Stores(settings) as stores:
        housekeep(stores, ["warehouse"], now, False)
