"""Columns that many drafts share, and what happens to a row after it was first told."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.everyday.lives import Lives
from simulator.identity import COUNTY_CODES
from simulator.keys import padded
from simulator.people import People
from simulator.times import DAY_SECONDS, Calendar, Ints, first_days

CORRECTED_SHARE = 0.015
LATE_SHARE = 0.01
# Offices pay between these days of a month, and tell of it within days: the last month is told before the daily day.
_PAID_BETWEEN = (5, 19)


def words(vocabulary: Sequence[str | None], which: Ints) -> pa.Array:
    """The words of these places."""
    return pa.array(vocabulary, pa.string()).take(pa.array(which))


def same(word: str, count: int) -> pa.Array:
    """One word, as often as there are rows."""
    return pa.repeat(pa.scalar(word, pa.string()), count)


def person(people: People, who: Ints) -> dict[str, pa.Array]:
    """Number and name."""
    index = pa.array(who)
    return {"person": people.id.take(index), "name": people.name.take(index)}


def county(lives: Lives, who: Ints, on: Ints) -> pa.Array:
    """The code of the county where each person lives on a day."""
    return words(COUNTY_CODES, lives.county_on(who, on))


def unit_code(of_county: Ints, unit: Ints) -> pa.Array:
    """A unit's code: its county and its number there."""
    return pc.binary_join_element_wise(words(COUNTY_CODES, of_county), padded(unit + 1, 3), "")


def paid_on(months: Ints, rng: np.random.Generator) -> Ints:
    """The day in a month when a payment of the month is made."""
    return first_days(months) + rng.integers(*_PAID_BETWEEN, len(months))


def told(calendar: Calendar, on: Ints, rng: np.random.Generator) -> Ints:
    """The moment when a payment made on a day is delivered: within days; a few weeks later."""
    late = np.where(rng.random(len(on)) < LATE_SHARE, rng.integers(5, 60, len(on)), 0)
    return calendar.filed_at(on + rng.integers(0, 6, len(on)) + late, rng)


def raised(amount_yuan: Ints, months: Ints, share: float = 0.05) -> Ints:
    """Monthly amounts in fen: rates are raised each July, by a share of the first."""
    years = (months - 6) // 12 - 54
    raised_yuan: Ints = np.round(amount_yuan * (1 + share * years)).astype(np.int64)
    return np.maximum(raised_yuan, 10) * 100


def replaced(rows: pa.Table, **columns: pa.Array) -> pa.Table:
    """The rows with other values in these columns."""
    for name, values in columns.items():
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, rows.schema.field(at), pc.cast(values, rows.schema.field(at).type))
    return rows


def again(rows: pa.Table, calendar: Calendar, rng: np.random.Generator, share: float = CORRECTED_SHARE) -> pa.Table:
    """Some rows once more, changed later: a fifth of them on the daily day."""
    latest = _arrived(rows, calendar)
    some = latest.filter(pa.array(rng.random(latest.num_rows) < share))
    first = np.asarray(some["changed_at"])
    later = first + rng.integers(1, 60 * DAY_SECONDS, len(first))
    today = calendar.daily_starts + rng.integers(9 * 3600, 18 * 3600, len(first))
    on_the_day = (rng.random(len(first)) < 0.2) & (first < calendar.daily_starts)
    return replaced(some, changed_at=pa.array(np.where(on_the_day, today, later)))


def with_other_amounts(
    rows: pa.Table, calendar: Calendar, rng: np.random.Generator, field: str = "amount_fen"
) -> pa.Table:
    """The rows, and corrections of some that set the amount right."""
    corrected = again(rows, calendar, rng)
    amount = np.asarray(corrected[field]) + rng.integers(1, 50, corrected.num_rows) * 100
    return pa.concat_tables([rows, replaced(corrected, **{field: pa.array(amount)})])


def with_other_counties(
    rows: pa.Table, calendar: Calendar, rng: np.random.Generator, field: str = "county"
) -> pa.Table:
    """The rows, and corrections of some that name another county."""
    corrected = again(rows, calendar, rng)
    elsewhere = words(COUNTY_CODES, rng.integers(0, len(COUNTY_CODES), corrected.num_rows))
    return pa.concat_tables([rows, replaced(corrected, **{field: elsewhere})])


def ended_later(
    rows: pa.Table, ended: str, on: Ints, ends: pa.Array, calendar: Calendar, rng: np.random.Generator
) -> pa.Table:
    """The rows as they are told first, without an end, and once more when something ended.

    `on` is the day of each row's end, `ends` tells which have one. What ended before the history is told once.
    """
    until = calendar.filed_at(on + rng.integers(1, 20, rows.num_rows), rng)
    first = np.asarray(rows["changed_at"])
    ended_rows = replaced(rows, changed_at=pa.array(np.where(ends, until, first)))
    twice = ends & (on >= calendar.history_from) & (first < until)
    opening = replaced(rows, **{ended: pa.nulls(rows.num_rows, rows.schema.field(ended).type)})
    return pa.concat_tables([ended_rows, opening.filter(pa.array(twice))])


def as_known_then(rows: pa.Table, lives: Lives, *fields: str) -> pa.Table:
    """What has arrived when the daily interval ends, each row under the number that the person had when it was told."""
    rows = _arrived(rows, lives.people.calendar)
    for field in fields:
        place = pc.index_in(rows[field], value_set=lives.numbers_now)
        known = pc.is_valid(place)
        cut = pc.fill_null(lives.changed_at.take(place), 0)
        before = pc.and_(known, pc.less(rows["changed_at"], cut))
        former = lives.numbers_before.take(place)
        rows = replaced(rows, **{field: pc.if_else(before, former, rows[field])})
    return rows


def _arrived(rows: pa.Table, calendar: Calendar) -> pa.Table:
    return rows.filter(pc.less(rows["changed_at"], calendar.daily_ends))
