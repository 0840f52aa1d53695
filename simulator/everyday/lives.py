"""What ordinary people's lives are before an office records them: relief, service, pensions, moves, numbers.

Who plays in a scene has none of it. Whatever two of these facts together would make a lead is given to different
people or, where relatives matter, to different households.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.identity import COUNTY_CODES, former_number
from simulator.names import folded
from simulator.people import NEVER, YEAR, Flags, People
from simulator.times import DAY_SECONDS, Calendar, Ints, moment, months_of

ALWAYS = 100_000  # a month that never comes
EMPLOYED_SHARE_OF_ADULTS = 0.03
UNITS = ("教育局", "财政局", "第一中学", "人民医院", "农业农村局", "自然资源局", "住房和城乡建设局", "街道办事处")
STAFFINGS = ("行政", "事业", "聘用")

_RELIEF_SHARE_OF_HOUSEHOLDS, _CLASSES = 0.05, 4
_MOVED_SHARE, _CHANGED_SHARE, _SHARED_SHARE = 0.03, 0.002, 0.0004


@dataclass(frozen=True)
class Spell:
    """For each person the first and the last month of something; nothing where the last is before the first."""

    first: Ints
    last: Ints

    @property
    def holds(self) -> Flags:
        held: Flags = self.last >= self.first
        return held

    def of(self, whom: Flags) -> "Spell":
        """The spells of these people only."""
        return Spell(self.first, np.where(whom, self.last, self.first - 1))

    def months(self, calendar: Calendar) -> tuple[Ints, Ints]:
        """Person and month, one row for each month of the history that lies within a spell."""
        first = np.maximum(self.first, calendar.first_month)
        count = np.maximum(np.minimum(self.last, calendar.last_month) - first + 1, 0)
        who = np.repeat(np.arange(len(first)), count)
        return who, first[who] + np.arange(len(who)) - np.repeat(np.cumsum(count) - count, count)


@dataclass(frozen=True)
class Service:
    """Public service: days, NEVER for who is not in it, or still in post. `moved_on` is the day of changing units."""

    posted: Ints
    left: Ints
    staffing: Ints
    unit: Ints
    moved_on: Ints
    next_unit: Ints
    seconded: Spell

    @property
    def serves(self) -> Flags:
        who: Flags = self.posted < NEVER
        return who

    @property
    def paid(self) -> Spell:
        """The months of salary."""
        last = np.where(self.left < NEVER, months_of(np.minimum(self.left, NEVER)), ALWAYS)
        return Spell(months_of(self.posted), np.where(self.serves, last, -1))


@dataclass(frozen=True)
class Relief:
    """The minimum living allowance of households. `single`: one member alone has it. `grade` 0 is the poorest."""

    spell: Spell
    grade: Ints
    urban: Flags
    single: Flags


@dataclass(frozen=True)
class Lives:
    """Facts of each person, by index. `numbers_now`, `numbers_before` and `changed_at` list those whose number changed.

    `head` is the first person of the household, `moved_on` NEVER for who stays in the county. `chance` is where
    whatever several datasets tell of, and no person's life, is drawn from.
    """

    people: People
    ordinary: Flags
    head: Ints
    service: Service
    relief: Relief
    hardship: Spell
    living: Spell
    nursing: Spell
    injured: Spell
    orphaned: Spell
    welfare_post: Spell
    pension: Spell
    employee: Spell
    moved_on: Ints
    moved_to: Ints
    numbers_now: pa.Array
    numbers_before: pa.Array
    changed_at: pa.Array
    chance: int

    @property
    def supported(self) -> Flags:
        """Who draws anything that custody would end."""
        own = self.relief.spell.holds | self.pension.holds | self.welfare_post.holds
        return own | self.service.serves

    def county_on(self, who: Ints, on: Ints) -> Ints:
        """The county (an index of COUNTY_CODES) where each person lives on a day."""
        moved = on >= self.moved_on[who]
        return np.where(moved, self.moved_to[who], self.people.county[who])


def live(people: People, rng: np.random.Generator) -> Lives:
    """Draw the lives of a chunk's people."""
    ordinary = ~people.cast
    resident = ordinary & ~np.asarray(pc.match_substring_regex(people.id, "^[89]"))
    head = np.searchsorted(people.household, people.household)
    service = _service(people, ordinary, rng)
    relief = _relief(people, resident, ~_in_household_of(people, service.serves | ~resident), rng)
    hardship = _spells(people, rng, resident & ~relief.spell.holds & _of_age(people, 60, 200), 0.03)
    injured = _spells(people, rng, resident & ~hardship.holds & _of_age(people, 20, 60), 0.0008)
    orphaned = _orphaned(people, resident, rng)
    able_for_either = resident & ~hardship.holds & ~injured.holds & ~service.serves
    never_eighty = people.born > people.calendar.daily_to - 80 * YEAR - 60
    living = _spells(people, rng, able_for_either & ~orphaned.holds & never_eighty, 0.007)
    nursing = _spells(people, rng, able_for_either, 0.007)
    post = _spells(people, rng, resident & ~relief.spell.holds & ~service.serves & _of_age(people, 35, 58), 0.015)
    pension = _pension(people, resident, service, rng)
    moved_on, moved_to = _moves(people, rng)
    now, before, at = _changed_numbers(people, resident, service, rng)
    return Lives(
        people=people,
        ordinary=ordinary,
        head=head,
        service=service,
        relief=relief,
        hardship=hardship,
        living=living,
        nursing=nursing,
        injured=injured,
        orphaned=orphaned,
        welfare_post=post,
        pension=pension,
        employee=_employee(people, resident, service, rng),
        moved_on=moved_on,
        moved_to=moved_to,
        numbers_now=now,
        numbers_before=before,
        changed_at=at,
        chance=int(rng.integers(1 << 62)),
    )


