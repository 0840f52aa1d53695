"""Which version of a contract a delivery is read under, and from when on.

The ledger keeps each version as it stood when it was first used: a batch is read, judged and loaded under one version,
whatever became of the contract meanwhile.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hedui.ledger.tables import Batch, ContractVersion, Reading
from hedui.model.changes import changes, refuse
from hedui.model.contract import Dataset
from hedui.model.interval import Interval
from hedui.pipeline.stores import Stores


def admitted(stores: Stores, dataset: Dataset, interval: Interval) -> Dataset:
    """The version of the contract that holds for `interval`. Raises DeclarationInvalid where it may not be used."""
    with stores.ledger.session() as session:
        _note(session, dataset)
        return _holding(session, dataset, interval)


def asked(stores: Stores, dataset: Dataset, interval: Interval) -> Interval:
    """What the agency is asked for: the interval, and what its contract wants again before it.

    A full delivery holds everything: those before it would only bring back what was deleted since.
    """
    if dataset.delivers == "snapshot":
        return interval
    start = interval.start - timedelta(hours=dataset.overlap_hours)
    if dataset.reextract_from:
        with stores.ledger.session() as session:
            noted = session.get(ContractVersion, (dataset.full_name, dataset.version))
        if noted is None or noted.reextracted_at is None:
            start = min(start, _midnight(dataset, dataset.reextract_from))
    return Interval(start, interval.end)


def note_reextracted(session: Session, dataset: Dataset, batch: Batch) -> None:
    """Write down that a loaded batch held what its contract wanted again; later ones need not.

    One that ends before what was read under older versions did not hold all of it.
    """
    began = min(batch.read_from or batch.interval_start, batch.interval_start)
    older = Batch.dataset == batch.dataset, Batch.state == "loaded", Batch.contract_version < dataset.version
    reached = session.scalar(sa.select(sa.func.max(Batch.interval_end)).where(*older)) or batch.interval_end
    if dataset.reextract_from and began <= _midnight(dataset, dataset.reextract_from) and batch.interval_end >= reached:
        noted = session.get(ContractVersion, (dataset.full_name, dataset.version))
        if noted and noted.reextracted_at is None:
            noted.reextracted_at = datetime.now(UTC)


def recorded(session: Session, name: str, version: int) -> Dataset | None:
    """A version as it was used, without fields that the newest one no longer has: those are not asked for again.

    Nor is kept what the newest one no longer keeps. None where the ledger never heard of it.
    """
    noted = session.get(ContractVersion, (name, version))
    if noted is None:
        return None
    dataset, last = _dataset(noted.body), newest(session, name)
    if last is None or last.version == version:
        return dataset
    fields = {
        name: field.model_copy(update={"keep": field.keep and last.fields[name].keep})
        for name, field in dataset.fields.items()
        if name in last.fields
    }
    return dataset.model_copy(update={"fields": fields})


def newest(session: Session, name: str) -> Dataset | None:
    """The newest version that was ever used."""
    of_dataset = sa.select(ContractVersion).where(ContractVersion.dataset == name)
    noted = session.scalar(of_dataset.order_by(ContractVersion.version.desc()).limit(1))
    return _dataset(noted.body) if noted else None


def _note(session: Session, dataset: Dataset) -> None:
    """Write the version down, if it may follow what was used before."""
    session.execute(sa.delete(ContractVersion).where(*_only_tried(dataset)))
    last = newest(session, dataset.full_name)
    if last:
        refuse(last, dataset)
    if last is None or last.version != dataset.version or changes(last, dataset):
        body = {"body": _body(dataset), "effective_from": _effective(dataset)}
        noted = insert(ContractVersion).values(
            dataset=dataset.full_name, version=dataset.version, first_used_at=datetime.now(UTC), **body
        )
        session.execute(noted.on_conflict_do_update(index_elements=["dataset", "version"], set_=body))


def _only_tried(dataset: Dataset) -> tuple[sa.ColumnElement[bool], ...]:
    """Of the version and later ones those under which nothing was landed: they may still be changed."""
    landed = (
        sa.exists().where(t.dataset == ContractVersion.dataset, t.contract_version == ContractVersion.version)
        for t in (Batch, Reading)
    )
    this_and_later = ContractVersion.dataset == dataset.full_name, ContractVersion.version >= dataset.version
    return *this_and_later, *(~used for used in landed)


def _holding(session: Session, dataset: Dataset, interval: Interval) -> Dataset:
    """The newest version whose first day the interval reaches; where there is none, the oldest that is known."""
    holding = dataset
    while (first := _effective(holding)) and interval.end <= first:
        before = _before(session, holding)
        if before is None:
            break
        holding = before
    return holding


def _before(session: Session, dataset: Dataset) -> Dataset | None:
    earlier = ContractVersion.dataset == dataset.full_name, ContractVersion.version < dataset.version
    version = session.scalar(sa.select(sa.func.max(ContractVersion.version)).where(*earlier))
    return None if version is None else recorded(session, dataset.full_name, version)


def _effective(dataset: Dataset) -> datetime | None:
    return _midnight(dataset, dataset.effective_from) if dataset.effective_from else None


def _midnight(dataset: Dataset, day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(dataset.schedule.timezone))


def _body(dataset: Dataset) -> dict[str, Any]:
    """The contract as JSON. Its fields become a list: PostgreSQL would not keep their order, and columns have one."""
    body = dataset.model_dump(mode="json")
    return body | {"fields": [{"name": name, **field} for name, field in body["fields"].items()]}


def _dataset(body: Mapping[str, Any]) -> Dataset:
    fields = {field["name"]: {k: v for k, v in field.items() if k != "name"} for field in body["fields"]}
    return Dataset.model_validate({**body, "fields": fields})
