"""Killed at any place and run again, housekeeping ends as if nothing had happened."""

import multiprocessing
import signal
from datetime import UTC, datetime

from hedui.model.contract import Dataset
from hedui.pipeline.stores import Stores
from tests.histories import current, expected
from tests.housekeeping.killed_turn import tidy_until
from tests.housekeeping.tables import LATER, deliveries, in_use, loaded, on_disk, tidy, versions

# From the first new file to the last old one. The same place twice: the second death finds what the first one left.
PLACES = [
    "hedui.warehouse.housekeeping:_check_rows",
    "hedui.warehouse.housekeeping:_check_rows",
    "hedui.warehouse.housekeeping:_replace",
    "hedui.pipeline.housekeeping.tables:move_along",
    "hedui.pipeline.housekeeping.tables:expire",
    "hedui.pipeline.housekeeping.turn:Turn.remove",
]
STEPS = ["hedui.pipeline.housekeeping", "pyiceberg.catalog.sql", "psycopg2"]


def test_a_turn_that_was_killed_everywhere_ends_like_one_that_was_not(stores: Stores, things: Dataset) -> None:
    loaded(stores, things, [1, 2, 3])
    rows, now = versions(stores, things), datetime.now(UTC) + LATER
    for place in PLACES:
        assert killed(place, stores.settings, now) == -signal.SIGKILL, place
        assert versions(stores, things) == rows, place
    tidy(stores, LATER)
    assert versions(stores, things) == rows
    assert current(stores, things) == expected(deliveries([1, 2, 3]))
    assert len(stores.warehouse.files(things)) == 1
    assert on_disk(stores, things) == in_use(stores, things)


def killed(place: str, *task: object) -> int | None:
    """How a process ended that was to die at `place`."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(STEPS)
    run = server.Process(target=tidy_until, args=(place, *task))
    run.start()
    run.join(timeout=120)
    return run.exitcode
