"""Human resources: public employees, payroll, pensions, public-welfare posts, appointments."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.drafts import APPOINTMENTS, EMPLOYEES, PAYROLL, PENSIONS, POSTS, days, draft
from simulator.everyday.lives import STAFFINGS, UNITS, Lives, Service
from simulator.everyday.rows import (
    CORRECTED_SHARE,
    again,
    as_known_then,
    county,
    ended_later,
    paid_on,
    person,
    raised,
    replaced,
    same,
    told,
    unit_code,
    with_other_amounts,
    words,
)
from simulator.identity import COUNTY_CODES
from simulator.keys import record_keys
from simulator.people import NEVER
from simulator.times import Ints, first_days, months_of

RANKS = ("科员", "四级主任科员", "二级主任科员", "专业技术十级", "专业技术八级", "管理九级", "正科级", "副处级")
_SALARY, _ALLOWANCE, _ARREARS = "工资", "津贴", "补发"
# Which of a person's records of a dataset: months are counted below these.
_SECOND, _THIRD = 1_000, 2_000
_ARREARS_SHARE, _RETURNED_SHARE, _FUNERAL_SHARE = 0.05, 0.15, 0.6


def public_employees(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """One record for each post; who leaves within the history is delivered again with the day of leaving."""
    service, calendar = lives.service, lives.people.calendar
    first, second = np.flatnonzero(service.serves), np.flatnonzero(service.moved_on < NEVER)
    who, nth = np.concatenate([first, second]), np.repeat([1, 2], [len(first), len(second)])
    posted = np.where(nth == 1, service.posted[who], service.moved_on[who])
    left = np.where(nth == 1, np.minimum(service.left[who], service.moved_on[who]), service.left[who])
    unit = np.where(nth == 1, service.unit[who], service.next_unit[who])
    at = lives.people.county[who]
    posts = draft(
        EMPLOYEES,
        record_no=_employee_number(lives, who, at, unit, nth),
        **person(lives.people, who),
        unit=pc.binary_join_element_wise(words(COUNTY_CODES, at), words(UNITS, unit), ""),
        staffing=words(STAFFINGS, service.staffing[who]),
        rank=words(RANKS, rng.integers(0, len(RANKS), len(who))),
        posted_on=days(posted),
        left_on=days(left, left == NEVER),
        managed_by=words(COUNTY_CODES, at),
        changed_at=calendar.filed_at(posted + rng.integers(1, 30, len(who)), rng),
    )
    rows = ended_later(posts, "left_on", left, left < NEVER, calendar, rng)
    promoted = again(rows.slice(0, len(who)), calendar, rng, CORRECTED_SHARE * 3)
    better = words(RANKS, rng.integers(0, len(RANKS), promoted.num_rows))
    return as_known_then(pa.concat_tables([rows, replaced(promoted, rank=better)]), lives, "person")


def payroll(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """A salary for each month in post from one unit; a few arrears, and allowances of the unit seconded to."""
    service, calendar = lives.service, lives.people.calendar
    who, month = service.paid.months(calendar)
    unit = _unit_in(service, who, month)
    late = rng.random(len(who)) < _ARREARS_SHARE / 12
    guest, guest_month = service.seconded.months(calendar)
    parts = (
        (who, month, unit, 0, _SALARY, 5_800 + 90 * (who % 40)),
        (who[late], month[late], unit[late], _SECOND, _ARREARS, np.full(late.sum(), 420)),
        (guest, guest_month, service.next_unit[guest], _THIRD, _ALLOWANCE, np.full(len(guest), 600)),
    )
    tables = [_pay(lives, rng, *part) for part in parts]
    return as_known_then(with_other_amounts(pa.concat_tables(tables), calendar, rng), lives, "person")


def pensions(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Monthly to the month of death, then a funeral grant; what was paid once too often came back."""
    people, calendar = lives.people, lives.people.calendar
    who, month = lives.pension.months(calendar)
    late = rng.random(len(who)) < _ARREARS_SHARE / 12
    died = np.where(people.died_on < NEVER, months_of(np.minimum(people.died_on, NEVER)), -1)
    after = lives.pension.holds & (died >= calendar.first_month - 1) & (died < calendar.last_month)
    buried = np.flatnonzero(after & (rng.random(len(people)) < _FUNERAL_SHARE))
    back = np.flatnonzero(after & (rng.random(len(people)) < _RETURNED_SHARE))
    yuan = np.where(lives.employee.holds[who] & (who % 3 > 0), 3_100 + 40 * (who % 30), 168 + who % 60)
    parts = (
        (who, month, 0, "养老金", yuan, False),
        (who[late], month[late], _SECOND, "补发", np.full(late.sum(), 90), False),
        (buried, died[buried] + 1, _THIRD, "丧葬抚恤", np.full(len(buried), 2_400), False),
        (back, died[back] + 1, 0, "养老金", np.full(len(back), 186), True),
    )
    tables = [_pension(lives, rng, *part) for part in parts]
    return as_known_then(with_other_amounts(pa.concat_tables(tables), calendar, rng), lives, "person")