def _of_age(people: People, youngest: int, oldest: int) -> Flags:
    """Who is of this age in the middle of the history."""
    middle = (people.calendar.history_from + people.calendar.daily_from) // 2
    age = people.age_years(middle)
    return (age >= youngest) & (age < oldest)


def _in_household_of(people: People, whom: Flags) -> Flags:
    """Who lives in a household with one of these people."""
    return np.bincount(people.household, weights=whom)[people.household] > 0


def _last_month_alive(people: People) -> Ints:
    return np.where(people.died_on < NEVER, months_of(people.died_on), ALWAYS)


def _spells(people: People, rng: np.random.Generator, among: Flags, share: float) -> Spell:
    """Spells of a share of these people; most begin before the history and go on after it. Death ends them."""
    calendar, n = people.calendar, len(people)
    length = calendar.last_month - calendar.first_month + 1
    first = calendar.first_month + np.where(
        rng.random(n) < 0.6, -rng.integers(1, 36, n), rng.integers(0, max(length - 2, 1), n)
    )
    first = np.maximum(first, months_of(people.born) + 1)
    ends = calendar.last_month + np.where(rng.random(n) < 0.65, ALWAYS, -rng.integers(0, max(length - 1, 1), n))
    last = np.minimum(np.maximum(ends, first + 2), _last_month_alive(people))
    return Spell(first, last).of(among & (rng.random(n) < share))


def _relief(people: People, resident: Flags, eligible: Flags, rng: np.random.Generator) -> Relief:
    """Whole households, or one member of them; nobody in public service lives there, nor who plays in a scene."""
    drawn = rng.random(len(people))[people.household] < _RELIEF_SHARE_OF_HOUSEHOLDS
    single = (rng.random(len(people)) < 0.12)[people.household]
    first_of_household = np.searchsorted(people.household, people.household)
    chosen = first_of_household == np.arange(len(people))
    own = _spells(people, rng, eligible, 1.0)
    # Members share the head's months, but join when they are born and leave when they die.
    first = np.maximum(own.first[first_of_household], months_of(people.born) + 1)
    alive_until = _last_month_alive(people)
    last = np.where(
        own.last[first_of_household] >= alive_until[first_of_household], ALWAYS, own.last[first_of_household]
    )
    spell = Spell(first, np.minimum(last, alive_until)).of(resident & eligible & drawn & (chosen | ~single))
    grade = rng.choice(_CLASSES, size=len(people), p=[0.15, 0.35, 0.35, 0.15])[people.household]
    return Relief(spell, grade, (rng.random(len(people)) < 0.3)[people.household], single)


def _service(people: People, ordinary: Flags, rng: np.random.Generator) -> Service:
    """Death and the sixtieth birthday end the service."""
    calendar, n = people.calendar, len(people)
    of_age, retires = people.born + 22 * YEAR, people.born + 60 * YEAR + 15
    latest = np.minimum(np.minimum(people.died_on, retires), calendar.daily_from) - 200
    posted = of_age + (rng.random(n) * np.maximum(latest - of_age, 1)).astype(np.int64)
    quits = np.where(rng.random(n) < 0.12, posted + 190 + rng.integers(0, 4000, n), NEVER)
    left = np.minimum(np.minimum(quits, retires), people.died_on)
    left = np.where(left >= calendar.daily_from - 20, NEVER, left)
    adult = ordinary & (people.age_years() >= 23) & (people.age_years(calendar.history_from) <= 68)
    alive = adult & (people.died_on > calendar.history_from) & (latest > of_age)
    serves = alive & (rng.random(n) < EMPLOYED_SHARE_OF_ADULTS)
    moved_on = calendar.history_from + rng.integers(0, calendar.daily_from - calendar.history_from - 30, n)
    moves = serves & (rng.random(n) < 0.05) & (posted < moved_on - 60) & (moved_on < left - 60)
    unit = rng.integers(0, len(UNITS), n)
    return Service(
        posted=np.where(serves, posted, NEVER),
        left=np.where(serves, left, NEVER),
        staffing=rng.choice(len(STAFFINGS), size=n, p=[0.35, 0.45, 0.2]),
        unit=unit,
        moved_on=np.where(moves, moved_on, NEVER),
        next_unit=(unit + 1 + rng.integers(0, len(UNITS) - 1, n)) % len(UNITS),
        seconded=_secondments(people, rng, serves & ~moves, posted, left),
    )


