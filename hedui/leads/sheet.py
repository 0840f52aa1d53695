"""The lead sheet 《疑似问题核查单》 of one release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hedui.model.contract import Agency
from hedui.model.rule import Rule

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


@dataclass(frozen=True)
class SheetLead:
    """What the office may see of a lead. `records` are its own record keys, in clear."""

    number: int
    rule: Rule
    region: str
    amount_yuan: Decimal | None
    explanation: Mapping[str, str]
    records: Sequence[str]


def lead_sheet(agency: Agency, release: int, approvers: Sequence[str], leads: Sequence[SheetLead]) -> str:
    """One self-contained HTML page in both languages, for print and for the screen."""
    return _TEMPLATES.get_template("sheet.html.j2").render(
        agency=agency, release=release, approvers=approvers, leads=leads
    )
