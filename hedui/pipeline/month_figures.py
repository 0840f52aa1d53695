"""What an agency's month came to, from the ledger: counts, times and places, never a row's value nor a record's key."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, lazyload

from hedui.ledger.tables import Batch, Finding, HeldRow
from hedui.model.contract import Agency, Dataset
from hedui.model.declaration import Title
from hedui.model.facts import DueFacts
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.pipeline.asked import NOTHING_KEPT, by_itself, mended, still_asked, unanswered
from hedui.pipeline.batch_figures import of_nothing_kept, regions_of
from hedui.pipeline.division_names import division_name
from hedui.pipeline.freshness import due
from hedui.pipeline.settled import settled
from hedui.pipeline.stores import Stores
from hedui.reports import Counted, by_county
from hedui.reports.month import DatasetMonth, Figures, Month, Problem
from hedui.reports.when import mend_all_by
from hedui.validation.verdict import FORM_OF_DELIVERY

_MONTHS: Final = 6  # in a chart
_PROBLEMS: Final = 10  # of a dataset


class _Held(NamedTuple):
    """What became of a batch's held rows; `of_form` are those that wait for the form of their part alone."""

    open: int = 0
    mended: int = 0
    of_form: int = 0


class _Delivered(NamedTuple):
    """What came, and what was due, of one dataset in one month."""

    batches: list[Batch]
    due: list[DueFacts]


def month_of(stores: Stores, agency: Agency, first: date, now: datetime | None = None) -> Month:
    """The month that begins on `first`, with those before it. Of each batch the last day that it covers decides."""
    now = now or datetime.now(UTC)
    months = [_later(first, months) for months in range(1 - _MONTHS, 1)]
    names = [dataset.full_name for dataset in agency.datasets.values()]
    delivered = _delivered(stores, names, _midnight(months[0]), _midnight(_later(first, 1)), now)
    with stores.ledger.session() as session:
        own = {
            batch.id: dataset
            for dataset in agency.datasets.values()
            for batch in delivered[first, dataset.full_name].batches
        }
        answered = _settled(stores, session, own)
        held = _held(session, [batch.id for one in delivered.values() for batch in one.batches], answered)
        figures = defaultdict(Figures, {key: _figures(one, held) for key, one in delivered.items()})
        datasets = [
            _dataset(session, dataset, delivered[first, name], figures[first, name], held)
            for name, dataset in zip(names, agency.datasets.values(), strict=True)
        ]
        regions = _regions(session, [one for name in names for one in delivered[first, name].batches], answered)
    before = [(month, sum((figures[month, name] for name in names), Figures())) for month in months[:-1]]
    known = [place for place, (_, found) in enumerate(before) if found.batches]
    return Month(first, datasets, by_county(regions, division_name), before[known[0] :] if known else ())


def _delivered(
    stores: Stores, names: Collection[str], since: datetime, until: datetime, now: datetime
) -> Mapping[tuple[date, str], _Delivered]:
    """By month and dataset."""
    found: Mapping[tuple[date, str], _Delivered] = defaultdict(lambda: _Delivered([], []))
    covered = (Batch.dataset.in_(names), Batch.interval_end > since, Batch.interval_end <= until)
    with stores.ledger.session() as session:
        in_order = sa.select(Batch).where(*covered).order_by(Batch.interval_end, Batch.sequence)
        for batch in session.scalars(in_order.options(lazyload(Batch.findings))):
            found[_month(batch.interval_end), batch.dataset].batches.append(batch)
    for facts in due(stores, (now - since).days + 1, now):
        if facts.dataset in names and since < facts.interval.end <= until:
            found[_month(facts.interval.end), facts.dataset].due.append(facts)
    return found


def _settled(stores: Stores, session: Session, batches: Mapping[str, Dataset]) -> Mapping[str, list[int]]:
    """Of each batch the held rows of which the agency said before what is to be said."""
    return {name: settled(stores, session, session.get_one(Batch, name), of) for name, of in batches.items()}


def _held(session: Session, batches: Collection[str], answered: Mapping[str, list[int]]) -> Mapping[str, _Held]:
    waiting = unanswered(answered)
    counted = sa.select(
        HeldRow.batch_id,
        sa.func.count().filter(waiting, by_itself()),
        sa.func.count().filter(mended()),
        sa.func.count().filter(waiting, sa.not_(by_itself())),
    ).where(HeldRow.batch_id.in_(batches))
    return {name: _Held(*counts) for name, *counts in session.execute(counted.group_by(HeldRow.batch_id))}


