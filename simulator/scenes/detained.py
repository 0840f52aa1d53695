"""Detained and paid: 低保, a pension, a salary or a public-welfare post for a month spent in custody as a whole.

Custody is 刑事拘留, 逮捕 or 服刑 without acquittal, from the first day or before it to the last or beyond. Pensions
that were returned and arrears do not count. The name agrees in full or folded. One lead a person and benefit.
"""

from simulator.scenes.play import BY_DATA, BY_VISIT, PLANTED, Play, Role, scenes
from simulator.scenes.records.civil_affairs import relief
from simulator.scenes.records.hr import pension, salary, welfare_post
from simulator.scenes.records.police import custody
from simulator.scenes.records.police import number_changed as changed
from simulator.times import first_day, month_of

_RETIRED, _OF_WORKING_AGE = Role(60, 76), Role(25, 55)


def _months(play: Play) -> tuple[int, int]:
    """Months that a measure is to cover as a whole."""
    first = play.between(month_of(play.opens) + 6, play.last_month - 12)
    return first, first + play.between(2, 6)


def _around(play: Play, first: int, last: int) -> tuple[int, int]:
    """A first and a last day that cover the months."""
    return first_day(first) - play.between(0, 25), first_day(last + 1) - 1 + play.between(0, 25)


def pension_of_a_prisoner(play: Play) -> None:
    first, last = _months(play)
    custody(play, *_around(play, first, last), "服刑")
    pension(play, first - 4, last)


def relief_of_the_arrested(play: Play) -> None:
    first, last = _months(play)
    custody(play, *_around(play, first, last))
    relief(play, first - 4, last + 2, mode="单人保")


def salary_of_the_arrested(play: Play) -> None:
    # Detained for a few days, then arrested.
    first, last = _months(play)
    arrested_on, until = _around(play, first, last)
    custody(play, arrested_on - play.between(7, 30), arrested_on - 1, "刑事拘留")
    custody(play, arrested_on, until)
    salary(play, first - 4, last)


def welfare_post_of_the_detained(play: Play) -> None:
    # Thirty-seven days, the longest a detention lasts, around a whole month.
    first, _ = _months(play)
    detained_on = first_day(first) - play.between(0, 5)
    custody(play, detained_on, detained_on + 36, "刑事拘留")
    welfare_post(play, first - 3, first + 2)


def sentence_goes_on(play: Play) -> None:
    first, last = _months(play)
    custody(play, first_day(first) - play.between(0, 25), None, "服刑")
    pension(play, first - 2, last)


def number_changed(play: Play) -> None:
    first, last = _months(play)
    old = changed(play, first_day(first) - play.between(30, 150))
    custody(play, *_around(play, first, last))
    pension(play, first - 2, last, who=old)


def name_written_differently(play: Play) -> None:
    first, last = _months(play)
    custody(play, *_around(play, first, last), "服刑", who=play.subject.spelt_differently(play.dice))
    pension(play, first - 2, last)


def on_probation(play: Play) -> None:
    first, last = _months(play)
    custody(play, *_around(play, first, last), "缓刑")
    pension(play, first - 2, last)


def on_bail(play: Play) -> None:
    first, last = _months(play)
    custody(play, *_around(play, first, last), "取保候审")
    salary(play, first - 2, last)


def administrative_detention(play: Play) -> None:
    first, last = _months(play)
    detained_on = first_day(first) + play.between(0, 14)
    custody(play, detained_on, detained_on + play.between(5, 15), "行政拘留")
    salary(play, first - 2, last)


def acquitted(play: Play) -> None:
    first, last = _months(play)
    known = custody(play, *_around(play, first, last))
    pension(play, first - 2, last)
    play.correct(known, first_day(last + 2) + play.between(0, 60), outcome="无罪")


def shorter_than_a_month(play: Play) -> None:
    # From one month into the next, none of them as a whole.
    first, last = _months(play)
    detained_on = first_day(first) + play.between(1, 10)
    custody(play, detained_on, detained_on + play.between(20, 37), "刑事拘留")
    relief(play, first - 2, last, mode="单人保")


def released_before(play: Play) -> None:
    first, last = _months(play)
    released_on = first_day(first) - play.between(1, 60)
    custody(play, released_on - play.between(200, 700), released_on, "服刑")
    relief(play, first, last, mode="单人保")


def pension_returned(play: Play) -> None:
    first, last = _months(play)
    custody(play, *_around(play, first, last), "服刑")
    pension(play, first - 3, first - 2)
    pension(play, first, last, returned=True)


def number_of_another(play: Play) -> None:
    # Two people were given one number.
    first, last = _months(play)
    custody(play, *_around(play, first, last), who=play.subject.of_another_name(play.dice))
    pension(play, first - 2, last)


def released_earlier_than_recorded(play: Play) -> None:
    first, last = _months(play)
    custody(play, *_around(play, first, last))
    relief(play, first, last, mode="单人保")


def kept_aside_by_the_unit(play: Play) -> None:
    # Booked every month, and paid out to nobody.
    first, last = _months(play)
    custody(play, *_around(play, first, last))
    salary(play, first - 3, last)


DETAINED = (
    *scenes(PLANTED, _RETIRED, pension_of_a_prisoner, sentence_goes_on, number_changed, name_written_differently),
    *scenes(PLANTED, _OF_WORKING_AGE, relief_of_the_arrested, salary_of_the_arrested, welfare_post_of_the_detained),
    *scenes(BY_DATA, _RETIRED, on_probation, acquitted, pension_returned, number_of_another),
    *scenes(BY_DATA, _OF_WORKING_AGE, on_bail, administrative_detention, shorter_than_a_month, released_before),
    *scenes(BY_VISIT, _OF_WORKING_AGE, released_earlier_than_recorded, kept_aside_by_the_unit),
)
