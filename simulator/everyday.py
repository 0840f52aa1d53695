"""What ordinary people leave behind in the agencies' records. None of it makes a lead."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.drafts import DEATHS, DUI_CASES, EMPLOYEES, SETTLEMENTS, days, draft
from simulator.identity import COUNTY_CODES
from simulator.keys import padded, record_keys
from simulator.people import NEVER, YEAR, Flags, People
from simulator.times import DAILY_ENDS, DAILY_FROM, DAILY_STARTS, DAILY_TO, HISTORY_FROM, USUAL, Ints, moments

SETTLEMENTS_A_PERSON = 5.0
EMPLOYED_SHARE_OF_ADULTS = 0.03
CAUGHT_SHARE_OF_ADULTS = 0.006
CORRECTED_SHARE = 0.015

_VISITS = ("11", "41", "14", "21", "13", "23", "24", "52")
_VISIT_SHARES = (0.50, 0.20, 0.12, 0.10, 0.04, 0.01, 0.01, 0.02)
_TYPICAL_FEN = np.array([18_000, 9_000, 45_000, 680_000, 60_000, 900_000, 800_000, 550_000])
_IN_BED = np.array([False, False, False, True, False, True, True, True])
HOSPITALS_A_COUNTY = 20
RANKS = ("科员", "四级主任科员", "二级主任科员", "专业技术十级", "专业技术八级", "管理九级", "正科级", "副处级")
UNITS = ("教育局", "财政局", "第一中学", "人民医院", "农业农村局", "自然资源局", "住房和城乡建设局", "街道办事处")
STAFFINGS = ("行政", "事业", "聘用")


def death_key(person_number: Ints) -> pa.Array:
    return record_keys(DEATHS, person_number)


def settlement_key(person_number: Ints, nth: Ints) -> pa.Array:
    return record_keys(SETTLEMENTS, person_number, nth)


def dui_key(person_number: Ints) -> pa.Array:
    return record_keys(DUI_CASES, person_number)


def deaths(people: People, rng: np.random.Generator) -> pa.Table:
    """One entry for each ordinary death, filed within weeks."""
    who = np.flatnonzero((people.died_on < NEVER) & ~people.cast)
    died_on = people.died_on[who]
    buried = rng.random(len(who)) < 0.45
    lag = np.where(buried, rng.integers(3, 90, len(who)), rng.integers(1, 12, len(who)))
    entries = draft(
        DEATHS,
        record_no=death_key(people.number[who]),
        **_person(people, who),
        died_on=days(died_on),
        basis=_words(("火化", "土葬"), buried.astype(np.int64)),
        status=_words(("有效",), np.zeros(len(who), dtype=np.int64)),
        county=_words(COUNTY_CODES, people.county[who]),
        changed_at=USUAL.filed_at(died_on + lag, rng),
    )
    moved = _again(entries, rng, CORRECTED_SHARE)
    elsewhere = _words(COUNTY_CODES, rng.integers(0, len(COUNTY_CODES), moved.num_rows))
    return _delivered(entries, _with(moved, county=elsewhere))


def settlements(people: People, rng: np.random.Generator) -> pa.Table:
    """Visits while people live: about five each in two years."""
    opens = np.maximum(people.born, HISTORY_FROM)
    closes = np.minimum(people.treated_until, DAILY_TO - 1)
    span = np.maximum(closes - opens, 0)
    visits = np.minimum(rng.poisson(SETTLEMENTS_A_PERSON * span / (DAILY_TO - HISTORY_FROM)), 39)
    who = np.repeat(np.arange(len(people)), visits)
    nth = np.arange(len(who)) - np.repeat(np.cumsum(visits) - visits, visits)
    started = opens[who] + (rng.random(len(who)) * (span[who] + 1)).astype(np.int64)
    kind = _visit_kinds(people, who, rng)
    stay = np.where(_IN_BED[kind], rng.integers(2, 15, len(who)), 0)
    ended = np.minimum(started + stay, people.died_on[who])
    settled = ended + np.where(_IN_BED[kind], rng.integers(0, 21, len(who)), 0)
    total, fund, account = amounts(kind, rng)
    rows = draft(
        SETTLEMENTS,
        record_no=settlement_key(people.number[who], nth),
        **_person(people, who),
        visit_type=_words(_VISITS, kind),
        insurance_type=_insurance(people, rng, who, kind),
        started_on=days(started),
        ended_on=days(ended),
        settled_on=days(settled),
        hospital=hospital(people.county[who], rng.integers(0, HOSPITALS_A_COUNTY, len(who))),
        diagnosis=_words(("J06.900",), np.zeros(len(who), dtype=np.int64)),
        total_fen=total,
        pool_fund_fen=fund,
        account_fen=account,
        place_of_insurance=_words(COUNTY_CODES, people.county[who]),
        changed_at=moments(settled + rng.integers(0, 3, len(who)), rng),
    )
    dearer = _again(rows, rng, CORRECTED_SHARE)
    total_again = np.asarray(dearer["total_fen"]) + rng.integers(100, 5_000, dearer.num_rows)
    return _delivered(rows, _with(dearer, total_fen=pa.array(total_again)))


def amounts(kind: Ints, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Total, pool fund and personal account in fen; a share of the visits is paid from the account alone."""
    total = np.maximum((_TYPICAL_FEN[kind] * rng.lognormal(0, 0.7, len(kind))).astype(np.int64), 500)
    own_account = rng.random(len(kind)) < np.choose(kind, [0.15, 0.6, 0, 0, 0.1, 0, 0, 0])
    fund = np.where(own_account, 0, (total * rng.uniform(0.35, 0.85, len(kind))).astype(np.int64))
    account = np.where(own_account, total, ((total - fund) * rng.uniform(0, 1, len(kind))).astype(np.int64))
    return total, fund, account


