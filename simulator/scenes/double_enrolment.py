"""Double enrolment: months under employee insurance (310) and residents' insurance (390) overlap.

The residents' premium was paid in or after the first month of the employee insurance: nobody could know before.
Entries made by mistake do not count. The name agrees in full or folded. One lead a person.
"""

from simulator.scenes.play import BY_DATA, BY_VISIT, PLANTED, Filed, Play, Player, Role, scenes
from simulator.scenes.records import police
from simulator.scenes.records.health import enrolment
from simulator.times import first_day, month_of

_OF_WORKING_AGE = Role(22, 55)
EMPLOYEE, SUPPLEMENT, LARGE_SUMS, RESIDENT = "310", "320", "330", "390"


def _hired(play: Play) -> int:
    """The month of hiring."""
    return play.between(month_of(play.opens) + 3, play.last_month - 14)


def _insured_as_resident(play: Play, first: int, who: Player | None = None) -> Filed:
    """For a year, paid within the month before."""
    return enrolment(play, RESIDENT, first, first + 11, first_day(first) - play.between(1, 27), who)


def both_go_on(play: Play) -> None:
    hired = _hired(play)
    enrolment(play, EMPLOYEE, hired)
    _insured_as_resident(play, hired + play.between(1, 10))


def resident_within_a_job(play: Play) -> None:
    hired = _hired(play)
    enrolment(play, EMPLOYEE, hired, hired + play.between(6, 12))
    _insured_as_resident(play, hired + play.between(1, 5))


def number_changed(play: Play) -> None:
    hired = _hired(play)
    old = police.number_changed(play, first_day(hired) - play.between(10, 200))
    enrolment(play, EMPLOYEE, hired)
    _insured_as_resident(play, hired + play.between(1, 10), old)


def name_written_differently(play: Play) -> None:
    hired = _hired(play)
    enrolment(play, EMPLOYEE, hired)
    _insured_as_resident(play, hired + play.between(1, 10), play.subject.spelt_differently(play.dice))


def prepaid_then_hired(play: Play) -> None:
    hired = _hired(play)
    first = hired - play.between(1, 8)
    enrolment(play, RESIDENT, first, first + 11, first_day(first) - play.between(1, 60))
    enrolment(play, EMPLOYEE, hired)


def supplements(play: Play) -> None:
    hired = _hired(play)
    for insurance in (EMPLOYEE, SUPPLEMENT, LARGE_SUMS):
        enrolment(play, insurance, hired)


def one_after_the_other(play: Play) -> None:
    hired = _hired(play)
    left = hired + play.between(3, 9)
    enrolment(play, EMPLOYEE, hired, left)
    _insured_as_resident(play, left + 1)


def entered_by_mistake(play: Play) -> None:
    hired = _hired(play)
    enrolment(play, EMPLOYEE, hired)
    resident = hired + play.between(1, 6)
    mistake = _insured_as_resident(play, resident)
    play.correct(mistake, first_day(resident) + play.between(20, 120), valid="0")


def number_of_another(play: Play) -> None:
    # Two people were given one number.
    hired = _hired(play)
    enrolment(play, EMPLOYEE, hired)
    _insured_as_resident(play, hired + play.between(1, 6), play.subject.of_another_name(play.dice))


def employer_took_a_namesake(play: Play) -> None:
    # The employee has the subject's name; the employer found the subject's number in an old list.
    hired = _hired(play)
    enrolment(play, EMPLOYEE, hired, hired + play.between(8, 12))
    _insured_as_resident(play, hired + play.between(1, 5))


DOUBLE_ENROLMENT = (
    *scenes(PLANTED, _OF_WORKING_AGE, both_go_on, resident_within_a_job, number_changed, name_written_differently),
    *scenes(BY_DATA, _OF_WORKING_AGE, prepaid_then_hired, supplements, one_after_the_other, entered_by_mistake),
    *scenes(BY_DATA, _OF_WORKING_AGE, number_of_another),
    *scenes(BY_VISIT, _OF_WORKING_AGE, employer_took_a_namesake),
)
