"""Agriculture: what villages own and let, and who serves in their committees."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.drafts import ASSETS, CADRES, days, draft
from simulator.everyday.lives import Lives
from simulator.everyday.market import firms
from simulator.everyday.rows import again, as_known_then, ended_later, person, replaced, words
from simulator.identity import COUNTY_CODES
from simulator.keys import padded, record_keys
from simulator.people import NEVER, YEAR
from simulator.times import Calendar, Ints, as_date, day

PEOPLE_A_VILLAGE = 600
KINDS = ("耕地", "林地", "鱼塘", "房屋", "机械设备")
POSTS = ("村党支部书记", "村委会主任", "村委会委员", "村会计", "监委会主任")
_RENTS_YUAN = np.array([12_000, 6_000, 9_000, 15_000, 4_000])
_MOST_ASSETS, _FIRM_SHARE, _WAIVED_SHARE, _IN_KIND_SHARE, _LEFT_SHARE = 7, 0.15, 0.03, 0.02, 0.15
_TERM_BEGAN = day("2021-02-20")


@dataclass(frozen=True)
class Villages:
    """`number` is a village's in the province, `code` its division code of twelve digits."""

    number: Ints
    county: Ints
    township: pa.Array
    code: pa.Array


def collective_assets(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """A row for each asset and year; a village files its whole ledger at once, in the January after."""
    villages, calendar = _villages(lives), lives.people.calendar
    let = _let(lives, villages, rng)
    years = np.arange(as_date(calendar.history_from).year - 1, as_date(calendar.daily_from).year)
    asset, year = np.repeat(np.arange(let.num_rows), len(years)), np.tile(years, let.num_rows)
    filed = _filed(villages, years, calendar, rng)[np.asarray(let["nth_village"])[asset], year - years[0]]
    about = let.take(pa.array(asset))
    due = np.asarray(about["rent_fen"])
    excused = rng.choice(3, size=len(due), p=[1 - _WAIVED_SHARE - _IN_KIND_SHARE, _WAIVED_SHARE, _IN_KIND_SHARE])
    rows = draft(
        ASSETS,
        **{name: about[name] for name in about.column_names},
        record_no=record_keys(ASSETS, np.asarray(about["number"]), year),
        year=year,
        rent_due_fen=due,
        rent_paid_fen=np.where(excused > 0, 0, due),
        remark=words((None, "村民会议表决减免", "实物抵租"), excused),
        changed_at=filed,
    )
    rows = rows.filter(pc.greater_equal(rows["year"], pc.year(rows["from_on"])))
    return as_known_then(pa.concat_tables([rows, _set_right(rows, calendar, rng)]), lives, "person")


def village_cadres(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """One term of each post; some leave before it ends."""
    villages, people = _villages(lives), lives.people
    able = np.flatnonzero(
        lives.ordinary
        & ~lives.service.serves
        & (people.died_on == NEVER)
        & (people.age_years(_TERM_BEGAN) >= 25)
        & (people.age_years(_TERM_BEGAN) < 60)
    )
    posts = min(len(villages.number) * len(POSTS), len(able))
    who, village = rng.permutation(able)[:posts], np.arange(posts) // len(POSTS)
    begun = _TERM_BEGAN + rng.integers(0, 400, posts)
    left = begun + rng.integers(300, 6 * YEAR, posts)
    left = np.where((rng.random(posts) < _LEFT_SHARE) & (left < people.calendar.daily_from - 25), left, NEVER)
    rows = draft(
        CADRES,
        record_no=record_keys(CADRES, people.number[who]),
        **person(people, who),
        **_place(villages, village),
        post=words(POSTS, np.arange(posts) % len(POSTS)),
        from_on=days(begun),
        to_on=days(left, left == NEVER),
        changed_at=people.calendar.filed_at(begun + rng.integers(1, 30, posts), rng),
    )
    rows = ended_later(rows, "to_on", left, left < NEVER, people.calendar, rng)
    return as_known_then(pa.concat_tables([rows, again(rows, people.calendar, rng, 0.05)]), lives, "person")


def _villages(lives: Lives) -> Villages:
    people = lives.people
    number = (people.first + np.arange(0, len(people) - PEOPLE_A_VILLAGE + 1, PEOPLE_A_VILLAGE)) // PEOPLE_A_VILLAGE
    county, serial = number % len(COUNTY_CODES), number // len(COUNTY_CODES)
    township = pc.binary_join_element_wise(words(COUNTY_CODES, county), padded(100 + serial % 20, 3), "")
    return Villages(number, county, township, pc.binary_join_element_wise(township, padded(200 + serial // 20, 3), ""))


def _place(villages: Villages, which: Ints) -> dict[str, pa.Array]:
    index = pa.array(which)
    return {
        "county": words(COUNTY_CODES, villages.county[which]),
        "township": villages.township.take(index),
        "village": villages.code.take(index),
    }


def _let(lives: Lives, villages: Villages, rng: np.random.Generator) -> pa.Table:
    """Each asset with its lessee, who is a person or a firm, and its rent."""
    people, sellers = lives.people, firms(lives)
    count = rng.integers(3, _MOST_ASSETS + 1, len(villages.number))
    village = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(village)) - np.repeat(np.cumsum(count) - count, count)
    grown = np.flatnonzero(lives.ordinary & (people.age_years() >= 25))
    who = grown[rng.integers(0, max(len(grown), 1), len(village))] if len(grown) else village
    of_firm = (rng.random(len(village)) < _FIRM_SHARE) & (len(sellers.founder) > 0)
    firm = pa.array(rng.integers(0, max(len(sellers.founder), 1), len(village)), mask=~of_firm)
    kind = rng.integers(0, len(KINDS), len(village))
    begun = people.calendar.history_from - rng.integers(30, 3 * YEAR, len(village))
    to_person = pa.array(~of_firm)
    whose = {name: pc.if_else(to_person, column, None) for name, column in person(people, who).items()}
    place = _place(villages, village)
    return pa.table(
        {
            "nth_village": village,
            "number": villages.number[village] * 10 + nth,
            **place,
            "asset": pc.binary_join_element_wise(place["village"], padded(nth + 1, 3), "-"),
            "kind": words(KINDS, kind),
            "lessee": words(("个人", "企业"), of_firm.astype(np.int64)),
            **whose,
            "firm": sellers.code.take(firm),
            "from_on": days(begun),
            "to_on": days(begun + rng.integers(3, 20, len(village)) * YEAR),
            "rent_fen": (_RENTS_YUAN[kind] * rng.uniform(0.8, 1.2, len(village))).astype(np.int64) * 100,
        }
    )


def _filed(villages: Villages, years: Ints, calendar: Calendar, rng: np.random.Generator) -> Ints:
    """When each village files each year's ledger."""
    januaries = np.array([day(f"{year + 1}-01-08") for year in years])
    on = januaries + rng.integers(0, 20, (len(villages.number), len(years)))
    return calendar.filed_at(on.ravel(), rng).reshape(on.shape)


def _set_right(rows: pa.Table, calendar: Calendar, rng: np.random.Generator) -> pa.Table:
    """Some ledgers told too little of a rent that was paid."""
    paid = again(rows.filter(pc.greater(rows["rent_paid_fen"], 0)), calendar, rng, 0.04)
    more = pc.add(paid["rent_due_fen"], 5_000)
    return replaced(paid, rent_due_fen=more, rent_paid_fen=more)
