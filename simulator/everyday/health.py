"""Health and medical insurance: settlements, certificates of death, enrolments."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.drafts import DEATH_CERTIFICATES, ENROLMENTS, SETTLEMENTS, days, draft
from simulator.everyday.lives import ALWAYS, Lives, Spell
from simulator.everyday.rows import (
    again,
    as_known_then,
    county,
    person,
    replaced,
    same,
    with_other_amounts,
    with_other_counties,
    words,
)
from simulator.identity import COUNTY_CODES
from simulator.keys import STAGED, padded, record_keys
from simulator.people import NEVER, Flags, People
from simulator.times import Calendar, Ints, first_days, moments, months_of

SETTLEMENTS_A_YEAR = 2.5
HOSPITALS_A_COUNTY = 20
_VISITS = ("11", "41", "14", "21", "13", "23", "24", "52")
_VISIT_SHARES = (0.50, 0.20, 0.12, 0.10, 0.04, 0.01, 0.01, 0.02)
_TYPICAL_FEN = np.array([18_000, 9_000, 45_000, 680_000, 60_000, 900_000, 800_000, 550_000])
_IN_BED = np.array([False, False, False, True, False, True, True, True])
_OUTPATIENT, _CHRONIC, _INPATIENT, _MATERNITY = 0, 2, 3, 7
# ICD-10 as the insurance writes it, by visit type: what people commonly come for.
_COMMON = ("J06.900", "K29.500", "M54.500", "J20.900", "R51.x00", "L30.900")
_LASTING = ("I10.x00x002", "E11.900x001", "J44.900", "I25.103", "G20.x00")
_GRAVE = ("J18.900", "I63.900", "K80.200", "S72.000x001", "M51.202", "N20.000", "I50.900", "K35.800", "D25.900")
_BIRTH = ("O80.900", "O82.900")
_DIAGNOSES = (_COMMON, _COMMON, _LASTING, _GRAVE, _COMMON, _GRAVE, _GRAVE, _BIRTH)
_DAYS_BETWEEN_STAYS = 21


def settlements(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Visits while people live: about five each in two years."""
    people, calendar = lives.people, lives.people.calendar
    who, nth, started = _visits(people, rng)
    kind = _visit_kinds(people, who, rng)
    stay = np.where(_IN_BED[kind], rng.integers(2, 15, len(who)), 0)
    ended = np.minimum(started + stay, people.died_on[who])
    kind, ended = _without_close_stays(who, kind, started, ended)
    settled = ended + np.where(_IN_BED[kind], rng.integers(0, 21, len(who)), 0)
    total, fund, account = _amounts(kind, rng)
    rows = draft(
        SETTLEMENTS,
        record_no=record_keys(SETTLEMENTS, people.number[who], nth),
        **person(people, who),
        visit_type=words(_VISITS, kind),
        insurance_type=_insurance(lives, rng, who, kind, started),
        started_on=days(started),
        ended_on=days(ended),
        settled_on=days(settled),
        hospital=hospital(people.county[who], rng.integers(0, HOSPITALS_A_COUNTY, len(who))),
        diagnosis=_diagnoses(kind, rng),
        total_fen=total,
        pool_fund_fen=fund,
        account_fen=account,
        place_of_insurance=county(lives, who, started),
        changed_at=moments(settled + rng.integers(0, 3, len(who)), rng),
    )
    return as_known_then(with_other_amounts(rows, calendar, rng, "total_fen"), lives, "person")


