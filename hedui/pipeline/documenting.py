"""Data Docs: what the suites said of the newest batches, as pages for engineers, agency by agency."""

from pathlib import Path

from hedui import shelves
from hedui.ledger.tables import Batch
from hedui.model.contract import Dataset
from hedui.model.errors import DeclarationInvalid
from hedui.model.interval import Interval
from hedui.pipeline.stores import Stores
from hedui.validation.data_docs import build, write_result
from hedui.validation.verdict import Verdict


def keep_outcomes(stores: Stores, dataset: Dataset, batch: Batch, verdict: Verdict) -> None:
    """Keep what the suite said of a batch for the pages."""
    folder, interval = stores.settings.data_docs / dataset.agency, Interval(batch.interval_start, batch.interval_end)
    write_result(folder, dataset, batch.id, interval, batch.received_at, verdict.outcomes)


def data_docs(stores: Stores, agency: str | None) -> list[Path]:
    """Build the pages of one agency, or of all of which there is anything to show. Returns where each begins.

    Raises StoreBusy where another process builds them.
    """
    if agency and agency not in (known := shelves.agencies()):
        raise DeclarationInvalid(agency, "there is no such agency", f"Known: {', '.join(known)}")
    folders = [stores.settings.data_docs / name for name in ([agency] if agency else shelves.agencies())]
    with stores.ledger.only_one("data docs"):
        return [build(folder) for folder in folders if folder.is_dir()]
