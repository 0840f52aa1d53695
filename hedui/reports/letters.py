"""What stands beside a report when it is handed over: a subject and a few sentences, in both languages."""

from dataclasses import dataclass
from typing import Final

from hedui.model.contract import Agency, Dataset
from hedui.model.declaration import Title
from hedui.model.facts import BatchFacts, DueFacts
from hedui.model.interval import PROVINCE_TIME
from hedui.reports.when import period

_UPDATED: Final = Title(zh="（更新）", en=" (updated)")
_READ: Final = Title(
    zh="详见附件。请先看报告首页；有需要更正的记录，按清单更正。",
    en="See the documents: the first page of the report first, then the list, where there is anything to mend.",
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
    days = period(facts.interval)
    return Letter(
        Title(
            zh=f"数据校验报告{_UPDATED.zh if again else ''}：{dataset.title.zh}（{days}）",
            en=f"Validation report{_UPDATED.en if again else ''}: {dataset.title.en} ({days})",
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


def of_missing(agency: Agency, dataset: Dataset, facts: DueFacts) -> Letter:
    """A delivery that is overdue and not here."""
    days, due_at = period(facts.interval), f"{facts.due_at.astimezone(PROVINCE_TIME):%Y-%m-%d %H:%M}"
    return Letter(
        Title(
            zh=f"数据逾期未到提醒：{dataset.title.zh}（{days}）",
            en=f"Not received in time: {dataset.title.en} ({days})",
        ),
        _joined(
            Title(
                zh=f"{dataset.title.zh}（{days}）应于 {due_at} 前提供，至今没有收到。",
                en=f"{dataset.title.en} ({days}) was due by {due_at} and has not been received.",
            ),
            Title(
                zh="请尽快提供；如已提供，请检查文件是否放全、接口或前置机是否正常。收到后不需要再回复。",
                en="Please deliver it soon. If you have, see whether all parts are there and whether your service or "
                "exchange database answers. Once it is received no answer is needed.",
            ),
            _whom(agency),
        ),
    )


def _outcome(facts: BatchFacts) -> Title:
    if facts.rejected_because:
        because = facts.rejected_because
        return Title(
            zh=f"收到 {facts.pulled:,} 行，已整批退回：{because.zh}。请更正后重新报送。",
            en=f"Rows received: {facts.pulled:,}; all of them rejected: {because.en}. Please mend and deliver again.",
        )
    if facts.state == "judged":
        return Title(
            zh=f"收到 {facts.pulled:,} 行。试接入期间只校验，不入库。",
            en=f"Rows received: {facts.pulled:,}. On trial they are judged, not loaded.",
        )
    if facts.quarantined:
        return Title(
            zh=f"收到 {facts.pulled:,} 行，其中 {facts.quarantined:,} 行暂存，未入库。",
            en=f"Rows received: {facts.pulled:,}; held back and not loaded: {facts.quarantined:,}.",
        )
    return Title(zh=f"收到 {facts.pulled:,} 行，没有暂存的行。", en=f"Rows received: {facts.pulled:,}; none held back.")


def _whom(agency: Agency) -> Title:
    office = agency.office
    return Title(
        zh=f"咨询电话：{office.title.zh}，{office.telephone}", en=f"Questions: {office.title.en}, {office.telephone}"
    )


def _joined(*parts: Title) -> Title:
    return Title(zh="\n".join(part.zh for part in parts), en="\n".join(part.en for part in parts))
