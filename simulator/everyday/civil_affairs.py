"""Civil affairs: deaths, relief, hardship, disability subsidies, marriages."""

import numpy as np
import pyarrow as pa

from simulator.drafts import DEATHS, DIBAO, DISABILITY_SUBSIDY, MARRIAGES, SPECIAL_HARDSHIP, days, draft
from simulator.everyday.lives import Lives
from simulator.everyday.rows import (
    again,
    as_known_then,
    county,
    ended_later,
    paid_on,
    person,
    raised,
    same,
    told,
    with_other_amounts,
    with_other_counties,
    words,
)
from simulator.keys import HOUSEHOLD, record_keys
from simulator.people import HEAD, NEVER, SPOUSE, YEAR, Flags
from simulator.times import Ints, first_days

CLASSES = ("一类", "二类", "三类", "四类")
KINDS = ("生活补贴", "护理补贴")
_RURAL_YUAN, _URBAN_YUAN = np.array([480, 440, 120, 90]), np.array([860, 640, 420, 300])
_MARRIED_SHARE, _DIVORCED_SHARE, _ONCE_MARRIED_SHARE = 0.8, 0.03, 0.06


def deaths(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """One entry for each ordinary death, filed within weeks."""
    people = lives.people
    who = np.flatnonzero((people.died_on < NEVER) & lives.ordinary)
    died_on = people.died_on[who]
    buried = rng.random(len(who)) < 0.45
    lag = np.where(buried, rng.integers(3, 90, len(who)), rng.integers(1, 12, len(who)))
    entries = draft(
        DEATHS,
        record_no=record_keys(DEATHS, people.number[who]),
        **person(people, who),
        died_on=days(died_on),
        basis=words(("火化", "土葬"), buried.astype(np.int64)),
        status=same("有效", len(who)),
        county=county(lives, who, died_on),
        changed_at=people.calendar.filed_at(died_on + lag, rng),
    )
    return as_known_then(with_other_counties(entries, people.calendar, rng), lives, "person")


def dibao(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """One row for each member and month."""
    relief = lives.relief
    who, month = relief.spell.months(lives.people.calendar)
    yuan = np.where(relief.urban[who], _URBAN_YUAN[relief.grade[who]], _RURAL_YUAN[relief.grade[who]])
    about = {
        "household": record_keys(HOUSEHOLD, lives.people.first + lives.head[who]),
        "area": words(("农村", "城市"), relief.urban[who].astype(np.int64)),
        "class": words(CLASSES, relief.grade[who]),
        "mode": words(("整户", "单人保"), relief.single[who].astype(np.int64)),
    }
    return _monthly(DIBAO, lives, who, month, yuan, rng, **about)


def special_hardship(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """The elderly who have nobody."""
    who, month = lives.hardship.months(lives.people.calendar)
    return _monthly(SPECIAL_HARDSHIP, lives, who, month, np.full(len(who), 820), rng)


def disability_subsidy(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Living and nursing subsidies; some people have both."""
    calendar = lives.people.calendar
    kinds = [spell.months(calendar) for spell in (lives.living, lives.nursing)]
    who, month = (np.concatenate(parts) for parts in zip(*kinds, strict=True))
    kind = np.repeat(np.arange(len(kinds)), [len(who) for who, _ in kinds])
    yuan = np.where(kind == 0, 110, 130)
    return _monthly(DISABILITY_SUBSIDY, lives, who, month, yuan, rng, nth=1_000 * kind, kind=words(KINDS, kind))


def marriages(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Heads of households with their spouses, and marriages of earlier years that were divorced."""
    now = _couples(lives, rng)
    before = _former_couples(lives, np.concatenate(now[:2]), rng)
    one, other, married, divorced = (np.concatenate(parts) for parts in zip(now, before, strict=True))
    nth = np.repeat([0, 1], [len(now[0]), len(before[0])])
    people, calendar = lives.people, lives.people.calendar
    spouse = person(people, other)
    filed = calendar.filed_at(married, rng)
    rows = draft(
        MARRIAGES,
        record_no=record_keys(MARRIAGES, people.number[one], nth),
        **person(people, one),
        spouse=spouse["person"],
        spouse_name=spouse["name"],
        married_on=days(married),
        divorced_on=days(divorced, divorced == NEVER),
        changed_at=filed,
    )
    rows = ended_later(rows, "divorced_on", divorced, divorced < NEVER, calendar, rng)
    return as_known_then(pa.concat_tables([rows, again(rows, calendar, rng)]), lives, "person", "spouse")


def _couples(lives: Lives, rng: np.random.Generator) -> tuple[Ints, Ints, Ints, Ints]:
    """Both people, the day of marriage and of divorce (NEVER for most)."""
    people, calendar = lives.people, lives.people.calendar
    spouse = np.flatnonzero((people.role == SPOUSE) & lives.ordinary & (rng.random(len(people)) < _MARRIED_SHARE))
    head = lives.head[spouse]
    fits = lives.ordinary[head] & (people.role[head] == HEAD) & (people.male[head] != people.male[spouse])
    head, first = np.unique(head[fits], return_index=True)
    spouse = spouse[fits][first]
    of_age = np.maximum(people.born[head], people.born[spouse]) + 21 * YEAR
    married = of_age + rng.integers(0, 9 * YEAR, len(head))
    ends = np.minimum(people.died_on[head], people.died_on[spouse])
    possible = married < np.minimum(ends, calendar.daily_from - 20)
    head, spouse, married, ends = head[possible], spouse[possible], married[possible], ends[possible]
    divorced = married + rng.integers(400, 12 * YEAR, len(head))
    divorces = (rng.random(len(head)) < _DIVORCED_SHARE) & (divorced < np.minimum(ends, calendar.daily_from - 40))
    return head, spouse, married, np.where(divorces, divorced, NEVER)


def _former_couples(lives: Lives, married_now: Ints, rng: np.random.Generator) -> tuple[Ints, Ints, Ints, Ints]:
    """People of about one age from different households, divorced before the history."""
    people, calendar = lives.people, lives.people.calendar
    chosen = lives.ordinary & ~lives.service.serves & ~lives.relief.spell.holds
    chosen &= (people.age_years(calendar.history_from) > 30) & (rng.random(len(people)) < _ONCE_MARRIED_SHARE)
    chosen &= people.died_on > calendar.history_from
    chosen[married_now] = False
    men, women = (_oldest_first(people.born, chosen & sex) for sex in (people.male, ~people.male))
    pairs = min(len(men), len(women))
    men, women = men[:pairs], women[:pairs]
    of_age = np.maximum(people.born[men], people.born[women]) + 21 * YEAR
    strangers = (people.household[men] != people.household[women]) & (of_age + 8 * YEAR < calendar.history_from)
    men, women, of_age = men[strangers], women[strangers], of_age[strangers]
    married = of_age + rng.integers(0, 3 * YEAR, len(men))
    return men, women, married, married + rng.integers(200, 4 * YEAR, len(men))


def _oldest_first(born: Ints, whom: Flags) -> Ints:
    who = np.flatnonzero(whom)
    return who[np.argsort(born[who], kind="stable")]


def _monthly(
    dataset: str,
    lives: Lives,
    who: Ints,
    month: Ints,
    yuan: Ints,
    rng: np.random.Generator,
    nth: Ints | int = 0,
    **about: pa.Array,
) -> pa.Table:
    people, calendar = lives.people, lives.people.calendar
    on = paid_on(month, rng)
    rows = draft(
        dataset,
        record_no=record_keys(dataset, people.number[who], nth + month - calendar.first_month),
        **person(people, who),
        month=days(first_days(month)),
        amount_fen=raised(yuan, month),
        county=county(lives, who, on),
        changed_at=told(calendar, on, rng),
        **about,
    )
    return as_known_then(with_other_amounts(rows, calendar, rng), lives, "person")
