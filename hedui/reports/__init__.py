"""Pages that agencies receive: self-contained HTML that asks nothing of any host.

May import hedui.model, hedui.validation's verdict and Jinja2. Never holds a row's value nor a record's key: a row is
named by where it stands in the delivery.
"""

from hedui.reports.page import Language, render

__all__ = ["Language", "render"]