def _regions(
    session: Session, batches: Iterable[Batch], answered: Mapping[str, list[int]]
) -> Mapping[str | None, Counted]:
    """Of held rows, and of rows of the newest deliveries on trial."""
    found = defaultdict(Counted, regions_of(session, list(answered), still_asked(answered)))
    for code, counted in of_nothing_kept(batch for batch in _newest(batches) if batch.state == "judged").items():
        found[code] += counted
    return found


def _figures(delivered: _Delivered, held: Mapping[str, _Held]) -> Figures:
    states = [facts.state for facts in delivered.due]
    judged = [batch for batch in delivered.batches if batch.own_faulty is not None and batch.state != "rejected"]
    return Figures(
        due=sum(state in ("in time", "late", "missing") for state in states),
        in_time=states.count("in time"),
        late=states.count("late"),
        missing=states.count("missing"),
        batches=len(delivered.batches),
        rejected=sum(batch.state == "rejected" for batch in delivered.batches),
        rows=sum(batch.pulled for batch in delivered.batches),
        faulty=sum(batch.faulty or 0 for batch in delivered.batches),
        mended=sum(_became(batch, held).mended for batch in delivered.batches),
        open=sum(_became(batch, held).open for batch in _newest(delivered.batches)),
        of_form=sum(_became(batch, held).of_form for batch in _newest(delivered.batches)),
        scored=sum(batch.pulled for batch in judged),
        own_faulty=sum(batch.own_faulty or 0 for batch in judged),
    )


def _became(batch: Batch, held: Mapping[str, _Held]) -> _Held:
    """What became of its rows. Of what was refused whole nothing is mended row by row."""
    if batch.state == "rejected" or (batch.state == "judged" and batch.quarantine_deleted_at):
        return _Held()
    if batch.state == "judged":
        faulty = batch.faulty or 0
        asked = faulty if batch.asked is None else sum(batch.asked.values())
        return _Held(asked, of_form=faulty - asked)
    return held[batch.id] if batch.id in held else _Held(batch.quarantined)


def _newest(batches: Iterable[Batch]) -> list[Batch]:
    """All but those on trial or refused of which a newer delivery came."""
    last = {(batch.interval_start, batch.interval_end): batch.id for batch in batches}
    return [
        batch
        for batch in batches
        if batch.state not in NOTHING_KEPT or batch.id == last[batch.interval_start, batch.interval_end]
    ]


def _dataset(
    session: Session, dataset: Dataset, delivered: _Delivered, figures: Figures, held: Mapping[str, _Held]
) -> DatasetMonth:
    asked = [batch for batch in _newest(delivered.batches) if _became(batch, held).open]
    return DatasetMonth(
        dataset,
        figures,
        missing=[facts.interval for facts in delivered.due if facts.state == "missing"],
        refused=[_interval(batch) for batch in _newest(delivered.batches) if batch.state == "rejected"],
        problems=_problems(session, [batch.id for batch in delivered.batches]),
        mend_by=mend_all_by(dataset, [batch.received_at for batch in asked]),
    )


def _problems(session: Session, batches: Collection[str]) -> list[Problem]:
    """What was found most often, notices aside; what concerns a whole batch counts all its rows.

    Rows that nobody mends one by one are those of a batch that was refused, or in another form than was agreed.
    """
    of_all = sa.case((Finding.count == 0, Batch.pulled), else_=Finding.count)
    rows = sa.func.sum(of_all)
    of_form = Finding.expectation == FORM_OF_DELIVERY
    whole = sa.or_(Finding.on_failure == "reject_batch", Batch.state == "rejected", of_form)
    together = sa.func.coalesce(rows.filter(whole), 0)
    kind = (Finding.field, Finding.title, Finding.advice, Finding.scored)
    counted = sa.select(*kind, rows, together).join(Batch, Batch.id == Finding.batch_id)
    ours = counted.where(Finding.batch_id.in_(batches), Finding.on_failure != "warn")
    found = session.execute(ours.group_by(*kind).order_by(rows.desc(), *kind).limit(_PROBLEMS))
    return [
        Problem(field, Title(**title), Title(**advice), int(n), scored, int(of_all_together))
        for field, title, advice, scored, n, of_all_together in found
    ]


def _interval(batch: Batch) -> Interval:
    return Interval(batch.interval_start, batch.interval_end)


def _month(end: datetime) -> date:
    """The month of the last moment before `end`."""
    return (end.astimezone(PROVINCE_TIME) - timedelta(microseconds=1)).date().replace(day=1)


def _later(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=PROVINCE_TIME)
