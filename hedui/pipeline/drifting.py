"""Drift in the ledger: the form that deliveries had, and every change of it."""

from collections.abc import Iterable
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hedui.ledger.tables import Batch, DriftEvent
from hedui.model.contract import Dataset
from hedui.model.drift import Drift
from hedui.model.facts import DriftFacts
from hedui.model.interval import Interval
from hedui.pipeline.stores import Stores


def form_before(session: Session, dataset: Dataset) -> dict[str, str] | None:
    """The form that the newest delivery had of which nothing was held back for its form; None before the first."""
    held = sa.exists().where(DriftEvent.batch_id == Batch.id, DriftEvent.policy == "quarantine")
    return session.scalar(
        sa.select(Batch.delivered)
        .where(Batch.dataset == dataset.full_name, Batch.delivered.is_not(None), ~held)
        .order_by(Batch.received_at.desc())
        .limit(1)
    )


def note_drifts(
    session: Session, dataset: Dataset, interval: Interval, batch: str | None, drifts: Iterable[Drift]
) -> None:
    """Write down what changed; `batch` is None where the delivery was stopped for it. Noted once, however often tried.

    A batch must be in the session before its drifts are.
    """
    session.flush()
    before = session.scalars(sa.select(DriftEvent).where(*_of(dataset, interval, batch)))
    known = {_told(event) for event in before}
    session.add_all(_event(dataset, interval, batch, drift) for drift in drifts if drift not in known)


def drifts_of(session: Session, batch: str) -> list[Drift]:
    """What changed in the form of one batch, in the order in which it was noted."""
    events = sa.select(DriftEvent).where(DriftEvent.batch_id == batch).order_by(DriftEvent.id)
    return [_told(event) for event in session.scalars(events)]


def drifts(stores: Stores) -> list[DriftFacts]:
    """Every drift of every dataset, oldest first."""
    with stores.ledger.session() as session:
        return [_facts(event) for event in session.scalars(sa.select(DriftEvent).order_by(DriftEvent.id))]


def _of(dataset: Dataset, interval: Interval, batch: str | None) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        DriftEvent.dataset == dataset.full_name,
        DriftEvent.interval_start == interval.start,
        DriftEvent.interval_end == interval.end,
        DriftEvent.batch_id == batch if batch else DriftEvent.batch_id.is_(None),
    )


def _event(dataset: Dataset, interval: Interval, batch: str | None, drift: Drift) -> DriftEvent:
    return DriftEvent(
        dataset=dataset.full_name,
        batch_id=batch,
        interval_start=interval.start,
        interval_end=interval.end,
        at=datetime.now(UTC),
        kind=drift.kind,
        column=drift.column,
        before=drift.before,
        now=drift.now,
        policy=drift.policy,
    )


def _told(event: DriftEvent) -> Drift:
    return Drift(event.kind, event.column, event.policy, event.before, event.now)


def _facts(event: DriftEvent) -> DriftFacts:
    interval = Interval(event.interval_start, event.interval_end)
    return DriftFacts(event.dataset, interval, event.at, _told(event), event.batch_id)
