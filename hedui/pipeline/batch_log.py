"""What the steps read and write of a batch in the ledger."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from hedui import shelves
from hedui.ledger import Ledger
from hedui.ledger.tables import Batch
from hedui.model.contract import Dataset
from hedui.model.declaration import Title
from hedui.model.errors import TerminalError
from hedui.pipeline.contracts import recorded
from hedui.pipeline.quarantine.files import next_replay

# States in which nothing more becomes of a batch. `judged`: its dataset is onboarding, and nothing is kept.
FINAL = ("loaded", "rejected", "judged")


def recalled(ledger: Ledger, batch: str) -> tuple[Batch, Dataset]:
    """A batch as the ledger has it now, and the contract as it was when the batch was read."""
    with ledger.session() as session:
        found = session.get(Batch, batch)
        if found is None:
            raise TerminalError(batch, "the ledger knows no such batch", "Look at `hedui batches` for those it knows")
        dataset = recorded(session, found.dataset, found.contract_version)
    return found, dataset or shelves.dataset(found.dataset)


def staged_batches(ledger: Ledger, dataset: Dataset) -> set[str]:
    """Batches and replays that are staged, or committed without the ledger knowing it yet."""
    unfinished = sa.or_(Batch.state == "pseudonymised", Batch.replaying)
    with ledger.session() as session:
        found = session.scalars(sa.select(Batch).where(Batch.dataset == dataset.full_name, unfinished)).all()
    return {next_replay(batch) if batch.replaying else batch.id for batch in found}


def lock_of_batches(dataset: Dataset) -> str:
    """What only one may do at a time: work on batches of the dataset."""
    return f"batches of {dataset.full_name}"


@contextmanager
def at_work(ledger: Ledger, batch: str) -> Iterator[tuple[Batch, Dataset]]:
    """The batch as it stands once nobody else works on a batch of its dataset. Raises StoreBusy."""
    _, dataset = recalled(ledger, batch)
    with ledger.only_one(lock_of_batches(dataset)):
        yield recalled(ledger, batch)


def reject(batch: Batch, because: Title) -> None:
    """All rows of the batch wait in the landing zone: none is held back alone."""
    batch.state, batch.rejected_because = "rejected", because.model_dump()
    batch.quarantined = batch.superseded = 0


@contextmanager
def noted(ledger: Ledger, batch: str, seconds_since: float) -> Iterator[Batch]:
    """The batch to be changed, in one transaction; the time of the step is added to its own."""
    with ledger.session() as session:
        found = session.get_one(Batch, batch, with_for_update=True)
        yield found
        found.seconds += time.monotonic() - seconds_since
