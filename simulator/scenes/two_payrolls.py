"""Two payrolls: two units pay one person a salary for the same month.

At neither of them the person is seconded (借调) or on temporary duty (挂职) on any day of it. Arrears and
allowances are no salary. The name agrees in full or folded. One lead a person.
"""

from simulator.scenes.play import BY_DATA, BY_VISIT, PLANTED, Play, Role, scenes
from simulator.scenes.records import police
from simulator.scenes.records.hr import appointed, salary
from simulator.times import first_day, month_of

_OF_WORKING_AGE = Role(25, 55)


def _months(play: Play) -> tuple[int, int]:
    first = play.between(month_of(play.opens) + 6, play.last_month - 10)
    return first, first + play.between(2, 7)


def _units(play: Play) -> tuple[int, int]:
    one = play.between(0, 7)
    return one, one + play.between(1, 7)


def two_salaries(play: Play) -> None:
    (first, last), (one, other) = _months(play), _units(play)
    salary(play, first - 3, last, one)
    salary(play, first, last, other)


def old_unit_goes_on_paying(play: Play) -> None:
    (first, last), (old, new) = _months(play), _units(play)
    salary(play, first - 4, first + 2, old)
    salary(play, first, last, new)


def secondment_had_ended(play: Play) -> None:
    (first, last), (own, other) = _months(play), _units(play)
    salary(play, first - 4, last, own)
    salary(play, first - 4, last, other)
    appointed(play, "借调", other, first_day(first - 4), first_day(first) - play.between(1, 20))


def number_changed(play: Play) -> None:
    (first, last), (one, other) = _months(play), _units(play)
    old = police.number_changed(play, first_day(first) - play.between(10, 200))
    salary(play, first, last, one, who=old)
    salary(play, first, last, other)


def name_written_differently(play: Play) -> None:
    (first, last), (one, other) = _months(play), _units(play)
    salary(play, first, last, one)
    salary(play, first, last, other, who=play.subject.spelt_differently(play.dice))


def seconded(play: Play) -> None:
    (first, last), (own, other) = _months(play), _units(play)
    salary(play, first - 3, last, own)
    salary(play, first, last, other)
    # Begun and ended within the first and the last month: they are months of the secondment.
    appointed(play, "借调", other, first_day(first) + play.between(0, 20), first_day(last) + play.between(0, 27))


def on_temporary_duty(play: Play) -> None:
    (first, last), (own, other) = _months(play), _units(play)
    salary(play, first - 3, last, own)
    salary(play, first, last, other)
    appointed(play, "挂职", other, first_day(first) - play.between(0, 20))


def arrears_of_the_old_unit(play: Play) -> None:
    (first, last), (old, new) = _months(play), _units(play)
    salary(play, first - 4, first - 1, old)
    salary(play, first, last, new)
    salary(play, first, first + 1, old, "补发")


def allowance_beside_the_salary(play: Play) -> None:
    (first, last), (own, other) = _months(play), _units(play)
    salary(play, first, last, own)
    salary(play, first, last, other, "津贴")


def moved(play: Play) -> None:
    (first, last), (old, new) = _months(play), _units(play)
    salary(play, first - 4, first - 1, old)
    salary(play, first, last, new)


def number_of_another(play: Play) -> None:
    # Two people were given one number.
    (first, last), (one, other) = _months(play), _units(play)
    salary(play, first, last, one)
    salary(play, first, last, other, who=play.subject.of_another_name(play.dice))


def wrong_unit_booked(play: Play) -> None:
    # One salary with its supplement, the second booked under another unit's code.
    (first, _), (own, other) = _months(play), _units(play)
    salary(play, first - 3, first + 1, own)
    salary(play, first, first, other)


TWO_PAYROLLS = (
    *scenes(PLANTED, _OF_WORKING_AGE, two_salaries, old_unit_goes_on_paying, secondment_had_ended, number_changed),
    *scenes(PLANTED, _OF_WORKING_AGE, name_written_differently),
    *scenes(BY_DATA, _OF_WORKING_AGE, seconded, on_temporary_duty, arrears_of_the_old_unit, moved),
    *scenes(BY_DATA, _OF_WORKING_AGE, allowance_beside_the_salary, number_of_another),
    *scenes(BY_VISIT, _OF_WORKING_AGE, wrong_unit_booked),
)
