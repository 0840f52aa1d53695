"""One chunk of the population: households of plausible ages, and who of them dies."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from simulator.identity import COUNTIES, COUNTY_CODES, GUESTS, identity_numbers, identity_slots
from simulator.names import SURNAMES, full_names
from simulator.times import DAILY_FROM, DAILY_TO, USUAL, Calendar, Ints, day

Flags = npt.NDArray[np.bool_]

YEAR = 365
NEVER = DAILY_TO + 100 * YEAR
FORMER_CODES_UNTIL = day("1985-01-01")
GUEST_SHARE = 0.003
_SIZES, _SHARES = np.arange(1, 7), [0.12, 0.26, 0.27, 0.2, 0.1, 0.05]
HEAD, SPOUSE, CHILD, PARENT = range(4)


@dataclass(frozen=True)
class People:
    """Column-wise; a person is an index into the columns, `first` + index is the person's number in the province.

    `died_on` and `treated_until` are NEVER for those who live on. `cast` marks those who play in a planted scene:
    nothing ordinary is invented about them that would get in its way.
    """

    first: int
    id: pa.StringArray
    name: pa.StringArray
    born: Ints
    male: Flags
    county: Ints
    household: Ints
    role: Ints
    died_on: Ints
    treated_until: Ints
    cast: Flags
    calendar: Calendar = USUAL

    def __len__(self) -> int:
        return len(self.born)

    def age_years(self, on: int = DAILY_FROM) -> Ints:
        return (on - self.born) // YEAR

    @property
    def number(self) -> Ints:
        return self.first + np.arange(len(self))

    def fated(self, who: Ints, died_on: Ints, treated_until: Ints) -> "People":
        """The same people, of whom some play in a scene."""
        died, treated, cast = self.died_on.copy(), self.treated_until.copy(), self.cast.copy()
        died[who], treated[who], cast[who] = died_on, treated_until, True
        return replace(self, died_on=died, treated_until=treated, cast=cast)


def make_people(rng: np.random.Generator, chunk: int, first: int, count: int, calendar: Calendar = USUAL) -> People:
    """The people `first` to `first + count`."""
    household, place = _households(rng, count)
    role, born = _generations(rng, household, place)
    male = _sexes(rng, household, role)
    guest = rng.random(count) < GUEST_SHARE
    numbers, county = _numbered(rng, chunk, born, male, guest)
    died_on = _deaths(rng, born, calendar)
    return People(
        first=first,
        id=numbers,
        name=full_names(_surnames(rng, household, role), _latin(numbers), rng),
        born=born,
        male=male,
        county=county,
        household=household,
        role=role,
        died_on=died_on,
        treated_until=died_on,
        cast=np.zeros(count, dtype=bool),
        calendar=calendar,
    )


def _households(rng: np.random.Generator, count: int) -> tuple[Ints, Ints]:
    """The household of each person, and the place within it."""
    sizes = rng.choice(_SIZES, size=count, p=_SHARES)
    ends = np.cumsum(sizes)
    household = np.searchsorted(ends, np.arange(count), side="right")
    return household, np.arange(count) - (ends - sizes)[household]


def _generations(rng: np.random.Generator, household: Ints, place: Ints) -> tuple[Ints, Ints]:
    head_age = (rng.triangular(22, 45, 88, len(household)) * YEAR).astype(np.int64)[household]
    role = np.choose(np.minimum(place, 5), [HEAD, SPOUSE, CHILD, CHILD, PARENT, PARENT])
    # The parents of the elderly are gone, and very young heads have nobody below them.
    role = np.where((role == PARENT) & (head_age > 62 * YEAR), CHILD, role)
    role = np.where((role == CHILD) & (head_age < 24 * YEAR), SPOUSE, role)
    n = len(household)
    spouse = np.maximum(head_age + rng.integers(-3 * YEAR, 3 * YEAR, n), 21 * YEAR)
    child = (rng.random(n) * np.minimum(head_age - 22 * YEAR, 18 * YEAR)).astype(np.int64)
    child = np.maximum(head_age - 40 * YEAR, 0) + child
    parent = head_age + rng.integers(20 * YEAR, 36 * YEAR, n)
    age = np.choose(role, [head_age, spouse, child, np.minimum(parent, 101 * YEAR)])
    return role, DAILY_FROM - 30 - age - rng.integers(0, YEAR, n)


def _sexes(rng: np.random.Generator, household: Ints, role: Ints) -> Flags:
    male: Flags = rng.random(len(role)) < 0.51
    head_male = (rng.random(len(role)) < 0.7)[household]
    return np.where(role == HEAD, head_male, np.where(role == SPOUSE, ~head_male, male))


def _surnames(rng: np.random.Generator, household: Ints, role: Ints) -> Ints:
    family = rng.integers(0, SURNAMES, len(role))[household]
    return np.where(role == SPOUSE, rng.integers(0, SURNAMES, len(role)), family)


def _numbered(
    rng: np.random.Generator, chunk: int, born: Ints, male: Flags, guest: Flags
) -> tuple[pa.StringArray, Ints]:
    """Numbers, and the county (an index of COUNTIES) where each person is insured."""
    prefixes = (*COUNTY_CODES, *(former or code for code, former in COUNTIES))
    county, sequence = identity_slots(len(COUNTIES), born, male, chunk)
    residents = identity_numbers(prefixes, county + len(COUNTIES) * (born < FORMER_CODES_UNTIL), born, sequence)
    which, guest_sequence = identity_slots(len(GUESTS), born[guest], male[guest], chunk)
    guests = identity_numbers(GUESTS, which, born[guest], guest_sequence)
    elsewhere = rng.integers(0, len(COUNTY_CODES), len(born))
    return pc.replace_with_mask(residents, pa.array(guest), guests), np.where(guest, elsewhere, county)


def _latin(numbers: pa.StringArray) -> Flags:
    return np.asarray(pc.starts_with(numbers, "9"))


def _deaths(rng: np.random.Generator, born: Ints, calendar: Calendar) -> Ints:
    # Deaths of the year before the history are known too: agencies share what they still keep.
    earliest = calendar.history_from - YEAR
    years = (calendar.daily_from - earliest) / YEAR
    age = np.maximum((DAILY_FROM - born) / YEAR, 0)
    dies = rng.random(len(born)) < np.minimum(0.8, np.minimum(0.2, 0.00067 * np.exp(0.075 * (age - 30))) * years)
    died_on = rng.integers(earliest, calendar.daily_from, len(born))
    return np.where(dies & (born < earliest), died_on, NEVER)
