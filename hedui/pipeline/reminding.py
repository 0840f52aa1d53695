"""Tell agency and engineers of deliveries that are overdue and not here, each once.

The ledger notes it once the channel of the agency has taken the letter: what could not be told is told the next time.
Of intervals that follow each other and were due at one moment, as after a weekend or a pause, one letter speaks.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from hedui import shelves
from hedui.ledger.tables import Overdue
from hedui.model.contract import Dataset
from hedui.model.credentials import CredentialsOf
from hedui.model.facts import DueFacts
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.pipeline import delivering
from hedui.pipeline.freshness import due, expected, in_one, in_rows
from hedui.pipeline.one_by_one import each
from hedui.pipeline.pausing import pauses
from hedui.pipeline.stores import Stores
from hedui.reports.letters import of_missing

_LOG = logging.getLogger(__name__)

# An alarm that rings later than this helps nobody: what was due before is listed, and told to no one.
TOLD_WITHIN: Final = timedelta(days=7)

Tell = Callable[[DueFacts], object]


def tell_missing(
    stores: Stores, tell: Tell, of: tuple[Dataset, Interval] | None = None, now: datetime | None = None
) -> list[DueFacts]:
    """Tell of each delivery that is overdue and not there by `tell`, once. Returns those that were told now.

    `of` names one that somebody knows to be waited for; without it all are looked through. Nobody is told during a
    pause. Where `tell` raises, the delivery counts as untold, and the error is raised once the others are told. Raises
    StoreBusy where another process is at it.
    """
    now = now or datetime.now(UTC)
    found = due(stores, TOLD_WITHIN.days, now) if of is None else _one(stores, *of, now)
    left_alone = {pause.agency for pause in pauses(stores)}
    to_tell = [f for f in found if _is_to_be_told(f, now) and shelves.dataset(f.dataset).agency not in left_alone]
    told = each(in_rows(to_tell), lambda missing: _told_once(stores, tell, missing, now))
    return [spoken_of for spoken_of in told if spoken_of]


def by_channel(stores: Stores, credentials: CredentialsOf) -> Tell:
    """Tell the agency by the channel of its contract; where it names none, the engineers alone are told."""

    def tell(facts: DueFacts) -> object:
        dataset = shelves.dataset(facts.dataset)
        letter = of_missing(shelves.agencies()[dataset.agency], dataset, facts)
        return delivering.tell(stores, dataset.agency, letter.subject, letter.text, credentials)

    return tell


def _one(stores: Stores, dataset: Dataset, interval: Interval, now: datetime) -> list[DueFacts]:
    """That delivery, with those of its dataset that were due at the same moment."""
    with stores.ledger.session() as session:
        asked = expected(session, dataset, interval, now, anyhow=True)
    if asked is None:
        return []
    others = (facts for facts in due(stores, TOLD_WITHIN.days, now) if facts.dataset == dataset.full_name)
    together = {facts.interval: facts for facts in others if facts.due_at == asked.due_at} | {asked.interval: asked}
    return [facts for _, facts in sorted(together.items())]


def _is_to_be_told(facts: DueFacts, now: datetime) -> bool:
    return facts.state == "missing" and facts.told_at is None and facts.due_at > now - TOLD_WITHIN


def _told_once(stores: Stores, tell: Tell, missing: Sequence[DueFacts], now: datetime) -> DueFacts | None:
    """What was told now, as one delivery; None where somebody else told it meanwhile."""
    with stores.ledger.only_one(f"deadlines of {missing[0].dataset}"):
        with stores.ledger.session() as session:
            untold = [facts for facts in missing if session.get(Overdue, _key(facts)) is None]
        if not untold:
            return None
        spoken_of = in_one(untold)
        _LOG.error("%s", _in_words(spoken_of))
        tell(spoken_of)
        with stores.ledger.session() as session:
            for facts in untold:
                dataset, start, end = _key(facts)
                due_at = facts.due_at
                session.add(
                    Overdue(dataset=dataset, interval_start=start, interval_end=end, due_at=due_at, told_at=now)
                )
    return spoken_of


def _key(facts: DueFacts) -> tuple[str, datetime, datetime]:
    return facts.dataset, facts.interval.start, facts.interval.end


def _in_words(facts: DueFacts) -> str:
    """For engineers, on one line."""
    office = shelves.agencies()[shelves.dataset(facts.dataset).agency].office
    return (
        f"{facts.dataset}: the delivery for {facts.interval} was due at "
        f"{facts.due_at.astimezone(PROVINCE_TIME):%Y-%m-%d %H:%M} and is not here. Look at its run in Airflow; "
        f"the agency's office is {office.title.zh} {office.title.en}, {office.telephone}"
    )
