"""Overlapping stays: two stays of one person in different hospitals share more than the day of transfer.

Stays are visits 21, 23 and 24 that the pool fund paid for. The name agrees in full or folded. One lead a person.
"""

from simulator.scenes.play import BY_DATA, BY_VISIT, PLANTED, Play, Role, scenes
from simulator.scenes.records import police
from simulator.scenes.records.health import a_hospital
from simulator.scenes.records.stays import new_years_eve, stay

_ADULT, _MOTHER = Role(30, 85), Role(21, 39, woman=True)


def _a_day(play: Play) -> int:
    return play.between(play.opens + 10, play.today - 90)


def _two_hospitals(play: Play) -> tuple[str, str]:
    one = a_hospital(play)
    return one, a_hospital(play, other_than=one)


def overlap(play: Play) -> None:
    (one, other), first = _two_hospitals(play), _a_day(play)
    stay(play, one, first, first + 9)
    # Two days are the least that no transfer explains.
    stay(play, other, first + 9 - play.dice.choice((2, 2, 5)), first + play.between(12, 20))


def one_within_the_other(play: Play) -> None:
    (one, other), first = _two_hospitals(play), _a_day(play)
    stay(play, one, first, first + play.between(14, 25), kind=play.dice.choice(("21", "24")))
    stay(play, other, first + 3, first + play.between(6, 11), kind=play.dice.choice(("21", "23")))


def number_changed(play: Play) -> None:
    (one, other), first = _two_hospitals(play), _a_day(play)
    stay(play, one, first, first + 9, who=police.number_changed(play, first - play.between(5, 60)))
    stay(play, other, first + 4, first + 14)


def name_written_differently(play: Play) -> None:
    (one, other), first = _two_hospitals(play), _a_day(play)
    stay(play, one, first, first + 9)
    stay(play, other, first + 4, first + 14, who=play.subject.spelt_differently(play.dice))


def settlement_arrives_late(play: Play) -> None:
    (one, other), first = _two_hospitals(play), play.today - play.between(20, 30)
    stay(play, one, first, first + 9)
    stay(play, other, first + 5, play.today - 1, filed=play.today)


def transferred(play: Play) -> None:
    (one, other), first = _two_hospitals(play), _a_day(play)
    last = first + play.between(4, 9)
    stay(play, one, first, last)
    # The day before at the earliest: some are booked in before they are booked out.
    stay(play, other, last - play.between(0, 1), last + 8, kind=play.dice.choice(("21", "23")))


def settled_at_the_turn_of_the_year(play: Play) -> None:
    hospital, eve = a_hospital(play), new_years_eve(play)
    stay(play, hospital, eve - play.between(5, 20), eve, "I63.900")
    stay(play, hospital, eve + play.between(0, 1), eve + play.between(5, 20), "I63.900")


def newborn_on_the_mothers_number(play: Play) -> None:
    (one, other), first = _two_hospitals(play), _a_day(play)
    stay(play, one, first, first + play.between(4, 7), "O80.000", kind="52")
    stay(play, other, first + 1, first + play.between(6, 14), "P59.900")


def paid_by_the_family(play: Play) -> None:
    (one, other), first = _two_hospitals(play), _a_day(play)
    stay(play, one, first, first + 9)
    stay(play, other, first + 4, first + 14, pool_fund=False)


def settlement_reversed_later(play: Play) -> None:
    # The history alone gives a lead; the daily interval takes it back.
    (one, other), first = _two_hospitals(play), _a_day(play)
    stay(play, one, first, first + 9)
    wrong = stay(play, other, first + 4, first + 14)
    play.correct(wrong, play.today, pool_fund_fen=0, account_fen=0)


def number_of_another(play: Play) -> None:
    # Two people were given one number.
    (one, other), first = _two_hospitals(play), _a_day(play)
    stay(play, one, first, first + 9)
    stay(play, other, first + 4, first + 14, who=play.subject.of_another_name(play.dice))


def bed_kept_during_an_examination(play: Play) -> None:
    (one, other), first = _two_hospitals(play), _a_day(play)
    stay(play, one, first, first + play.between(12, 18))
    stay(play, other, first + 4, first + play.between(6, 8))


OVERLAPPING_STAYS = (
    *scenes(PLANTED, _ADULT, overlap, one_within_the_other, number_changed, name_written_differently),
    *scenes(PLANTED, _ADULT, settlement_arrives_late),
    *scenes(BY_DATA, _ADULT, transferred, settled_at_the_turn_of_the_year, paid_by_the_family),
    *scenes(BY_DATA, _ADULT, settlement_reversed_later, number_of_another),
    *scenes(BY_DATA, _MOTHER, newborn_on_the_mothers_number),
    *scenes(BY_VISIT, _ADULT, bed_kept_during_an_examination),
)
