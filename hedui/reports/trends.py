"""A batch beside the batches before it: two charts, and a sentence for those who read no charts."""

from datetime import timedelta
from statistics import median

from markupsafe import Markup

from hedui.model.facts import BatchFacts
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.reports.background import Background, Earlier
from hedui.reports.charts import Column, columns
from hedui.reports.rendering import Language, count, percent
from hedui.reports.words import PAGE

Chart = tuple[str, Markup]


def trends(facts: BatchFacts, background: Background, language: Language) -> list[Chart]:
    """Rows, and share to mend, of the dataset's batches, this one last; nothing where it is the first."""
    if not background.earlier:
        return []
    batches = [*background.earlier, Earlier(facts.interval, facts.pulled, background.faulty)]
    rows = [Column(last_day(batch.interval), batch.pulled, count(batch.pulled)) for batch in batches]
    return [_chart("trend_rows", language, rows), _chart("trend_share", language, [_to_mend(b) for b in batches])]


def usual(background: Background, language: Language) -> str:
    """What the batches before were like, in a sentence; empty where nobody counted their rows to mend."""
    known = [(batch.pulled, share) for batch in background.earlier if (share := _share(batch)) is not None]
    if not known:
        return ""
    said = PAGE["usual" if len(known) > 1 else "one_before"].in_(language)
    pulled, shares = zip(*known, strict=True)
    return said.format(batches=len(known), rows=count(round(median(pulled))), share=percent(median(shares)))


def last_day(interval: Interval) -> str:
    return f"{interval.end.astimezone(PROVINCE_TIME) - timedelta(microseconds=1):%Y-%m-%d}"


def _chart(name: str, language: Language, drawn: list[Column]) -> Chart:
    title = PAGE[name].in_(language)
    return title, columns(name.replace("_", "-"), title, drawn)


def _to_mend(batch: Earlier) -> Column:
    share = _share(batch)
    return Column(last_day(batch.interval), share, percent(share or 0))


def _share(batch: Earlier) -> float | None:
    return None if batch.faulty is None else batch.faulty / max(batch.pulled, 1)
