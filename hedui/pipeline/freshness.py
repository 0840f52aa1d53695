"""Freshness: which deliveries are due, and which came in time.

Nothing of this is kept: what is due follows from the contract's schedule and the calendar, what came from the batches,
and when nothing was pulled from the audit log. What fell due during a pause is due anew once the pause has ended, with
all its working days: nobody could deliver before.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from croniter import croniter  # type: ignore[import-untyped]  # it brings no types
from sqlalchemy.orm import Session

from hedui import shelves
from hedui.ledger.tables import AuditEntry, Batch, ContractVersion, Overdue
from hedui.model.contract import Dataset
from hedui.model.facts import DueFacts, DueState
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.pipeline.pausing import PAUSED, RESUMED
from hedui.pipeline.stores import Stores
from hedui.working_days import due_at, look_ahead

Dated = list[tuple[Interval, datetime]]


class _Pause(NamedTuple):
    since: datetime
    until: datetime | None
    reason: str

    def touches(self, waited: Interval) -> bool:
        return self.since < waited.end and (self.until is None or self.until > waited.start)


class _Known(NamedTuple):
    """What the ledger knows of a dataset: when it was first asked for, what came, who was told, and pauses."""

    asked_at: datetime | None
    arrivals: Sequence[tuple[Interval, datetime]]
    told: Mapping[Interval, datetime]
    pauses: Sequence[_Pause]

    def received_at(self, interval: Interval) -> datetime | None:
        """When the first batch came that holds all of the interval."""
        found = (at for came, at in self.arrivals if came.start <= interval.start and interval.end <= came.end)
        return min(found, default=None)

    def expects(self, interval: Interval, moment: datetime) -> bool:
        """Whether somebody waits for it: nothing is late that was due before the dataset was first asked for."""
        return interval in self.told or (self.asked_at is not None and self.asked_at < moment)


def due(stores: Stores, days: int = 31, now: datetime | None = None) -> list[DueFacts]:
    """Every delivery that was due in the last `days`, and those that come next, by dataset and time."""
    now = now or datetime.now(UTC)
    look_ahead(now.astimezone(PROVINCE_TIME).date())
    found = []
    with stores.ledger.session() as session:
        pauses = _pauses(session)
        for dataset in shelves.datasets().values():
            since, of_agency = now - timedelta(days=days), pauses.get(dataset.agency, ())
            if dated := _dated(dataset, _due_anew_since(dataset, since, of_agency), now):
                known = _known(session, dataset, dated[0][0], pauses)
                judged = [_judged(dataset, i, at, known, now) for i, at in dated if known.expects(i, at)]
                found += [facts for facts in judged if facts.due_at >= since]
    return found


def expected(
    session: Session, dataset: Dataset, interval: Interval, now: datetime | None = None, *, anyhow: bool = False
) -> DueFacts | None:
    """What is said of one delivery; None where no moment was agreed, or nobody waited for it at that moment.

    `anyhow`: somebody did, whatever the ledger knows.
    """
    moment = due_at(dataset.schedule, interval)
    if moment is None:
        return None
    known = _known(session, dataset, interval, _pauses(session))
    if not (anyhow or known.expects(interval, moment)):
        return None
    return _judged(dataset, interval, moment, known, now or datetime.now(UTC))


def kept_back(stores: Stores, agency: str, now: datetime | None = None) -> list[DueFacts]:
    """What could not come from an agency during pauses and is still to come; intervals in a row as one delivery."""
    of_agency = [facts for facts in due(stores, now=now) if shelves.dataset(facts.dataset).agency == agency]
    return [in_one(row) for row in in_rows(facts for facts in of_agency if facts.pause and not facts.received_at)]


def in_rows(found: Iterable[DueFacts]) -> list[list[DueFacts]]:
    """Deliveries by dataset and time; together are those that follow each other and are due at one moment."""
    rows: list[list[DueFacts]] = []
    for facts in found:
        last = rows[-1][-1] if rows else None
        place = facts.dataset, facts.due_at, facts.interval.start
        if last and (last.dataset, last.due_at, last.interval.end) == place:
            rows[-1].append(facts)
        else:
            rows.append([facts])
    return rows


def in_one(row: Sequence[DueFacts]) -> DueFacts:
    """Deliveries that follow each other as if they were one."""
    return replace(row[0], interval=Interval(row[0].interval.start, row[-1].interval.end))


def _dated(dataset: Dataset, since: datetime, now: datetime) -> Dated:
    """The intervals that are due from `since` on, up to the one that goes on now, each with its moment; oldest first.

    Of a schedule that names no due time there are none.
    """
    ends = croniter(dataset.schedule.cron, now.astimezone(ZoneInfo(dataset.schedule.timezone)))
    after: datetime = ends.get_next(datetime)
    found: Dated = []
    while True:
        interval = Interval(ends.get_prev(datetime), after)
        moment = due_at(dataset.schedule, interval)
        if moment is None or moment < since:
            return found[::-1]
        found.append((interval, moment))
        after = interval.start


def _due_anew_since(dataset: Dataset, since: datetime, pauses: Sequence[_Pause]) -> datetime:
    """What was due from this moment on may, after pauses, be due only from `since` on."""
    for pause in reversed(pauses):
        again = _due_anew(dataset, pause)
        if again and again >= since:
            since = min(since, pause.since)
    return since


def _due_anew(dataset: Dataset, pause: _Pause) -> datetime | None:
    """When that is due which could not come during a pause; None while it goes on."""
    return due_at(dataset.schedule, Interval(pause.until - timedelta(days=1), pause.until)) if pause.until else None


def _judged(dataset: Dataset, interval: Interval, moment: datetime, known: _Known, now: datetime) -> DueFacts:
    received, told = known.received_at(interval), known.told.get(interval)
    again, pause = _after_pauses(dataset, interval, moment, known.pauses)
    state: DueState
    if received and received <= moment:
        state, again = "in time", moment
    elif now < moment:
        state = "awaited"
    elif (pause and pause.until is None) or (received and received <= again):
        state = "paused"
    elif received:
        state = "late"
    else:
        state = "awaited" if now < again else "missing"
    return DueFacts(dataset.full_name, interval, again, state, received, told, pause.reason if pause else "")


def _after_pauses(
    dataset: Dataset, interval: Interval, moment: datetime, pauses: Sequence[_Pause]
) -> tuple[datetime, _Pause | None]:
    """When it is due with regard to pauses, oldest first, and the last of those in which it could not come."""
    last = None
    for pause in pauses:
        if pause.touches(Interval(interval.end, moment)):
            moment, last = max(moment, _due_anew(dataset, pause) or moment), pause
    return moment, last


def _known(session: Session, dataset: Dataset, oldest: Interval, pauses: Mapping[str, Sequence[_Pause]]) -> _Known:
    name = dataset.full_name
    asked_at = session.scalar(sa.select(sa.func.min(ContractVersion.first_used_at)).filter_by(dataset=name))
    arrivals = sa.select(Batch.interval_start, Batch.interval_end, Batch.received_at)
    came = session.execute(arrivals.where(Batch.dataset == name, Batch.interval_end >= oldest.end))
    told = session.scalars(sa.select(Overdue).where(Overdue.dataset == name))
    return _Known(
        asked_at,
        [(Interval(start, end), received_at) for start, end, received_at in came],
        {Interval(one.interval_start, one.interval_end): one.told_at for one in told},
        pauses.get(dataset.agency, ()),
    )


def _pauses(session: Session) -> Mapping[str, Sequence[_Pause]]:
    """The pauses of each agency, those that ended included. One that is said again goes on, with another reason."""
    said = sa.select(AuditEntry).where(AuditEntry.action.in_([PAUSED, RESUMED])).order_by(AuditEntry.id)
    found: dict[str, list[_Pause]] = defaultdict(list)
    for entry in session.scalars(said):
        of_agency = found[entry.detail["agency"]]
        going_on = of_agency.pop() if of_agency and of_agency[-1].until is None else None
        if entry.action == RESUMED:
            of_agency += [going_on._replace(until=entry.at)] if going_on else []
        else:
            of_agency.append(_Pause(going_on.since if going_on else entry.at, None, entry.detail["reason"]))
    return found
