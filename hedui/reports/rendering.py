"""Templates into pages: one environment, which escapes whatever is put into it."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from hedui.model.channels import Language
from hedui.model.contract import Agency
from hedui.model.declaration import Title
from hedui.model.interval import PROVINCE_TIME

__all__ = ["Language", "alone", "count", "moment", "percent", "rendered"]


def rendered(template: str, agency: Agency, language: Language, words: Mapping[str, Title], **given: Any) -> str:
    """The page as HTML. Every page says whose it is and whom to call."""
    return _pages.get_template(template).render(
        language=language,
        words={name: title.in_(language) for name, title in words.items()},
        agency=agency.title.in_(language),
        office=agency.office.title.in_(language),
        telephone=agency.office.telephone,
        **given,
    )


def alone(page: bytes) -> bytes:
    """A page without its link to the other language, for those who receive it in one."""
    return _OTHER_LANGUAGE.sub(b"", page, count=1)


def count(number: int) -> str:
    return f"{number:,}"


def percent(share: float) -> str:
    """A share of 1 in percent. Only nothing is 0 %, and only all is 100 %."""
    shown = f"{100 * share:.1f}"
    if shown == "0.0" and share > 0:
        return "<0.1%"
    return ">99.9%" if shown == "100.0" and share < 1 else f"{shown}%"


def moment(at: datetime) -> str:
    """In the province's time."""
    return f"{at.astimezone(PROVINCE_TIME):%Y-%m-%d %H:%M}"


def whole_days(text: str) -> Markup:
    """The text, in which no line ends within a day."""
    return Markup(_DAYS.sub(r'<span class="day">\g<0></span>', str(escape(text))))  # noqa: S704 - escaped


_DAYS = re.compile(r"\d{4}-\d\d-\d\d[、,]?")
_OTHER_LANGUAGE = re.compile(rb'<a class="other".*?</a>')
_pages = Environment(
    loader=PackageLoader("hedui.reports"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.filters |= {"count": count, "percent": percent, "moment": moment, "whole_days": whole_days}
