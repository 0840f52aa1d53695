"""Finance: what citizens get on one card."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from simulator.drafts import PAYMENTS, days, draft
from simulator.everyday.lives import ALWAYS, Lives, Spell
from simulator.everyday.rows import (
    as_known_then,
    county,
    paid_on,
    person,
    raised,
    same,
    told,
    with_other_amounts,
)
from simulator.keys import record_keys
from simulator.people import HEAD, NEVER, YEAR, Flags
from simulator.times import Ints, first_days, months_of

OLD_AGE, ORPHANS, INJURED = "高龄津贴", "孤儿基本生活费", "工伤护理费"
FARMLAND, FUNERAL = "耕地地力保护补贴", "丧葬补助"
_MONTH_OF_FARMLAND = 4  # May, counted from January
_OLD_AGE_SHARE, _FARMER_SHARE, _FUNERAL_SHARE, _RETURNED_SHARE = 0.6, 0.4, 0.3, 0.1
Paid = tuple[Ints, Ints, str, Ints, int, bool]  # who, month, subsidy, yuan, first record, whether it came back


def subsidy_payments(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Monthly allowances of persons, the yearly one of farming households, and grants for funerals."""
    tables = [_paid(lives, rng, *part) for part in _parts(lives, rng)]
    rows = with_other_amounts(pa.concat_tables(tables), lives.people.calendar, rng)
    return as_known_then(rows, lives, "person")


def _parts(lives: Lives, rng: np.random.Generator) -> Iterator[Paid]:
    calendar = lives.people.calendar
    old = _old_age(lives, rng)
    for nth, (spell, subsidy, yuan) in enumerate(
        ((old, OLD_AGE, 100), (lives.orphaned, ORPHANS, 1_120), (lives.injured, INJURED, 1_450))
    ):
        who, month = spell.months(calendar)
        yield who, month, subsidy, np.full(len(who), yuan), 200 * nth, False
    who, month = _farming(lives, rng)
    yield who, month, FARMLAND, 180 + who % 700, 1_000, False
    after = _died_in_history(lives)
    buried = np.flatnonzero(after & (rng.random(len(after)) < _FUNERAL_SHARE))
    yield buried, _month_after_death(lives, buried), FUNERAL, np.full(len(buried), 1_800), 2_000, False
    back = np.flatnonzero(after & old.holds & (rng.random(len(after)) < _RETURNED_SHARE))
    yield back, _month_after_death(lives, back), OLD_AGE, np.full(len(back), 100), 3_000, True


def _old_age(lives: Lives, rng: np.random.Generator) -> Spell:
    """From the month after the eightieth birthday to the month of death."""
    people = lives.people
    last = np.where(people.died_on < NEVER, months_of(np.minimum(people.died_on, NEVER)), ALWAYS)
    drawn = lives.ordinary & (rng.random(len(people)) < _OLD_AGE_SHARE)
    return Spell(months_of(people.born + 80 * YEAR + 20) + 1, last).of(drawn)


def _farming(lives: Lives, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Each May to the head for the household; for a year after a head's death still under that name."""
    people, calendar = lives.people, lives.people.calendar
    heads = np.flatnonzero((people.role == HEAD) & lives.ordinary & (rng.random(len(people)) < _FARMER_SHARE))
    months = np.arange(calendar.first_month, calendar.last_month + 1)
    mays = months[months % 12 == _MONTH_OF_FARMLAND]
    who, month = np.repeat(heads, len(mays)), np.tile(mays, len(heads))
    grown = first_days(month) > people.born[who] + 20 * YEAR
    paid = grown & (first_days(month) < people.died_on[who] + 380)
    return who[paid], month[paid]


def _died_in_history(lives: Lives) -> Flags:
    people, calendar = lives.people, lives.people.calendar
    month = months_of(np.minimum(people.died_on, NEVER))
    return lives.ordinary & (month >= calendar.first_month) & (month < calendar.last_month)


def _month_after_death(lives: Lives, who: Ints) -> Ints:
    return months_of(lives.people.died_on[who]) + 1


def _paid(
    lives: Lives, rng: np.random.Generator, who: Ints, month: Ints, subsidy: str, yuan: Ints, nth: int, came_back: bool
) -> pa.Table:
    people, calendar = lives.people, lives.people.calendar
    on = paid_on(month, rng)
    back = np.minimum(on + rng.integers(5, 40, len(who)), calendar.daily_from - 8)
    return draft(
        PAYMENTS,
        record_no=record_keys(PAYMENTS, people.number[who], nth + month - calendar.first_month),
        **person(people, who),
        subsidy=same(subsidy, len(who)),
        paid_for=same("户" if subsidy == FARMLAND else "个人", len(who)),
        month=days(first_days(month)),
        paid_on=days(on),
        amount_fen=raised(yuan, month),
        returned_on=days(back, np.full(len(who), not came_back)),
        county=county(lives, who, on),
        changed_at=told(calendar, back if came_back else on, rng),
    )