def employees(people: People, rng: np.random.Generator) -> pa.Table:
    """Posts of ordinary public employees; who leaves within the history is delivered again with the day of leaving."""
    adult = _aged(people, 22, 68) & ~people.cast & (people.died_on > HISTORY_FROM)
    who = np.flatnonzero(adult & (rng.random(len(people)) < EMPLOYED_SHARE_OF_ADULTS))
    posted, left = _service(people, who, rng)
    gone = left < NEVER
    left_filed = USUAL.filed_at(left + rng.integers(1, 20, len(who)), rng)
    filed = USUAL.filed_at(posted + rng.integers(1, 30, len(who)), rng, before=left_filed)
    county = people.county[who]
    unit = rng.integers(0, len(UNITS), len(who))
    kind = _words(STAFFINGS, rng.choice(3, size=len(who), p=[0.35, 0.45, 0.2]))
    posts = draft(
        EMPLOYEES,
        record_no=pc.binary_join_element_wise(unit_code(county, unit), people.id.take(pa.array(who)), "1", "-"),
        **_person(people, who),
        unit=unit_name(county, unit),
        staffing=kind,
        rank=_words(RANKS, rng.integers(0, len(RANKS), len(who))),
        posted_on=days(posted),
        left_on=days(left, ~gone),
        managed_by=_words(COUNTY_CODES, county),
        changed_at=np.where(gone, left_filed, filed),
    )
    before = _with(posts, left_on=pa.nulls(len(who), pa.date32()), changed_at=pa.array(filed))
    told_twice = gone & (left >= HISTORY_FROM) & (filed < left_filed)
    promoted = _again(posts, rng, CORRECTED_SHARE * 3)
    better = _words(RANKS, rng.integers(0, len(RANKS), promoted.num_rows))
    return _delivered(posts, before.filter(pa.array(told_twice)), _with(promoted, rank=better))


def dui_cases(people: People, employed: Flags, rng: np.random.Generator) -> pa.Table:
    """Drivers and cyclists who never were in public service."""
    able = _aged(people, 18, 70) & ~people.cast & ~employed
    who = np.flatnonzero(able & (rng.random(len(people)) < CAUGHT_SHARE_OF_ADULTS))
    caught = rng.integers(HISTORY_FROM, DAILY_TO, len(who))
    alive = caught < people.died_on[who]
    who, caught = who[alive], caught[alive]
    alcohol = rng.integers(20, 220, len(who))
    retest = np.where(
        rng.random(len(who)) < 0.05, rng.integers(0, 20, len(who)), alcohol + rng.integers(-15, 15, len(who))
    )
    cases = draft(
        DUI_CASES,
        record_no=dui_key(people.number[who]),
        **_person(people, who),
        caught_on=days(caught),
        offence=_words(("饮酒", "醉酒"), (alcohol >= 80).astype(np.int64)),
        alcohol_mg=alcohol,
        retest_mg=pa.array(np.maximum(retest, 0), mask=rng.random(len(who)) < 0.5),
        vehicle=_words(("机动车", "非机动车"), (rng.random(len(who)) < 0.15).astype(np.int64)),
        identity=_words(("已核实", "冒用", "待核实"), rng.choice(3, size=len(who), p=[0.9, 0.04, 0.06])),
        county=_words(COUNTY_CODES, people.county[who]),
        changed_at=USUAL.filed_at(caught + rng.integers(0, 2, len(who)), rng),
    )
    verified = _again(cases.filter(pc.equal(cases["identity"], "待核实")), rng, 0.6)
    known = _words(("已核实",), np.zeros(verified.num_rows, dtype=np.int64))
    return _delivered(cases, _with(verified, identity=known))


