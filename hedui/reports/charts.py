"""Charts as SVG inside a page: drawn here, so that nothing is asked of any host and nothing runs.

A chart is a picture with a title and all its figures in words, for those who listen to the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_WIDTH, _HEIGHT = 220, 112
_TOP, _BASE = 24, 92  # between them the columns stand
_GAP, _WIDEST = 3, 36
_UNKNOWN = "–"


@dataclass(frozen=True)
class Column:
    """One column: its height, which may be unknown, and the words for it."""

    label: str
    value: float | None
    said: str


def columns(name: str, title: str, drawn: Sequence[Column]) -> Markup:
    """A column chart of a dozen values. The last is what the page is about; `name` tells the page's charts apart."""
    if not drawn:
        return Markup()
    told = "; ".join(f"{one.label}: {_said(one)}" for one in drawn)
    highest = max((one.value or 0 for one in drawn), default=0) or 1
    step = min(_WIDTH / len(drawn), _WIDEST)
    marks = [_column(one, number * step, step - _GAP, highest) for number, one in enumerate(drawn)]
    marks += _labels(drawn, step)
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-labelledby="{name}-title {name}-told">'
        '<title id="{name}-title">{title}</title><desc id="{name}-told">{told}</desc>{marks}'
        '<line x1="0" x2="{}" y1="{}" y2="{}"/></svg>'
    ).format(_WIDTH, _HEIGHT, _WIDTH, _BASE, _BASE, name=name, title=title, told=told, marks=Markup().join(marks))


def _column(one: Column, left: float, width: float, highest: float) -> Markup:
    tall = max((one.value or 0) / highest * (_BASE - _TOP), 1.5 if one.value else 0)
    return Markup('<g><title>{}: {}</title><rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/></g>').format(
        one.label, _said(one), left, _BASE - tall, width, tall
    )


def _said(one: Column) -> str:
    return _UNKNOWN if one.value is None else one.said


def _labels(drawn: Sequence[Column], step: float) -> list[Markup]:
    """The first and the last label below, and above the columns the last one's figure: all there is room for."""
    last, left = drawn[-1], (len(drawn) - 1) * step
    if left < _WIDTH / 2:
        return [
            _text(left, _TOP - 8, "start", "figure", _said(last)),
            _text(left, _HEIGHT - 5, "start", "", last.label),
        ]
    right = left + step - _GAP
    return [
        _text(right, _TOP - 8, "end", "figure", _said(last)),
        _text(right, _HEIGHT - 5, "end", "", last.label),
        _text(0, _HEIGHT - 5, "start", "", drawn[0].label),
    ]


def _text(x: float, y: float, anchor: str, kind: str, said: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{}" text-anchor="{}" class="{}">{}</text>').format(x, y, anchor, kind, said)
