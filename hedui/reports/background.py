"""What a page about a batch says beyond its verdict: its time, the batches before it, what became of its rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from hedui.model.facts import DueFacts
from hedui.model.interval import Interval
from hedui.reports.regions import Region


def _no_rows() -> pa.Int64Array:
    return pa.array([], pa.int64())


@dataclass(frozen=True)
class Earlier:
    """An earlier batch of the dataset; `faulty` are its rows to mend, None where nobody counted."""

    interval: Interval
    pulled: int
    faulty: int | None


@dataclass(frozen=True)
class Reminders:
    """Of how many records the agency was told before, and how often of the one it was told of most."""

    records: int = 0
    most: int = 0


@dataclass(frozen=True)
class Background:
    """`settled` are rows that were held back and are not any longer; `cleared` those of them that were right after all.

    `answered` are rows that are still held back, and of which the agency said what is to be said.
    `due` is None where no moment was agreed; `sequence` says which delivery of its interval the batch is.
    """

    due: DueFacts | None = None
    sequence: int = 1
    faulty: int | None = None
    earlier: Sequence[Earlier] = ()
    regions: Sequence[Region] = ()
    reminders: Reminders = Reminders()
    answered: int = 0
    settled: pa.Int64Array = field(default_factory=_no_rows)
    cleared: pa.Int64Array = field(default_factory=_no_rows)
