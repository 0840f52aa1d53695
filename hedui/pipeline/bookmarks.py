"""Where a reading that broke off stands, in the ledger: the next attempt goes on there."""

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Final, Self

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag

from connectors.base import Position, Wanted
from hedui.landing import EncryptedFiles
from hedui.ledger.tables import Reading
from hedui.model.contract import Dataset
from hedui.model.drift import Drift
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.pipeline.stores import Stores

# What an agency had longer ago, and what it has now, no longer make one delivery.
_GOES_ON: Final = timedelta(days=1)


@dataclass(frozen=True)
class Asked:
    """A delivery: of which dataset, for which interval, and for which time the agency is asked."""

    dataset: Dataset
    interval: Interval
    reach: Interval

    @property
    def key(self) -> tuple[str, datetime, datetime]:
        return self.dataset.full_name, self.interval.start, self.interval.end


@dataclass
class Progress:
    """How far a reading has come: what lies in the landing zone, what was seen of its form, and where it goes on."""

    name: str  # of the batch it will be
    began_at: datetime
    segments: int = 0
    rows: int = 0
    position: Position | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    drifts: list[Drift] = field(default_factory=list)

    @classmethod
    def new(cls, asked: Asked) -> Self:
        day = asked.interval.end.astimezone(PROVINCE_TIME)
        return cls(f"{asked.dataset.full_name}-{day:%Y%m%d}-{token_hex(4)}", datetime.now(UTC))


class Bookmark:
    """The place of one delivery, good for what was wanted when it was written.

    It is sealed, for a place can hold a record's key; and bound to what was asked, so that with another version of the
    contract, other columns or another reach it is none.
    """

    def __init__(self, stores: Stores, asked: Asked, wanted: Wanted) -> None:
        self._stores, self._asked, self._wanted = stores, asked, wanted

    def recall(self) -> Progress | None:
        """Where the attempt before broke off, if it can be gone on from."""
        with self._stores.ledger.session() as session:
            kept = session.get(Reading, self._asked.key)
        if kept is None:
            return None
        progress = Progress(kept.name, kept.began_at, kept.segments, kept.rows)
        try:
            opened = json.loads(self._stores.position_sealer.open(kept.position, self._whose(progress)))
        except InvalidTag:
            self.forget(kept.name)
            return None
        progress.position, progress.form = opened["position"], opened["form"]
        progress.drifts = [Drift(*drift) for drift in opened["drifts"]]
        return progress

    def remember(self, progress: Progress) -> None:
        content = {
            "position": progress.position,
            "form": dict(progress.form),
            "drifts": [astuple(drift) for drift in progress.drifts],
        }
        sealed = self._stores.position_sealer.seal(json.dumps(content).encode(), self._whose(progress))
        dataset, start, end = self._asked.key
        reading = Reading(
            dataset=dataset,
            interval_start=start,
            interval_end=end,
            name=progress.name,
            contract_version=self._asked.dataset.version,
            segments=progress.segments,
            rows=progress.rows,
            position=sealed,
            began_at=progress.began_at,
            changed_at=datetime.now(UTC),
        )
        with self._stores.ledger.session() as session:
            session.merge(reading)

    def forget(self, name: str) -> None:
        """What was read so far goes, and then the place."""
        self._stores.landing(self._asked.dataset).remove(name)
        with self._stores.ledger.session() as session:
            session.execute(sa.delete(Reading).where(Reading.name == name))

    def _whose(self, progress: Progress) -> bytes:
        reach = [moment.timestamp() for moment in (self._asked.reach.start, self._asked.reach.end)]
        asked = [self._asked.dataset.version, repr(self._wanted), *reach]
        return repr([*asked, progress.name, progress.segments, progress.rows]).encode()


def unfinished(stores: Stores, dataset: Dataset, files: EncryptedFiles) -> set[str]:
    """The readings that can be gone on with. What lies too long is forgotten."""
    with stores.ledger.session() as session:
        kept = session.scalars(sa.select(Reading).where(Reading.dataset == dataset.full_name)).all()
    over = [reading for reading in kept if reading.changed_at < datetime.now(UTC) - _GOES_ON]
    for reading in over:
        files.remove(reading.name)
        with stores.ledger.session() as session:
            session.delete(reading)
    return {reading.name for reading in kept if reading not in over}
