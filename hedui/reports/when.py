"""Which time a batch speaks of, and until when its records are to be mended, in the words of reports."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from hedui.model.contract import Dataset
from hedui.model.interval import PROVINCE_TIME, Interval


def period(interval: Interval) -> str:
    """The days it covers, first and last; with times where it does not begin and end at midnight."""
    start, end = (moment.astimezone(PROVINCE_TIME) for moment in (interval.start, interval.end))
    if any((moment.hour, moment.minute, moment.second) != (0, 0, 0) for moment in (start, end)):
        return f"{start:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M}"
    last = end - timedelta(days=1)
    return f"{start:%Y-%m-%d}" if last.date() == start.date() else f"{start:%Y-%m-%d} – {last:%Y-%m-%d}"


def mend_by(dataset: Dataset, received_at: datetime) -> str:
    """The day until which the delivered rows are kept; empty where they are not."""
    if not dataset.landing_retention_days:
        return ""
    last = received_at.astimezone(PROVINCE_TIME) + timedelta(days=dataset.landing_retention_days)
    return f"{last:%Y-%m-%d}"


def mend_all_by(dataset: Dataset, received_at: Iterable[datetime]) -> str:
    """The day for several deliveries together: that of the last one, whenever the page or the list is made."""
    return max((mend_by(dataset, moment) for moment in received_at), default="")
