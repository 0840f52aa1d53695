"""What agencies receive: pages of self-contained HTML that ask nothing of any host, and lists for spreadsheets.

May import hedui.model, hedui.validation's verdict, Jinja2 and XlsxWriter. Never holds a row's value. A page names a row
by where it stands in the delivery; a list also by the agency's own record key, so it is made in memory and never kept.
"""

from hedui.reports.background import Background, Earlier, Reminders
from hedui.reports.month import render_month
from hedui.reports.page import render
from hedui.reports.regions import Counted, Region, by_county
from hedui.reports.rendering import Language, alone

__all__ = [
    "Background",
    "Counted",
    "Earlier",
    "Language",
    "Region",
    "Reminders",
    "alone",
    "by_county",
    "render",
    "render_month",
]
