"""One turn of housekeeping: when it is, what it may touch, and what went wrong on the way."""

from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hedui.model.errors import HeduiError
from hedui.model.interval import PROVINCE_TIME
from hedui.pipeline.stores import Stores

# Nobody writes at a file for so long: a draft or a spilled page of this age was left by a killed process.
_GRACE = timedelta(days=1)


@dataclass
class Turn:
    """`dry_run`: it only looks."""

    stores: Stores
    now: datetime
    dry_run: bool
    errors: list[HeduiError] = field(default_factory=list)

    def alone(self, *things: str) -> AbstractContextManager[None]:
        """Nobody else is at any of these `things`; who only looks disturbs nobody."""
        return nullcontext() if self.dry_run else self.stores.ledger.only_one(*things)

    def is_over(self, since: datetime, days: int) -> bool:
        """Whether a retention has ended: with its last day in the province, so that offices can count on that day."""
        last = since.astimezone(PROVINCE_TIME).date() + timedelta(days=days)
        return self.now.astimezone(PROVINCE_TIME).date() > last

    def before(self, days: int) -> datetime:
        """The moment before which a retention of so many days has begun if it is over now."""
        first = self.now.astimezone(PROVINCE_TIME).date() - timedelta(days=days)
        return datetime(first.year, first.month, first.day, tzinfo=PROVINCE_TIME)

    @property
    def abandoned_before(self) -> datetime:
        """Drafts that were last written before this moment belong to nobody."""
        return self.now - _GRACE

    def remove(self, files: list[Path]) -> int:
        """Delete files unless the turn only looks. Returns their bytes."""
        freed = 0
        for file in files:
            with suppress(FileNotFoundError):  # two rooms may find the same draft
                freed += file.stat().st_size
                if not self.dry_run:
                    file.unlink()
        return freed