def _secondments(people: People, rng: np.random.Generator, among: Flags, posted: Ints, left: Ints) -> Spell:
    """Months at another unit, which pays an allowance beside the salary."""
    spells = _spells(people, rng, among, 0.05)
    first = np.maximum(spells.first, months_of(posted) + 1)
    last = np.minimum(np.minimum(spells.last, first + 11), months_of(left) - 1)
    return Spell(first, last).of(spells.holds)


def _orphaned(people: People, resident: Flags, rng: np.random.Generator) -> Spell:
    """Until they are of age."""
    spells = _spells(people, rng, resident & (people.age_years() < 16), 0.004)
    return Spell(spells.first, np.minimum(spells.last, months_of(people.born + 18 * YEAR)))


def _pension(people: People, resident: Flags, service: Service, rng: np.random.Generator) -> Spell:
    """From the month after the sixtieth birthday, or after leaving service, to the month of death."""
    retires = np.maximum(people.born + 60 * YEAR + 20, np.where(service.serves, service.left, 0))
    entitled = resident & (retires < NEVER) & (rng.random(len(people)) < 0.75)
    return Spell(months_of(np.minimum(retires, NEVER)) + 1, _last_month_alive(people)).of(entitled)


def _employee(people: People, resident: Flags, service: Service, rng: np.random.Generator) -> Spell:
    """The employees' health insurance: of who serves, and of a fifth of those who work elsewhere."""
    n, calendar = len(people), people.calendar
    working = resident & ~service.serves & (people.age_years() >= 20) & (rng.random(n) < 0.22)
    hired = people.born + 20 * YEAR + (rng.random(n) * 30 * YEAR).astype(np.int64)
    hired = np.minimum(hired, np.minimum(calendar.daily_from, people.died_on) - 60 - rng.integers(0, 600, n))
    since = np.where(service.serves, service.posted, hired)
    quits = np.where(rng.random(n) < 0.15, months_of(since) + rng.integers(6, 200, n), ALWAYS)
    left = np.where(service.left < NEVER, months_of(service.left), ALWAYS)
    last = np.minimum(np.where(service.serves, left, quits), _last_month_alive(people))
    last = np.where(last > calendar.last_month - 1, np.minimum(ALWAYS, _last_month_alive(people)), last)
    return Spell(months_of(since), last).of(service.serves | working)


def _moves(people: People, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Households that move to another county; nobody of a scene among them."""
    calendar, n = people.calendar, len(people)
    moves = (rng.random(n)[people.household] < _MOVED_SHARE) & ~_in_household_of(people, people.cast)
    on = rng.integers(calendar.history_from, calendar.daily_from, n)[people.household]
    to = rng.integers(0, len(COUNTY_CODES), n)[people.household]
    return np.where(moves, on, NEVER), to


def _changed_numbers(
    people: People, resident: Flags, service: Service, rng: np.random.Generator
) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Numbers now and before, and the moment of the change. Some shared their number with somebody of another name."""
    calendar, n = people.calendar, len(people)
    grown = resident & (people.died_on == NEVER) & (people.age_years() > 18)
    who = rng.permutation(np.flatnonzero(grown & (rng.random(n) < _CHANGED_SHARE)))
    keepers = rng.permutation(np.flatnonzero(grown & ~service.serves & (rng.random(n) < _SHARED_SHARE)))
    before = [former_number(number) for number in people.id.take(pa.array(who)).to_pylist()]
    for place, (one, other) in enumerate(zip(who, keepers[: len(who) // 3], strict=False)):
        if other not in who and folded(people.name[int(one)].as_py()) != folded(people.name[int(other)].as_py()):
            before[place] = people.id[int(other)].as_py()
    on = rng.integers(calendar.history_from + 20, calendar.daily_from - 10, len(who))
    at = on * DAY_SECONDS + moment(0) + rng.integers(8 * 3600, 20 * 3600, len(who))
    return people.id.take(pa.array(who)), pa.array(before, pa.string()), pa.array(at)
