"""Pages that agencies receive: self-contained HTML that asks nothing of any host.

May import hedui.model, hedui.validation's verdict and Jinja2. Never holds a row's value nor a record's key: a row is
named by where it stands in the delivery.
"""

from hedui.reports.background import Background, Earlier, Reminders
from hedui.reports.page import render
from hedui.reports.regions import Counted, Region, by_county
from hedui.reports.rendering import Language

__all__ = ["Background", "Counted", "Earlier", "Language", "Region", "Reminders", "by_county", "render"]