def public_welfare_posts(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Sweepers, rangers, carers: monthly while they hold the post."""
    people, calendar = lives.people, lives.people.calendar
    who, month = lives.welfare_post.months(calendar)
    on = paid_on(month, rng)
    rural = who % 3 > 0
    rows = draft(
        POSTS,
        record_no=record_keys(POSTS, people.number[who], month - calendar.first_month),
        **person(people, who),
        area=words(("城镇", "乡村"), rural.astype(np.int64)),
        month=days(first_days(month)),
        amount_fen=raised(np.where(rural, 500, 1_540), month),
        county=county(lives, who, on),
        changed_at=told(calendar, on, rng),
    )
    return as_known_then(with_other_amounts(rows, calendar, rng), lives, "person")


def appointments(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Who was appointed where, and who is seconded to another unit."""
    service, calendar = lives.service, lives.people.calendar
    chosen = service.serves & (service.staffing < 2) & (rng.random(len(service.posted)) < 0.5)
    first, away = np.flatnonzero(chosen), np.flatnonzero(service.seconded.holds)
    who, kind = np.concatenate([first, away]), np.repeat([0, 1], [len(first), len(away)])
    kind = np.where((kind == 1) & (rng.random(len(who)) < 0.3), 2, kind)
    begun, ended = _seconded_days(service, who)
    here = kind == 0
    begun = np.where(here, service.posted[who], begun)
    ended = np.where(here, np.minimum(service.left[who], service.moved_on[who]), ended)
    ended = np.where(ended < calendar.daily_from - 20, ended, NEVER)
    unit = np.where(here, service.unit[who], service.next_unit[who])
    rows = draft(
        APPOINTMENTS,
        record_no=record_keys(APPOINTMENTS, lives.people.number[who], np.minimum(kind, 1)),
        **person(lives.people, who),
        unit=unit_code(lives.people.county[who], unit),
        kind=words(("任职", "借调", "挂职"), kind),
        from_on=days(begun),
        to_on=days(ended, ended == NEVER),
        changed_at=calendar.filed_at(begun + rng.integers(1, 30, len(who)), rng),
    )
    rows = ended_later(rows, "to_on", ended, ended < NEVER, calendar, rng)
    return as_known_then(pa.concat_tables([rows, again(rows, calendar, rng)]), lives, "person")


def _employee_number(lives: Lives, who: Ints, at: Ints, unit: Ints, nth: Ints) -> pa.Array:
    """Made of the number that the person had when hired: it stays."""
    numbers = lives.people.id.take(pa.array(who))
    place = pc.index_in(numbers, value_set=lives.numbers_now)
    numbers = pc.coalesce(lives.numbers_before.take(place), numbers)
    return pc.binary_join_element_wise(unit_code(at, unit), numbers, pa.array(nth).cast(pa.string()), "-")


def _unit_in(service: Service, who: Ints, month: Ints) -> Ints:
    """The unit that pays a month: the old one pays the month of moving."""
    return np.where(month > months_of(service.moved_on[who]), service.next_unit[who], service.unit[who])


def _pay(
    lives: Lives, rng: np.random.Generator, who: Ints, month: Ints, unit: Ints, nth: int, kind: str, yuan: Ints
) -> pa.Table:
    people, calendar = lives.people, lives.people.calendar
    # Arrears are paid with a later month's salary.
    on = paid_on(np.minimum(month + 2 * (kind == _ARREARS), calendar.last_month), rng)
    return draft(
        PAYROLL,
        record_no=record_keys(PAYROLL, people.number[who], nth + month - calendar.first_month),
        **person(people, who),
        unit=unit_code(people.county[who], unit),
        kind=same(kind, len(who)),
        month=days(first_days(month)),
        amount_fen=raised(yuan, month),
        county=words(COUNTY_CODES, people.county[who]),
        changed_at=told(calendar, on, rng),
    )


def _pension(
    lives: Lives, rng: np.random.Generator, who: Ints, month: Ints, nth: int, kind: str, yuan: Ints, returned: bool
) -> pa.Table:
    people, calendar = lives.people, lives.people.calendar
    on = paid_on(np.minimum(month + 2 * (kind == "补发"), calendar.last_month), rng)
    back = np.minimum(on + rng.integers(5, 40, len(who)), calendar.daily_from - 8)
    return draft(
        PENSIONS,
        record_no=record_keys(PENSIONS, people.number[who], nth + month - calendar.first_month),
        **person(people, who),
        kind=same(kind, len(who)),
        month=days(first_days(month)),
        paid_on=days(on),
        amount_fen=raised(yuan, month),
        returned_on=days(back, np.full(len(who), not returned)),
        county=county(lives, who, on),
        changed_at=told(calendar, back if returned else on, rng),
    )


def _seconded_days(service: Service, who: Ints) -> tuple[Ints, Ints]:
    """The first and the last day of a secondment."""
    return first_days(service.seconded.first[who]), first_days(service.seconded.last[who] + 1) - 1
