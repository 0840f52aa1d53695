"""What is known beyond a batch, for its suite: batches before it, the agency's own count, the calendar, other datasets.

Values of other datasets are compared as the warehouse keeps them, identifiers as tokens: nothing is deciphered.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, object_session

from hedui import shelves
from hedui.identifiers.columns import valid_column
from hedui.identifiers.divisions import Divisions
from hedui.ledger.tables import Batch, BatchProfile
from hedui.model.contract import ContractField, Dataset
from hedui.pipeline.division_names import known_codes
from hedui.pipeline.stores import Stores
from hedui.pseudonym.rows import in_form
from hedui.validation.known import Known, Reference
from hedui.validation.usual import AT_LEAST
from hedui.validation.verdict import Profile
from hedui.warehouse.schema import content_schema
from hedui.working_days import working_days

_NEWEST: Final = 12
_ACCEPTED: Final = ("validated", "pseudonymised", "loaded", "judged")
# Intervals of like length: February and March are both a month, a history of years is not like a day.
_SHORTER, _LONGER = 0.8, 1.25
# Of a history of years nobody expects every day.
_LONGEST_CALENDAR: Final = timedelta(days=400)


def known(stores: Stores, batch: Batch, dataset: Dataset, *, whole: bool = True) -> Known:
    """For the judging of a batch, or not of the `whole` of it but of some of its rows alone."""
    parameters: dict[str, Any] = {"received_on": _received_on(batch, dataset).isoformat()}
    if whole:
        parameters |= _of_the_whole(stores, batch, dataset)
    codes = known_codes()
    return Known(parameters, partial(_reference, stores), Divisions.of(codes) if codes else None)


def note_profile(batch: Batch, profile: Profile | None) -> None:
    """Keep what the batch looked like for later ones; `batch` belongs to an open session."""
    session = object_session(batch)
    if session and profile:
        session.merge(
            BatchProfile(
                batch_id=batch.id,
                rows=profile.rows,
                filled=dict(profile.filled),
                categories={field: dict(counts) for field, counts in profile.categories.items()},
            )
        )


def _received_on(batch: Batch, dataset: Dataset) -> date:
    """The day of receipt, and never one before the interval was over: clocks differ."""
    return max(batch.received_at, batch.interval_end).astimezone(ZoneInfo(dataset.schedule.timezone)).date()


def _of_the_whole(stores: Stores, batch: Batch, dataset: Dataset) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if batch.announced is not None:
        found["announced_rows"] = batch.announced
    if batch.interval_end - batch.interval_start <= _LONGEST_CALENDAR:
        found["working_days"] = [day.isoformat() for day in _working_days(batch, dataset)]
    with stores.ledger.session() as session:
        earlier = [_plain(profile) for profile in _earlier(session, batch)]
    return found | ({"earlier_batches": earlier} if len(earlier) >= AT_LEAST else {})


def _working_days(batch: Batch, dataset: Dataset) -> list[date]:
    zone = ZoneInfo(dataset.schedule.timezone)
    last = batch.interval_end - timedelta(microseconds=1)
    return working_days(batch.interval_start.astimezone(zone).date(), last.astimezone(zone).date())


def _earlier(session: Session, batch: Batch) -> list[BatchProfile]:
    """The newest accepted deliveries of the intervals before this one, under the same contract."""
    length, its = Batch.interval_end - Batch.interval_start, batch.interval_end - batch.interval_start
    newest = (
        sa.select(BatchProfile, Batch.interval_end.label("until"))
        .join(Batch, Batch.id == BatchProfile.batch_id)
        .where(
            Batch.dataset == batch.dataset,
            Batch.contract_version == batch.contract_version,
            Batch.state.in_(_ACCEPTED),
            Batch.interval_end <= batch.interval_start,
            length.between(its * _SHORTER, its * _LONGER),
        )
        .ext(distinct_on(Batch.interval_start, Batch.interval_end))
        .order_by(Batch.interval_start, Batch.interval_end, Batch.sequence.desc())
        .subquery()
    )
    profiles = sa.select(sa.orm.aliased(BatchProfile, newest)).order_by(newest.c.until.desc()).limit(_NEWEST)
    return list(session.scalars(profiles))


def _plain(profile: BatchProfile) -> dict[str, Any]:
    return {"rows": profile.rows, "filled": profile.filled, "categories": profile.categories}


def _reference(stores: Stores, name: str) -> Reference | None:
    named, _, field = name.rpartition(".")
    dataset = shelves.dataset(named)
    snapshot = stores.warehouse.snapshot(dataset)
    if snapshot is None:
        return None
    kind = content_schema(dataset).field(field).type
    as_kept = partial(_as_kept, stores, dataset, dataset.fields[field])
    return Reference(kind, _values(stores, dataset, field, snapshot), as_kept)


def _values(stores: Stores, dataset: Dataset, field: str, snapshot: int) -> Iterator[pa.RecordBatch]:
    with stores.engine() as engine:
        engine.show_current([dataset], {dataset.full_name: snapshot})
        found = f'SELECT DISTINCT "{field}" AS value FROM {dataset.full_name} WHERE "{field}" IS NOT NULL'
        yield from engine.connection.sql(found).to_arrow_reader(65_536)


def _as_kept(stores: Stores, dataset: Dataset, field: ContractField, values: pa.Array) -> pa.Array:
    """As the warehouse keeps such a field. A number that is no valid one is nobody's: null."""
    if field.identifier == "person":
        valid = pa.array(valid_column(values))
        return stores.vault.persons(dataset.programme, pc.if_else(valid, values, pa.scalar(None, pa.string())))
    if field.identifier == "record":
        return stores.vault.records(dataset.programme, values)
    return in_form(values, field)
