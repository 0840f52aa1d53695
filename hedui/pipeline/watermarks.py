"""The rules' watermarks: the snapshots up to which each has matched. Housekeeping keeps them, and moves them along."""

from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hedui import shelves
from hedui.ledger.ledger import audit
from hedui.ledger.tables import MatchRun
from hedui.model.contract import Dataset
from hedui.pipeline.stores import Stores
from hedui.warehouse.housekeeping import same_rows

# What a run says of itself that matched nothing.
_NOTHING = {"mode": "compacted", "subjects": 0, "new": 0, "changed": 0, "unchanged": 0, "withdrawn": 0}


def watermarks(stores: Stores, dataset: Dataset) -> set[int]:
    """The snapshots of a dataset up to which the rules have matched."""
    with stores.ledger.session() as session:
        return {run.snapshots[dataset.full_name] for run in _last_runs(session, dataset)}


def readers(dataset: Dataset) -> list[str]:
    """The rules that read a dataset."""
    return [name for name, rule in shelves.rules().items() if dataset.full_name in shelves.read_by(rule)]


def lock_of_match(rule: str) -> str:
    """What only one may do at a time: match a rule."""
    return f"match {rule}"


def move_along(stores: Stores, dataset: Dataset) -> int:
    """Set the watermarks that compactions left behind to the newest snapshot of the same rows. Returns how many."""
    with stores.ledger.session() as session:
        moved = [move for run in list(_last_runs(session, dataset)) if (move := _moved(stores, dataset, run))]
        session.add_all(moved)
        for run in moved:
            audit(session, "watermark moved", rule=run.rule, snapshots=run.snapshots)
    return len(moved)


def _last_runs(session: Session, dataset: Dataset) -> Iterator[MatchRun]:
    """The last run of each rule that reads a dataset which was not empty then."""
    newest = sa.select(sa.func.max(MatchRun.id)).where(MatchRun.rule.in_(readers(dataset))).group_by(MatchRun.rule)
    for run in session.scalars(sa.select(MatchRun).where(MatchRun.id.in_(newest)).order_by(MatchRun.id)):
        if run.snapshots.get(dataset.full_name) is not None:
            yield run


def _moved(stores: Stores, dataset: Dataset, run: MatchRun) -> MatchRun | None:
    """The run once more, with the compacted snapshot in the place of the other; None where there is none."""
    before = run.snapshots[dataset.full_name]
    now = same_rows(stores.warehouse, dataset, before)
    if now == before:
        return None
    kept = {c.key: getattr(run, c.key) for c in sa.inspect(MatchRun).column_attrs if c.key != "id"}
    snapshots = run.snapshots | {dataset.full_name: now}
    return MatchRun(**kept | _NOTHING | {"snapshots": snapshots, "finished_at": datetime.now(UTC)})
