"""report month: what an agency receives about all its datasets together."""

from datetime import UTC, date, datetime
from pathlib import Path

from hedui import shelves
from hedui.model.errors import DeclarationInvalid
from hedui.model.interval import PROVINCE_TIME
from hedui.pipeline.month_figures import month_of
from hedui.pipeline.reporting import write_pages
from hedui.pipeline.stores import Stores
from hedui.reports import render_month


def month_report(stores: Stores, agency: str, month: str, now: datetime | None = None) -> Path:
    """Write report.zh.html and report.en.html into the folder of the agency's month, such as 2026-10. Returns it.

    Raises DeclarationInvalid where there is no such agency, or no such month yet.
    """
    declared, first = shelves.agency(agency), first_day(month, now or datetime.now(UTC))
    found = month_of(stores, declared, first, now)
    folder = stores.settings.reports / agency / f"{first:%Y-%m}"
    write_pages(folder, lambda language: render_month(declared, found, language))
    return folder


def first_day(month: str, now: datetime) -> date:
    """Of a month such as 2026-10. Raises DeclarationInvalid where there is no such month yet."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise DeclarationInvalid(month, "this is no month", "Write it as 2026-10") from None
    if first > now.astimezone(PROVINCE_TIME).date():
        raise DeclarationInvalid(month, "this month has not begun", "Take one that has")
    return first