def hospital(county: Ints, nth: Ints) -> pa.Array:
    return pc.binary_join_element_wise("H", _words(COUNTY_CODES, county), padded(nth + 1, 5), "")


def unit_code(county: Ints, unit: Ints) -> pa.Array:
    return pc.binary_join_element_wise(_words(COUNTY_CODES, county), padded(unit + 1, 3), "")


def unit_name(county: Ints, unit: Ints) -> pa.Array:
    return pc.binary_join_element_wise(_words(COUNTY_CODES, county), _words(UNITS, unit), "")


def _service(people: People, who: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """First and last day of service; NEVER for those still in post. Death and the sixtieth birthday end it."""
    of_age, retires = people.born[who] + 22 * YEAR, people.born[who] + 60 * YEAR + 15
    latest = np.minimum(np.minimum(people.died_on[who], retires), DAILY_FROM) - 200
    posted = of_age + (rng.random(len(who)) * np.maximum(latest - of_age, 1)).astype(np.int64)
    quits = np.where(rng.random(len(who)) < 0.12, posted + 190 + rng.integers(0, 4000, len(who)), NEVER)
    left = np.minimum(np.minimum(quits, retires), people.died_on[who])
    return posted, np.where(left >= DAILY_FROM - 20, NEVER, left)


def _visit_kinds(people: People, who: Ints, rng: np.random.Generator) -> Ints:
    kind = rng.choice(len(_VISITS), size=len(who), p=_VISIT_SHARES)
    age = people.age_years(HISTORY_FROM)[who]
    chronic, maternity = _VISITS.index("14"), _VISITS.index("52")
    unlikely = (kind == chronic) & (age < 35)
    unlikely |= (kind == maternity) & (people.male[who] | (age < 20) | (age > 42))
    return np.where(unlikely, 0, kind)


def _insurance(people: People, rng: np.random.Generator, who: Ints, kind: Ints) -> pa.Array:
    insured = np.where(_aged(people, 22, 75) & (rng.random(len(people)) < 0.3), 0, 1)
    insured = np.where((people.age_years() > 85) & (rng.random(len(people)) < 0.02), 2, insured)[who]
    insured = np.where((insured == 0) & (kind == _VISITS.index("52")), 3, insured)
    return _words(("310", "390", "340", "510"), insured)


def _aged(people: People, youngest: int, oldest: int) -> Flags:
    age = people.age_years(HISTORY_FROM)
    return (age >= youngest) & (age <= oldest)


def _again(rows: pa.Table, rng: np.random.Generator, share: float) -> pa.Table:
    """Some rows once more, changed later: a fifth of them on the daily day."""
    latest = _latest_possible(rows)
    again = latest.filter(pa.array(rng.random(latest.num_rows) < share))
    first = np.asarray(again["changed_at"])
    later = first + rng.integers(1, 60 * 86_400, len(first))
    today = DAILY_STARTS + rng.integers(9 * 3600, 18 * 3600, len(first))
    on_the_day = (rng.random(len(first)) < 0.2) & (first < DAILY_STARTS)
    return _with(again, changed_at=pa.array(np.where(on_the_day, today, later)))


def _latest_possible(rows: pa.Table) -> pa.Table:
    return rows.filter(pc.less(rows["changed_at"], DAILY_ENDS))


def _delivered(*parts: pa.Table) -> pa.Table:
    """What has reached the agency's system when the daily interval ends; the rest comes another day."""
    return _latest_possible(pa.concat_tables(parts))


def _with(rows: pa.Table, **columns: pa.Array) -> pa.Table:
    for name, values in columns.items():
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, rows.schema.field(at), pc.cast(values, rows.schema.field(at).type))
    return rows


def _person(people: People, who: Ints) -> dict[str, pa.Array]:
    index = pa.array(who)
    return {"person": people.id.take(index), "name": people.name.take(index)}


def _words(words: Sequence[str], which: Ints) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(which))
