"""When a delivery that is not whole is looked for again, and from when on nobody waits for it any longer."""

from datetime import UTC, datetime, timedelta
from typing import Final

from hedui import shelves
from hedui.model.errors import DeliveryIncomplete, DeliveryOverdue
from hedui.model.interval import PROVINCE_TIME, Interval

_EVERY: Final = timedelta(minutes=5)


def look_again_at(
    incomplete: DeliveryIncomplete, where: str, interval: Interval, now: datetime | None = None
) -> datetime:
    """The moment of the next look; the last one is at the deadline itself.

    Raises the error itself where the contract has no deadline, and DeliveryOverdue once it is over.
    """
    dataset, now = shelves.dataset(where), now or datetime.now(UTC)
    hours = dataset.schedule.deadline_hours
    if hours is None:
        raise incomplete
    deadline = interval.end + timedelta(hours=hours)
    if now >= deadline:
        office = shelves.agencies()[dataset.agency].office
        raise DeliveryOverdue(
            where,
            f"the delivery for {interval} was due at {deadline.astimezone(PROVINCE_TIME):%Y-%m-%d %H:%M} "
            f"and is not whole: {incomplete.what}",
            f"Call {office.title.zh} {office.title.en}, {office.telephone}; when it is there, clear the task",
        )
    return min(now + _EVERY, deadline)
