"""The stage: who plays, and the rows that a scene leaves in the agencies' systems."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from simulator.drafts import DATASETS, DEATHS, DUI_CASES, EMPLOYEES, SCHEMAS, SETTLEMENTS
from simulator.identity import former_number
from simulator.keys import HOUSEHOLD, STAGED, record_key
from simulator.names import another_name, written_differently
from simulator.people import NEVER
from simulator.times import Calendar, as_date, first_day, moment

PLANTED, BY_DATA, BY_VISIT = KINDS = ("planted", "excused_by_data", "excused_by_visit")
# Only these are delivered again on the daily day; of the others it is enough to know the history.
DELIVERED_DAILY = (DEATHS, SETTLEMENTS, EMPLOYEES, DUI_CASES)

Row = dict[str, Any]
# Scenes are set in the last two years. Of a shorter history the agencies file on its first day what is older.
_DAYS = 730


@dataclass(frozen=True)
class Player:
    """Somebody of the province, as an agency writes the person down."""

    number: int
    id: str
    name: str
    born: int
    county: str

    def formerly(self) -> "Player":
        """The same person under the number before the present one."""
        return replace(self, id=former_number(self.id))

    def spelt_differently(self, dice: random.Random) -> "Player":
        return replace(self, name=written_differently(self.name, dice))

    def of_another_name(self, dice: random.Random) -> "Player":
        """Somebody else who has, or was given, the same number."""
        return replace(self, name=another_name(self.name, dice))


@dataclass(frozen=True)
class Filed:
    """One version of a record: fields under the draft's names, days and months as numbers."""

    dataset: str
    record: Row
    changed_at: int


@dataclass
class Play:
    """What one scene adds. Days and months are numbers of `simulator.times`."""

    subject: Player
    relatives: tuple[Player, ...]
    dice: random.Random
    calendar: Calendar
    rows: dict[str, list[Row]] = field(default_factory=lambda: {dataset: [] for dataset in DATASETS})
    died_on: int = NEVER
    treated_until: int = NEVER

    @property
    def opens(self) -> int:
        """The first day on which a scene may be set."""
        return opening_day(self.calendar)

    @property
    def today(self) -> int:
        """The daily day."""
        return self.calendar.daily_from

    @property
    def last_month(self) -> int:
        """The last month of which everything is paid and filed when the history ends."""
        return self.calendar.last_month

    @property
    def household(self) -> str:
        """The number of the household that the subject heads."""
        return record_key(HOUSEHOLD, self.subject.number)

    def between(self, first: int, last: int) -> int:
        """A day, or a number of anything, both ends included."""
        return self.dice.randint(first, max(first, last))

    def dies(self, on: int) -> int:
        """The subject dies; ordinary life ends on this day."""
        self.died_on = self.treated_until = on
        return on

    def taken_for_dead(self, on: int) -> int:
        """The subject lives; nothing but the scene's own rows follows this day."""
        self.treated_until = on
        return on

    def file(self, dataset: str, who: Player, on: int, **about: object) -> Filed:
        """A new record about a person, delivered by the agency on a day.

        Raises ValueError where the day lies outside the calendar or the fields are not those of the dataset.
        """
        key = about.get("record_no") or record_key(dataset, who.number, STAGED + len(self.rows[dataset]))
        record = {"person": who.id, "name": who.name, **about, "record_no": key}
        return self._deliver(dataset, record, on, self.calendar.history_starts)

    def correct(self, filed: Filed, on: int, **changes: object) -> Filed:
        """The record once more, changed, on that day or the day after its last delivery."""
        last = filed.changed_at + 1
        return self._deliver(filed.dataset, {**filed.record, **changes}, on, last)

    def pay(self, dataset: str, who: Player, first: int, last: int, **about: object) -> list[Filed]:
        """A record for each month."""
        return [
            self.file(dataset, who, self.books(month), month=month, county=self.subject.county, **about)
            for month in range(first, last + 1)
        ]

    def books(self, month: int) -> int:
        """The day on which an agency delivers what belongs to a month: early in the next."""
        return self.calendar.in_history(first_day(month + 1) + self.between(0, 9))

    def _deliver(self, dataset: str, record: Row, on: int, not_before: int) -> Filed:
        on = max(on, self.calendar.history_from)
        changed_at = moment(on, self.dice.randrange(8 * 3600, 20 * 3600))
        while changed_at < not_before:
            on, changed_at = on + 1, changed_at + 86_400
        if on >= (self.calendar.daily_to if dataset in DELIVERED_DAILY else self.calendar.daily_from):
            raise ValueError(f"a scene files a row of {dataset} outside the calendar")
        self.rows[dataset].append(_drafted(dataset, record, changed_at))
        return Filed(dataset, record, changed_at)


@dataclass(frozen=True)
class Role:
    """Who can play: an age in years on the day when scenes open; a sex only where it matters."""

    youngest: int
    oldest: int
    woman: bool = False


@dataclass(frozen=True)
class Scene:
    """One way to be a case, or to look like one."""

    name: str
    kind: str
    act: Callable[[Play], None]
    subject: Role
    relatives: tuple[Role, ...] = ()

    @property
    def roles(self) -> tuple[Role, ...]:
        return (self.subject, *self.relatives)

    @property
    def lead_expected(self) -> bool:
        return self.kind != BY_DATA


def scenes(kind: str, subject: Role, *acts: Callable[[Play], None], relatives: tuple[Role, ...] = ()) -> list[Scene]:
    """Scenes of one kind for the same roles, each under the name of its function."""
    return [Scene(act.__name__, kind, act, subject, relatives) for act in acts]


def opening_day(calendar: Calendar) -> int:
    """The first day on which a scene may be set."""
    return calendar.daily_from - _DAYS


def _drafted(dataset: str, record: Row, changed_at: int) -> Row:
    row = {**record, "changed_at": changed_at}
    if row.keys() != set(SCHEMAS[dataset].names):
        raise ValueError(f"a scene files a row of {dataset} with other columns than its draft")
    return {column.name: _dated(column, row[column.name]) for column in SCHEMAS[dataset]}


def _dated(column: pa.Field, value: object) -> object:
    if not pa.types.is_date32(column.type) or not isinstance(value, int):
        return value
    return as_date(first_day(value) if "month" in column.name else value)
