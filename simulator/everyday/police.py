"""Police: cancelled registrations, drunk driving, vehicles, detentions, changed numbers."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.drafts import CANCELLATIONS, DETENTIONS, DUI_CASES, ID_CHANGES, VEHICLES, days, draft
from simulator.everyday.lives import Lives
from simulator.everyday.rows import (
    again,
    as_known_then,
    county,
    ended_later,
    person,
    replaced,
    same,
    with_other_counties,
    words,
)
from simulator.keys import record_keys
from simulator.people import NEVER, YEAR
from simulator.times import Ints

CAUGHT_SHARE_OF_ADULTS = 0.006
_OWNER_SHARE_OF_ADULTS, _DETAINED_SHARE_OF_ADULTS = 0.2, 0.006
_REASONS, _REASON_SHARES = ("重复户口", "出国", "参军"), (0.25, 0.35, 0.4)
_NOT_DEAD_SHARE = 0.002
_VEHICLES, _VEHICLE_SHARES = ("小型汽车", "大型汽车", "三轮汽车", "摩托车", "残疾人专用"), (0.62, 0.05, 0.12, 0.2, 0.01)
_MEASURES = ("刑事拘留", "逮捕", "服刑", "缓刑", "取保候审", "行政拘留")
_IN_CUSTODY = 3  # measures before this one end what the state pays
_SHORTEST, _LONGEST = np.array([3, 30, 180, 180, 30, 5]), np.array([37, 200, 1500, 1500, 360, 15])


def household_cancellations(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Most deaths, and some who emigrated, joined the army or were registered twice: those are no deaths."""
    people, calendar = lives.people, lives.people.calendar
    dead = lives.ordinary & (people.died_on < NEVER) & (rng.random(len(people)) < 0.85)
    away = lives.ordinary & (people.died_on == NEVER) & (people.age_years() > 18)
    gone, left = np.flatnonzero(dead), np.flatnonzero(away & (rng.random(len(people)) < _NOT_DEAD_SHARE))
    died_on = people.died_on[gone]
    on = np.concatenate([died_on, rng.integers(calendar.history_from - 300, calendar.daily_from, len(left))])
    who = np.concatenate([gone, left])
    reason = rng.choice(len(_REASONS), size=len(left), p=_REASON_SHARES)
    rows = draft(
        CANCELLATIONS,
        record_no=record_keys(CANCELLATIONS, people.number[who]),
        **person(people, who),
        reason=pa.concat_arrays([same("死亡", len(gone)), words(_REASONS, reason)]),
        died_on=days(on, np.arange(len(who)) >= len(gone)),
        status=same("有效", len(who)),
        county=county(lives, who, on),
        changed_at=calendar.filed_at(on + rng.integers(2, 60, len(who)), rng),
    )
    back = again(rows.slice(len(gone)), calendar, rng, 0.1)
    restored = replaced(back, status=same("恢复", back.num_rows))
    return as_known_then(pa.concat_tables([with_other_counties(rows, calendar, rng), restored]), lives, "person")


