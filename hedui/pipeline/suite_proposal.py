"""A suite that a landed batch suggests, tried on that batch. Nothing is written to any store."""

import json
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from hedui.ledger.tables import Batch
from hedui.model.contract import Dataset
from hedui.model.errors import TerminalError
from hedui.model.facts import SuiteProposal
from hedui.pipeline.batch_log import recalled
from hedui.pipeline.known import known
from hedui.pipeline.stores import Stores
from hedui.proposing.landed import Gathered
from hedui.proposing.suite import suite
from hedui.validation.judging import judge
from hedui.validation.preparation import prepare


def propose_suite(stores: Stores, dataset: str, named: str | None) -> SuiteProposal:
    """The suite that all rows of a landed batch suggest: of `named`, or of the newest that is still kept.

    Raises TerminalError where there is none.
    """
    batch, contract = recalled(stores.ledger, named or _newest(stores, dataset))
    _check(batch, dataset)
    beyond = known(stores, batch, contract, whole=False)
    gathered = Gathered(contract, beyond.divisions)
    for piece in stores.landing(contract).read(batch.id):
        gathered.add(prepare(piece, contract).rows)
    proposed = suite(contract, gathered.told(), date.fromisoformat(beyond.parameters["received_on"]))
    text = json.dumps(proposed, ensure_ascii=False, indent=2) + "\n"
    return _tried(stores, batch, contract, text)


def _newest(stores: Stores, dataset: str) -> str:
    with stores.ledger.session() as session:
        kept = sa.select(Batch.id).where(Batch.dataset == dataset, Batch.landing_deleted_at.is_(None), Batch.pulled > 0)
        newest = session.scalar(kept.order_by(Batch.received_at.desc()).limit(1))
    if newest is None:
        raise TerminalError(dataset, "no landed batch is there to look at", f"Run it first: `hedui run {dataset}`")
    return newest


def _check(batch: Batch, dataset: str) -> None:
    if batch.dataset != dataset:
        raise TerminalError(batch.id, f"this is a batch of {batch.dataset}, not of {dataset}", "Name one of its own")
    if batch.landing_deleted_at:
        raise TerminalError(
            batch.id, "its delivery was deleted at the end of its retention", "Name a newer batch; see `hedui batches`"
        )


def _tried(stores: Stores, batch: Batch, contract: Dataset, text: str) -> SuiteProposal:
    """The proposal, and what it finds in the batch it comes from."""
    stores.settings.spill.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=stores.settings.spill) as folder:
        file, spill = Path(folder) / "suite.json", Path(folder) / "spill"
        file.write_text(text, encoding="utf-8")
        spill.mkdir()
        rows = stores.landing(contract).read(batch.id)
        verdict = judge(contract, rows, spill, file, known=known(stores, batch, contract))
    findings = tuple((finding.title, finding.count) for finding in verdict.findings)
    return SuiteProposal(batch.id, text, verdict.pulled, len(verdict.quarantined), verdict.rejected_because, findings)
