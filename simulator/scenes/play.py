"""The stage: one subject, and the rows a scene leaves in the agencies' systems."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.drafts import DATASETS, DEATHS, DUI_CASES, EMPLOYEES, SETTLEMENTS
from simulator.everyday import HOSPITALS_A_COUNTY, RANKS, UNITS
from simulator.people import NEVER, YEAR
from simulator.times import DAILY_FROM, DAILY_TO, HISTORY_FROM, as_date, moment

PLANTED, BY_DATA, BY_VISIT = KINDS = ("planted", "excused_by_data", "excused_by_visit")

Row = dict[str, object]
_FIRST_STAGED_VISIT = 40  # ordinary visits of a person are numbered below


@dataclass(frozen=True)
class Subject:
    """Who plays."""

    number: int
    id: str
    name: str
    born: int
    county: str


@dataclass
class Play:
    """What one scene adds. Days are numbers of `simulator.times`; `filed` is the day the agency delivers the row."""

    subject: Subject
    dice: random.Random
    rows: dict[str, list[Row]] = field(default_factory=lambda: {dataset: [] for dataset in DATASETS})
    died_on: int = NEVER
    treated_until: int = NEVER

    def between(self, first: int, last: int) -> int:
        """A day, both ends included."""
        return self.dice.randint(first, max(first, last))

    def dies(self, on: int) -> int:
        self.died_on = self.treated_until = on
        return on

    def taken_for_dead(self, on: int) -> int:
        """The subject lives; nothing but the scene's own rows follows this day."""
        self.treated_until = on
        return on

    def death_entry(self, died_on: int, filed: int, basis: str = "火化", status: str = "有效", name: str = "") -> None:
        about = {"died_on": as_date(died_on), "basis": basis, "status": status, "county": self.subject.county}
        self._add(DEATHS, f"D{self.subject.number * 4 + 1:012d}", filed, name, about)

    def visit(
        self,
        started: int,
        kind: str = "14",
        ended: int | None = None,
        settled: int | None = None,
        filed: int | None = None,
        pool_fund: bool = True,
    ) -> None:
        ended = started if ended is None else ended
        settled = ended if settled is None else settled
        total = self.dice.randint(3_000, 90_000)
        fund = int(total * self.dice.uniform(0.35, 0.85)) if pool_fund else 0
        about: Row = {
            "visit_type": kind,
            "insurance_type": self.dice.choice(("310", "390")),
            "started_on": as_date(started),
            "ended_on": as_date(ended),
            "settled_on": as_date(settled),
            "hospital": f"H{self.subject.county}{self.dice.randint(1, HOSPITALS_A_COUNTY):05d}",
            "total_fen": total,
            "pool_fund_fen": fund,
            "account_fen": total - fund,
            "place_of_insurance": self.subject.county,
        }
        nth = _FIRST_STAGED_VISIT + len(self.rows[SETTLEMENTS])
        filed = in_history(settled + self.dice.randint(0, 2)) if filed is None else filed
        self._add(SETTLEMENTS, f"S{self.subject.number * 64 + nth:013d}", filed, "", about)

    def post(
        self,
        posted_on: int,
        filed: int,
        staffing: str = "行政",
        left_on: int | None = None,
        nth: int = 1,
    ) -> None:
        unit = (self.subject.number + nth) % len(UNITS)
        about: Row = {
            "unit": self.subject.county + UNITS[unit],
            "staffing": staffing,
            "rank": RANKS[self.subject.number % len(RANKS)],
            "posted_on": as_date(posted_on),
            "left_on": None if left_on is None else as_date(left_on),
            "managed_by": self.subject.county,
        }
        self._add(EMPLOYEES, f"{self.subject.county}{unit + 1:03d}-{self.subject.id}-{nth}", filed, "", about)

    def caught(
        self,
        on: int,
        filed: int | None = None,
        alcohol: int = 120,
        retest: int | None = None,
        vehicle: str = "机动车",
        identity: str = "已核实",
        name: str = "",
    ) -> None:
        about: Row = {
            "caught_on": as_date(on),
            "offence": "醉酒" if alcohol >= 80 else "饮酒",
            "alcohol_mg": alcohol,
            "retest_mg": retest,
            "vehicle": vehicle,
            "identity": identity,
            "county": self.subject.county,
        }
        filed = in_history(on + self.dice.randint(0, 2)) if filed is None else filed
        self._add(DUI_CASES, f"P{self.subject.number * 4 + 1:012d}", filed, name, about)

    def hired(self) -> int:
        """A day of entering service long before the history."""
        return self.between(self.subject.born + 22 * YEAR, HISTORY_FROM - 100)

    def _add(self, dataset: str, record_no: str, filed: int, name: str, about: Row) -> None:
        if not HISTORY_FROM <= filed < DAILY_TO:
            raise ValueError(f"a scene files a row of {dataset} outside the calendar")
        changed_at = moment(filed, self.dice.randrange(8 * 3600, 20 * 3600))
        person = {"record_no": record_no, "person": self.subject.id, "name": name or self.subject.name}
        self.rows[dataset].append({**person, **about, "changed_at": changed_at})


@dataclass(frozen=True)
class Scene:
    """One way to be a case, or to look like one."""

    name: str
    kind: str
    act: Callable[[Play], None]

    @property
    def lead_expected(self) -> bool:
        return self.kind != BY_DATA


def in_history(on: int) -> int:
    """The day, or the nearest one of the history."""
    return min(max(on, HISTORY_FROM), DAILY_FROM - 1)
