"""What is known of a batch, a lead or a release: counts, times and states, never a row's value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from hedui.model.declaration import Title
from hedui.model.drift import Drift
from hedui.model.interval import Interval


@dataclass(frozen=True)
class BatchFacts:
    """One delivery. Every pulled row is in exactly one of the states that are counted here.

    `vanished` counts no rows: records that a full delivery no longer has. `announced` is what the agency said it sends.
    """

    batch: str
    dataset: str
    interval: Interval
    received_at: datetime
    state: str
    pulled: int
    repaired: int
    quarantined: int
    loaded: int
    superseded: int
    duplicate: int
    seconds: float
    rejected_because: Title | None = None
    expired: int = 0
    discarded: int = 0
    vanished: int = 0
    announced: int | None = None


@dataclass(frozen=True)
class DriftFacts:
    """A change in the form of a dataset's deliveries; `batch` is None where it stopped the delivery."""

    dataset: str
    interval: Interval
    at: datetime
    drift: Drift
    batch: str | None


@dataclass(frozen=True)
class PauseFacts:
    """An agency from which nothing is pulled at present."""

    agency: str
    since: datetime
    reason: str


DueState = Literal["awaited", "in time", "late", "missing", "paused"]


@dataclass(frozen=True)
class DueFacts:
    """A delivery by when it is due. *paused*: it was not there in time, as nothing was pulled from the agency then.

    What a pause kept back is due anew after it: `due_at` is then that moment. `told_at` is when the agency was told
    that it is missing.
    """

    dataset: str
    interval: Interval
    due_at: datetime
    state: DueState
    received_at: datetime | None = None
    told_at: datetime | None = None
    pause: str = ""


@dataclass(frozen=True)
class Matched:
    """What one run of a rule changed among its leads."""

    rule: str
    mode: str
    subjects: int
    new: int
    changed: int
    unchanged: int
    withdrawn: int


@dataclass(frozen=True)
class LeadFacts:
    """One lead, without identity: tokens and what the office needs to see its size."""

    id: int
    rule: str
    rule_version: int
    subject: bytes
    state: str
    agency: str
    region: str
    amount_yuan: Decimal | None
    records: Mapping[str, Sequence[bytes]]
    found_at: datetime
    explanation: Mapping[str, str]


@dataclass(frozen=True)
class Release:
    """Leads proposed to one office, waiting for two approvals."""

    id: int
    agency: str
    leads: int


@dataclass(frozen=True)
class Tidied:
    """What housekeeping removed in one place, or had to leave there; `left` is then the reason."""

    room: str
    where: str
    what: str
    count: int
    freed_bytes: int = 0
    left: str = ""


@dataclass(frozen=True)
class HeldFacts:
    """So many rows of a batch for one office are in one state and have, or had, one fault; a row may have several."""

    dataset: str
    batch: str
    state: str
    region: str | None
    expectation: str | None
    field: str | None
    title: Title | None
    rows: int


@dataclass(frozen=True)
class HeldRowFacts:
    """One row that was held back. `values`, by the agency's names, are masked unless somebody said why not."""

    dataset: str
    batch: str
    row: int
    state: str
    source: str
    position: int
    region: str | None
    reminded: int
    answer: str | None
    wrong: Sequence[tuple[str, Title, Title]]
    values: Mapping[str, str | None]


@dataclass(frozen=True)
class Chosen:
    """Held rows that somebody names: of the batch `where` by their numbers, or of the dataset by its record keys."""

    where: str
    rows: Sequence[int] = ()
    records: Sequence[str] = ()


@dataclass(frozen=True)
class Said:
    """Who decides about held rows, and why."""

    by: str
    reason: str


@dataclass(frozen=True)
class Replayed:
    """What became of the held rows of a batch that were judged again; `replayed` of them came in."""

    batch: str
    dataset: str
    replayed: int
    loaded: int
    superseded: int
    duplicate: int
    still_held: int


@dataclass(frozen=True)
class SuiteProposal:
    """A suite that a batch suggests, as the text of its file, and what it finds in the rows of that batch."""

    batch: str
    text: str
    rows: int
    held: int
    rejected_because: Title | None
    findings: tuple[tuple[Title, int], ...]


@dataclass(frozen=True)
class Document:
    """A file that an agency receives; it may hold record keys, so it never lies unsealed in a folder of ours."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class RepairFacts:
    """So many rows of a batch had one field put right in one way on their arrival."""

    field: str
    title: Title
    repair: Title
    rows: int


@dataclass(frozen=True)
class RepairedFacts:
    """Where one repair was made: the delivery's file, and the row's number there."""

    source: str
    position: int
    field: str
    repair: Title


@dataclass(frozen=True)
class DeliveryFacts:
    """A report or a notice that an agency was handed; `about` is a batch, or an agency and a month."""

    agency: str
    about: str
    channel: str
    sent_at: datetime
    receipt: str
