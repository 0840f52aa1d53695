"""What stands beside a report when it is handed over: a subject and a few sentences, in both languages."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from hedui.model.contract import Agency, Dataset
from hedui.model.declaration import Title
from hedui.model.facts import BatchFacts
from hedui.model.interval import PROVINCE_TIME, Interval

_UPDATED: Final = Title(zh="（更新）", en=" (updated)")
_READ: Final = Title(
    zh="详见附件。请先看报告首页，再按清单更正。",
    en="See the documents: the first page of the report first, then the list of what to mend.",
)
_REPLACES: Final = Title(
    zh="本次报告代替此前就同一内容发出的报告。", en="It replaces what was sent on the same subject before."
)


@dataclass(frozen=True)
class Letter:
    """`text` has a paragraph to a line."""

    subject: Title
    text: Title


def of_batch(agency: Agency, dataset: Dataset, facts: BatchFacts, *, again: bool) -> Letter:
    """`again`: a report on this batch was handed over before."""
    period = _days(facts.interval)
    return Letter(
        Title(
            zh=f"数据校验报告{_UPDATED.zh if again else ''}：{dataset.title.zh}（{period}）",
            en=f"Validation report{_UPDATED.en if again else ''}: {dataset.title.en} ({period})",
        ),
        _joined(_outcome(facts), _READ, *([_REPLACES] if again else []), _whom(agency)),
    )


def of_month(agency: Agency, month: str, *, again: bool) -> Letter:
    """`month` as 2026-06."""
    return Letter(
        Title(
            zh=f"数据校验月报{_UPDATED.zh if again else ''}：{agency.title.zh}（{month}）",
            en=f"Monthly validation report{_UPDATED.en if again else ''}: {agency.title.en} ({month})",
        ),
        _joined(_READ, *([_REPLACES] if again else []), _whom(agency)),
    )


def _outcome(facts: BatchFacts) -> Title:
    if facts.rejected_because:
        because = facts.rejected_because
        return Title(
            zh=f"收到 {facts.pulled:,} 行，已整批退回：{because.zh}。请更正后重新报送。",
            en=f"{facts.pulled:,} rows received, all of them rejected: {because.en}. Please mend and deliver again.",
        )
    if facts.quarantined:
        return Title(
            zh=f"收到 {facts.pulled:,} 行，其中 {facts.quarantined:,} 行暂存，待更正。",
            en=f"{facts.pulled:,} rows received, {facts.quarantined:,} of them held back until they are mended.",
        )
    return Title(
        zh=f"收到 {facts.pulled:,} 行，没有暂存待更正的行。", en=f"{facts.pulled:,} rows received, none held back."
    )


def _whom(agency: Agency) -> Title:
    office = agency.office
    return Title(
        zh=f"咨询电话：{office.title.zh}，{office.telephone}", en=f"Questions: {office.title.en}, {office.telephone}"
    )


def _joined(*parts: Title) -> Title:
    return Title(zh="\n".join(part.zh for part in parts), en="\n".join(part.en for part in parts))


def _days(interval: Interval) -> str:
    first = interval.start.astimezone(PROVINCE_TIME)
    last = (interval.end - timedelta(microseconds=1)).astimezone(PROVINCE_TIME)
    return f"{first:%Y-%m-%d}" if first.date() == last.date() else f"{first:%Y-%m-%d} – {last:%Y-%m-%d}"
