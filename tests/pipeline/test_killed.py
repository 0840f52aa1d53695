"""Killed at any place and run again: the same warehouse and the same leads as if nothing had happened."""

import multiprocessing
import shutil
import signal

from hedui.pipeline import Pipeline
from hedui.settings import Settings
from tests.pipeline.killed_run import run_until
from tests.pipeline.sites import HISTORY, Province, standing, work

# The call after which the process dies, from the first byte on disk to the last line in the ledger.
PLACES = [
    "hedui.landing.encrypted:_settle",
    "hedui.landing.encrypted:EncryptedFiles.keep",
    "hedui.pipeline.validating:judge",
    "hedui.pipeline.validating:_keep",
    "hedui.warehouse.tables:Warehouse.stage",
    "hedui.warehouse.tables:without_duplicates",
    "hedui.warehouse.tables:Warehouse._add",
    "hedui.warehouse.door:Door.publish_rows",
    "hedui.warehouse.door:Door.publish_facts",
    "hedui.pipeline.reporting:render",
    "hedui.pipeline.matching:answer",
    "hedui.pipeline.matching:keep_in_step",
    "hedui.pipeline.matching:_book",
]

# Imported once, in the server that the runs are forked from.
STEPS = ["great_expectations", *(f"hedui.pipeline.{s}" for s in ("extracting", "loading", "reporting", "matching"))]


def test_a_run_that_was_killed_everywhere_ends_like_one_that_was_not(
    worked_site: Settings, lively_province: Province, settings: Settings
) -> None:
    shutil.copytree(worked_site.keys, settings.keys)  # the same keys, so that tokens can be compared
    first = "hr.public_employees"
    for place in PLACES:
        assert killed(place, settings, lively_province.connections, HISTORY, [first]) == -signal.SIGKILL, place
    with Pipeline.open(settings) as pipeline:
        work(pipeline, lively_province)
    assert standing(settings) == standing(worked_site)
    assert leftovers(settings) == []


def killed(place: str, *task: object) -> int | None:
    """How a process ended that was to die at `place`."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(STEPS)
    run = server.Process(target=run_until, args=(place, *task))
    run.start()
    run.join(timeout=120)
    return run.exitcode


def leftovers(settings: Settings) -> list[str]:
    """Drafts, scratch, and landed files that no batch owns."""
    with Pipeline.open(settings) as pipeline:
        batches = {batch.batch for batch in pipeline.batches()}
    landed = [f.name for f in settings.landing.rglob("*.parquet") if f.stem.partition("~")[0] not in batches]
    drafts = [f.name for f in settings.home.rglob("*.partial")]
    scratch = [f.name for f in settings.spill.rglob("*")]
    return sorted(landed + drafts + scratch)