def dui_cases(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Drivers and cyclists who never were in public service."""
    people, calendar = lives.people, lives.people.calendar
    chosen = lives.ordinary & ~lives.service.serves & (rng.random(len(people)) < CAUGHT_SHARE_OF_ADULTS * 1.4)
    who = np.flatnonzero(chosen)
    caught = rng.integers(calendar.history_from, calendar.daily_to, len(who))
    age = caught - people.born[who]
    able = (caught < people.died_on[who]) & (age > 18 * YEAR + 10) & (age < 72 * YEAR)
    who, caught = who[able], caught[able]
    alcohol = rng.integers(20, 220, len(who))
    retest = np.where(
        rng.random(len(who)) < 0.05, rng.integers(0, 20, len(who)), alcohol + rng.integers(-15, 15, len(who))
    )
    cases = draft(
        DUI_CASES,
        record_no=record_keys(DUI_CASES, people.number[who]),
        **person(people, who),
        caught_on=days(caught),
        offence=words(("饮酒", "醉酒"), (alcohol >= 80).astype(np.int64)),
        alcohol_mg=alcohol,
        retest_mg=pa.array(np.maximum(retest, 0), mask=rng.random(len(who)) < 0.5),
        vehicle=words(("机动车", "非机动车"), (rng.random(len(who)) < 0.15).astype(np.int64)),
        identity=words(("已核实", "冒用", "待核实"), rng.choice(3, size=len(who), p=[0.9, 0.04, 0.06])),
        county=county(lives, who, caught),
        changed_at=calendar.filed_at(caught + rng.integers(0, 2, len(who)), rng),
    )
    verified = again(cases.filter(pc.equal(cases["identity"], "待核实")), calendar, rng, 0.6)
    known = replaced(verified, identity=same("已核实", verified.num_rows))
    return as_known_then(pa.concat_tables([cases, known]), lives, "person")


def vehicles(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Bought, sold, scrapped. No household on relief ever owned a car."""
    people, calendar = lives.people, lives.people.calendar
    who = np.flatnonzero(lives.ordinary & (rng.random(len(people)) < _OWNER_SHARE_OF_ADULTS))
    bought = calendar.daily_from - 20 - (rng.random(len(who)) * 12 * YEAR).astype(np.int64)
    age = bought - people.born[who]
    able = (bought < people.died_on[who]) & (age > 19 * YEAR) & (age < 70 * YEAR)
    who, bought = who[able], bought[able]
    kind = rng.choice(len(_VEHICLES), size=len(who), p=_VEHICLE_SHARES)
    poor = np.bincount(people.household, weights=lives.relief.spell.holds)[people.household] > 0
    kind = np.where(poor[who] & (kind < 2), 2 + who % 2, kind)
    ended = bought + rng.integers(200, 12 * YEAR, len(who))
    ended = np.where((rng.random(len(who)) < 0.4) & (ended < calendar.daily_from - 25), ended, NEVER)
    rows = draft(
        VEHICLES,
        record_no=record_keys(VEHICLES, people.number[who]),
        **person(people, who),
        kind=words(_VEHICLES, kind),
        registered_on=days(bought),
        ended_on=days(ended, ended == NEVER),
        changed_at=calendar.filed_at(bought + rng.integers(0, 10, len(who)), rng),
    )
    rows = ended_later(rows, "ended_on", ended, ended < NEVER, calendar, rng)
    return as_known_then(pa.concat_tables([rows, again(rows, calendar, rng)]), lives, "person")


def detentions(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Who draws pay or benefits is never in custody; probation, bail and some days of arrest end nothing."""
    people, calendar = lives.people, lives.people.calendar
    grown = lives.ordinary & (people.died_on == NEVER) & (people.age_years(calendar.history_from) > 18)
    who = np.flatnonzero(grown & (rng.random(len(people)) < _DETAINED_SHARE_OF_ADULTS))
    measure = rng.choice(len(_MEASURES), size=len(who), p=[0.15, 0.15, 0.2, 0.15, 0.15, 0.2])
    measure = np.where(lives.supported[who] & (measure < _IN_CUSTODY), measure + _IN_CUSTODY, measure)
    begun = rng.integers(calendar.history_from - YEAR, calendar.daily_from - 20, len(who))
    ended = begun + rng.integers(_SHORTEST[measure], _LONGEST[measure])
    ended = np.where(ended < calendar.daily_from - 5, ended, NEVER)
    acquitted = (measure < 2) & (ended < NEVER) & (rng.random(len(who)) < 0.06)
    rows = draft(
        DETENTIONS,
        record_no=record_keys(DETENTIONS, people.number[who]),
        **person(people, who),
        measure=words(_MEASURES, measure),
        from_on=days(begun),
        to_on=days(ended, ended == NEVER),
        outcome=pc.if_else(pa.array(acquitted), "无罪", pa.scalar(None, pa.string())),
        changed_at=calendar.filed_at(begun + rng.integers(0, 6, len(who)), rng),
    )
    rows = ended_later(rows, "to_on", ended, ended < NEVER, calendar, rng)
    return as_known_then(pa.concat_tables([rows, again(rows, calendar, rng)]), lives, "person")


def id_changes(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Told at the moment of the change: from then on all agencies use the new number."""
    place = _places(lives)
    names = lives.people.name.take(pa.array(place))
    rows = draft(
        ID_CHANGES,
        record_no=record_keys(ID_CHANGES, lives.people.number[place]),
        old_person=lives.numbers_before,
        old_name=names,
        person=lives.numbers_now,
        name=names,
        changed_at=lives.changed_at,
    )
    return as_known_then(pa.concat_tables([rows, again(rows, lives.people.calendar, rng, 0.1)]), lives)


def _places(lives: Lives) -> Ints:
    """The people whose number changed, in the order of the numbers."""
    return np.asarray(pc.index_in(lives.numbers_now, value_set=lives.people.id), dtype=np.int64)
