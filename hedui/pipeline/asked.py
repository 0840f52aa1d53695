"""Which rows are to mend one by one, and which are mended: said once, so that page, list and month say the same."""

from collections.abc import Collection, Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from hedui.ledger.tables import Batch, Finding, HeldRow
from hedui.model.answers import Answer
from hedui.validation.verdict import FORM_OF_DELIVERY

NOTHING_KEPT: Final = ("rejected", "judged")
_RIGHT: Final[tuple[Answer, ...]] = ("mended", "right")
_WRONG: Final = ("held", "discarded", "expired")


def still_asked(answered: Mapping[str, Collection[int]]) -> sa.ColumnElement[bool]:
    """Which held rows are still to mend; of the `answered` rows of each batch the agency said it before."""
    return sa.and_(unanswered(answered), by_itself())


def unanswered(answered: Mapping[str, Collection[int]]) -> sa.ColumnElement[bool]:
    """The same with rows that are held for the form of their part alone."""
    told = [sa.and_(HeldRow.batch_id == batch, HeldRow.row.in_(rows)) for batch, rows in answered.items() if rows]
    return sa.and_(HeldRow.state == "held", HeldRow.answer.is_(None), *map(sa.not_, told))


def by_itself() -> sa.ColumnElement[bool]:
    """Whether something is wrong with the row, and not with the form of its part alone, which nobody mends by rows."""
    return sa.exists().where(
        Finding.batch_id == HeldRow.batch_id,
        Finding.on_failure != "warn",
        Finding.expectation != FORM_OF_DELIVERY,
        HeldRow.findings.contains(sa.func.to_jsonb(Finding.ordinal)),
    )


def mended() -> sa.ColumnElement[bool]:
    """Which rows that were held back speak of a record that is right by now, or of which the agency answered so.

    Delivered once more it may have been wrong again: then it is not mended, whatever this row became. A row that names
    no record is mended by its replay alone: nobody knows which later one speaks of it. Once its batch is forgotten, a
    row with a mark is mended and one without is not.
    """
    own, named = aliased(Batch), HeldRow.record_mark.is_not(None)
    kept = sa.exists().where(own.id == HeldRow.batch_id, own.quarantine_deleted_at.is_(None))
    replayed = sa.and_(HeldRow.state == "replayed", sa.or_(named, kept))
    superseded = sa.and_(HeldRow.state == "superseded", named)
    return sa.and_(sa.or_(replayed, superseded), sa.not_(wrong_again()))


def wrong_again(batch: str | None = None) -> sa.ColumnElement[bool]:
    """Whether a row's record was wrong once more in a later delivery, or in this one if it is later."""
    later, its, own = aliased(HeldRow), aliased(Batch), aliased(Batch)
    return sa.exists().where(
        later.dataset == HeldRow.dataset,
        later.record_mark == HeldRow.record_mark,
        later.state.in_(_WRONG),
        sa.or_(later.answer.is_(None), later.answer.not_in(_RIGHT)),
        its.id == later.batch_id,
        own.id == HeldRow.batch_id,
        _place(its) > _place(own),
        *([later.batch_id == batch] if batch else []),
    )


def held_by_division(session: Session, batch: str) -> dict[str, int]:
    """How many rows of a batch with faults of their own were held back, by division; by the empty code for none."""
    counted = sa.select(HeldRow.region, sa.func.count()).where(HeldRow.batch_id == batch, by_itself())
    return {region or "": rows for region, rows in session.execute(counted.group_by(HeldRow.region))}


def asked_of(batch: Batch) -> Mapping[str, int]:
    """The same of a batch of which nothing is kept, as long as it is known which rows these are."""
    return {} if batch.quarantine_deleted_at else batch.asked or {}


def _place(batch: type[Batch]) -> sa.Tuple:
    return sa.tuple_(batch.interval_end, batch.sequence, batch.received_at)