def death_certificates(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Of those who died in hospital; a few were written twice, and the second one withdrawn."""
    people, calendar = lives.people, lives.people.calendar
    in_hospital = (people.died_on < NEVER) & lives.ordinary & (rng.random(len(people)) < 0.45)
    who = np.flatnonzero(in_hospital)
    twice = rng.random(len(who)) < 0.02
    who, nth = np.concatenate([who, who[twice]]), np.repeat([0, 1], [len(who), twice.sum()])
    died_on = people.died_on[who]
    rows = draft(
        DEATH_CERTIFICATES,
        record_no=record_keys(DEATH_CERTIFICATES, people.number[who], nth),
        **person(people, who),
        died_on=days(died_on),
        county=county(lives, who, died_on),
        valid=same("1", len(who)),
        changed_at=calendar.filed_at(died_on + rng.integers(0, 8, len(who)), rng),
    )
    withdrawn = again(rows.filter(pa.array(nth == 1)), calendar, rng, 1.0)
    rows = pa.concat_tables([with_other_counties(rows, calendar, rng), _deleted(withdrawn)])
    return as_known_then(rows, lives, "person")


def enrolments(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Employees, their supplements, and everybody else as a resident: one after the other, never both."""
    parts = (_employees(lives, rng), _supplements(lives, rng), _residents(lives, rng), _returned(lives, rng))
    rows = with_other_counties(pa.concat_tables(parts), lives.people.calendar, rng, "place_of_insurance")
    return as_known_then(_with_mistakes(rows, lives.people.calendar, rng), lives, "person")


def hospital(of_county: Ints, nth: Ints) -> pa.Array:
    """The code of the nth hospital of a county."""
    return pc.binary_join_element_wise("H", words(COUNTY_CODES, of_county), padded(nth + 1, 5), "")


def _visits(people: People, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Person, which visit of the person, and the day."""
    calendar = people.calendar
    opens = np.maximum(people.born, calendar.history_from)
    span = np.maximum(np.minimum(people.treated_until, calendar.daily_to - 1) - opens, 0)
    visits = np.minimum(rng.poisson(SETTLEMENTS_A_YEAR * span / 365), STAGED - 1)
    who = np.repeat(np.arange(len(people)), visits)
    nth = np.arange(len(who)) - np.repeat(np.cumsum(visits) - visits, visits)
    return who, nth, opens[who] + (rng.random(len(who)) * (span[who] + 1)).astype(np.int64)


def _visit_kinds(people: People, who: Ints, rng: np.random.Generator) -> Ints:
    kind = rng.choice(len(_VISITS), size=len(who), p=_VISIT_SHARES)
    age = people.age_years(people.calendar.daily_from - 365)[who]
    unlikely = (kind == _CHRONIC) & (age < 35)
    unlikely |= (kind == _MATERNITY) & (people.male[who] | (age < 21) | (age > 42))
    # Who plays in a scene stays in no hospital but for its sake.
    unlikely |= _IN_BED[kind] & people.cast[who]
    return np.where(unlikely, _OUTPATIENT, kind)


def _without_close_stays(who: Ints, kind: Ints, started: Ints, ended: Ints) -> tuple[Ints, Ints]:
    """A stay that begins soon after another one of the same person becomes an outpatient visit."""
    stays = np.flatnonzero(_IN_BED[kind])
    stays = stays[np.lexsort((started[stays], who[stays]))]
    same_person = who[stays][1:] == who[stays][:-1]
    close = stays[1:][same_person & (started[stays][1:] < ended[stays][:-1] + _DAYS_BETWEEN_STAYS)]
    kind, ended = kind.copy(), ended.copy()
    kind[close], ended[close] = _OUTPATIENT, started[close]
    return kind, ended


def _amounts(kind: Ints, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Total, pool fund and personal account in fen; a share of the visits is paid from the account alone."""
    total = np.maximum((_TYPICAL_FEN[kind] * rng.lognormal(0, 0.7, len(kind))).astype(np.int64), 500)
    own_account = rng.random(len(kind)) < np.choose(kind, [0.15, 0.6, 0, 0, 0.1, 0, 0, 0])
    fund = np.where(own_account, 0, (total * rng.uniform(0.35, 0.85, len(kind))).astype(np.int64))
    account = np.where(own_account, total, ((total - fund) * rng.uniform(0, 1, len(kind))).astype(np.int64))
    return total, fund, account


def _insurance(lives: Lives, rng: np.random.Generator, who: Ints, kind: Ints, started: Ints) -> pa.Array:
    month = months_of(started)
    employed = (lives.employee.first[who] <= month) & (month <= lives.employee.last[who])
    cadre = ((lives.people.age_years() > 85) & (rng.random(len(lives.people)) < 0.02))[who]
    insured = np.where(employed, np.where(kind == _MATERNITY, 3, 0), np.where(cadre, 2, 1))
    return words(("310", "390", "340", "510"), insured)


def _diagnoses(kind: Ints, rng: np.random.Generator) -> pa.Array:
    codes = [code for of_kind in _DIAGNOSES for code in of_kind]
    sizes = np.array([len(of_kind) for of_kind in _DIAGNOSES])
    starts = np.cumsum(sizes) - sizes
    return words(codes, starts[kind] + (rng.random(len(kind)) * sizes[kind]).astype(np.int64))


def _employees(lives: Lives, rng: np.random.Generator) -> pa.Table:
    calendar, spell = lives.people.calendar, lives.employee
    who = np.flatnonzero(spell.holds)
    first, last = spell.first[who], spell.last[who]
    paid = first_days(first) + rng.integers(0, 25, len(who))
    return _enrolled(lives, who, 0, "310", Spell(first, last), paid, _filed(calendar, paid, last, rng))


def _supplements(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Civil servants' and large-sum supplements run beside the employees' insurance."""
    calendar, spell = lives.people.calendar, lives.employee
    who = np.flatnonzero(spell.holds & (lives.service.serves | (rng.random(len(spell.first)) < 0.1)))
    first, last = spell.first[who], spell.last[who]
    paid = first_days(first) + rng.integers(0, 25, len(who))
    kinds = words(("330", "320"), lives.service.serves[who].astype(np.int64))
    return _enrolled(lives, who, 1, kinds, Spell(first, last), paid, _filed(calendar, paid, last, rng))


def _residents(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Insured since some year or birth, by a premium paid each autumn beforehand; until hired, or dead."""
    people, calendar = lives.people, lives.people.calendar
    hired = np.where(lives.employee.holds, lives.employee.first, ALWAYS)
    until = np.minimum(hired - 1, np.where(people.died_on < NEVER, months_of(people.died_on), ALWAYS))
    since = np.maximum(months_of(people.born) + 1, _januaries(rng.integers(2008, 2024, len(people))))
    chosen = lives.ordinary & (until >= np.maximum(since, calendar.first_month)) & (rng.random(len(people)) < 0.93)
    who = np.flatnonzero(chosen)
    since, until = since[who], until[who]
    # The newest premium was paid in the autumn before the last year that is insured; a newborn's at once.
    last_january = np.minimum(until, calendar.last_month) // 12 * 12
    autumn = first_days(np.maximum(last_january - 4, 0)) + rng.integers(0, 110, len(who))
    paid = np.maximum(autumn, first_days(since) - 20)
    # Many who were hired had paid for the whole year: the entry goes on to December.
    prepaid = (until == hired[who] - 1) & (rng.random(len(who)) < 0.5)
    until = np.where(prepaid, until // 12 * 12 + 11, until)
    ended = np.where(until < calendar.last_month, first_days(np.minimum(until, calendar.last_month)) + 28, paid)
    return _enrolled(lives, who, 2, "390", Spell(since, until), paid, calendar.filed_at(ended, rng))


def _returned(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Residents again, from the month after the employees' insurance ended."""
    people, calendar, spell = lives.people, lives.people.calendar, lives.employee
    ended = spell.holds & (spell.last < calendar.last_month - 1)
    alive = people.died_on > first_days(np.minimum(spell.last, calendar.last_month)) + 90
    who = np.flatnonzero(ended & alive)
    since = spell.last[who] + 1
    until = np.where(people.died_on[who] < NEVER, months_of(people.died_on[who]), ALWAYS)
    paid = first_days(since) + rng.integers(0, 25, len(who))
    return _enrolled(lives, who, 3, "390", Spell(since, until), paid, calendar.filed_at(paid, rng))


def _enrolled(
    lives: Lives, who: Ints, nth: int, kind: str | pa.Array, spell: Spell, paid: Ints, filed: Ints
) -> pa.Table:
    people, calendar = lives.people, lives.people.calendar
    goes_on: Flags = spell.last > calendar.last_month + 12
    last = np.where(goes_on, 0, spell.last)
    return draft(
        ENROLMENTS,
        record_no=record_keys(ENROLMENTS, people.number[who], nth),
        **person(people, who),
        insurance_type=same(kind, len(who)) if isinstance(kind, str) else kind,
        from_month=days(first_days(spell.first)),
        to_month=days(first_days(last), goes_on),
        paid_on=days(paid),
        place_of_insurance=county(lives, who, paid),
        valid=same("1", len(who)),
        changed_at=filed,
    )


def _filed(calendar: Calendar, paid: Ints, last: Ints, rng: np.random.Generator) -> Ints:
    """An entry is told when it began; one that has ended, when it ended."""
    end = first_days(np.minimum(last, calendar.last_month)) + 28
    return calendar.filed_at(np.where(last < calendar.last_month, end, paid) + rng.integers(0, 20, len(paid)), rng)


def _januaries(years: Ints) -> Ints:
    return (years - 1970) * 12


def _with_mistakes(rows: pa.Table, calendar: Calendar, rng: np.random.Generator) -> pa.Table:
    """Some entries were made twice and the second one was deleted."""
    twice = rows.filter(pa.array(rng.random(rows.num_rows) < 0.004))
    keys = pc.replace_substring_regex(twice["record_no"], r"\d{2}(\d{2})$", r"90\1")
    mistakes = replaced(twice, record_no=keys)
    return pa.concat_tables([rows, mistakes, _deleted(again(mistakes, calendar, rng, 1.0))])


def _deleted(rows: pa.Table) -> pa.Table:
    return replaced(rows, valid=same("0", rows.num_rows))
