"""Deceased, still paid: a payment that belongs to a month after the month of a valid death entry.

Regular payments only, to the person and not returned. The name agrees in full or folded. One lead a person and
benefit.
"""

from collections.abc import Callable
from functools import partial

from simulator.scenes.play import BY_DATA, BY_VISIT, PLANTED, Filed, Play, Player, Role, scenes
from simulator.scenes.records import civil_affairs, health, police
from simulator.scenes.records.civil_affairs import disability_subsidy, hardship_support, relief
from simulator.scenes.records.finance import subsidy
from simulator.scenes.records.hr import pension, salary, welfare_post
from simulator.times import first_day, month_of

_RETIRED, _OF_WORKING_AGE, _VERY_OLD = Role(60, 90), Role(25, 57), Role(80, 92)

# Pays from a month to a month.
Paying = Callable[[Play, int, int], list[Filed]]


def _a_day(play: Play) -> int:
    return play.between(play.opens, play.today - 300)


def _dead(play: Play, who: Player | None = None) -> int:
    """The month of a registered death."""
    died_on = play.dies(_a_day(play))
    civil_affairs.death(play, died_on, who=who)
    return month_of(died_on)


def _until_death(play: Play, death: int, pays: Paying) -> None:
    pays(play, death - play.between(2, 6), death)


def _goes_on(play: Play, death: int, pays: Paying) -> None:
    pays(play, death - play.between(2, 6), death + play.between(1, 8))


def pension_goes_on(play: Play) -> None:
    _goes_on(play, _dead(play), pension)


def pension_began_again(play: Play) -> None:
    # Suspended in time, and taken up again at the yearly review.
    death = _dead(play)
    _until_death(play, death, pension)
    pension(play, death + 4, death + play.between(5, 8))


def relief_goes_on(play: Play) -> None:
    _goes_on(play, _dead(play), relief)


def hardship_support_goes_on(play: Play) -> None:
    _goes_on(play, _dead(play), hardship_support)


def disability_subsidy_goes_on(play: Play) -> None:
    death, kind = _dead(play), play.dice.choice(("生活补贴", "护理补贴"))
    disability_subsidy(play, kind, death - 3, death + play.between(1, 8))


def salary_goes_on(play: Play) -> None:
    _goes_on(play, _dead(play), salary)


def welfare_post_goes_on(play: Play) -> None:
    _goes_on(play, _dead(play), welfare_post)


def old_age_allowance_goes_on(play: Play) -> None:
    death = _dead(play)
    subsidy(play, "高龄津贴", death - play.between(2, 6), death + play.between(1, 8))


def family_kept_the_death_secret(play: Play) -> None:
    died_on = play.dies(_a_day(play))
    police.cancellation(play, died_on + play.between(240, 290), died_on=died_on)
    _goes_on(play, month_of(died_on), pension)


def known_to_the_hospital_alone(play: Play) -> None:
    died_on = play.dies(_a_day(play))
    health.death_certificate(play, died_on)
    _goes_on(play, month_of(died_on), pension)


def known_to_three(play: Play) -> None:
    # One register says the month before; the later day accuses less.
    death = _dead(play)
    health.death_certificate(play, play.died_on)
    police.cancellation(play, play.died_on + play.between(10, 60), died_on=first_day(death) - 1)
    _goes_on(play, death, relief)


def number_changed(play: Play) -> None:
    # The pension office pays under the number of the day of retirement.
    death = _dead(play)
    old = police.number_changed(play, play.died_on - play.between(30, 400))
    _goes_on(play, death, partial(pension, who=old))


def name_written_differently(play: Play) -> None:
    _goes_on(play, _dead(play, play.subject.spelt_differently(play.dice)), pension)


def entry_arrives_late(play: Play) -> None:
    died_on = play.dies(_a_day(play))
    civil_affairs.death(play, died_on, play.today, "土葬")
    _goes_on(play, month_of(died_on), pension)


def paid_in_the_month_of_death(play: Play) -> None:
    _until_death(play, _dead(play), pension)


def pension_arrears(play: Play) -> None:
    # Raised in arrears: paid after the death, for months before it.
    death = _dead(play)
    _until_death(play, death, pension)
    for arrears in pension(play, death - 3, death - 1, "补发"):
        paid_on = first_day(death + 2) + play.between(0, 20)
        play.correct(arrears, paid_on + 3, paid_on=paid_on)


def salary_arrears(play: Play) -> None:
    death = _dead(play)
    _until_death(play, death, salary)
    salary(play, death - 1, death - 1, kind="补发")


def funeral_grant_of_the_pension_fund(play: Play) -> None:
    death = _dead(play)
    _until_death(play, death, pension)
    pension(play, death + 1, death + 1, "丧葬抚恤")


def funeral_grant_of_finance(play: Play) -> None:
    death = _dead(play)
    subsidy(play, "丧葬补助", death + 1, death + play.between(1, 2))


def head_of_household_is_the_payee(play: Play) -> None:
    death = _dead(play)
    subsidy(play, "耕地地力保护补贴", death + 2, death + play.between(2, 4), paid_for="户")


def pension_returned(play: Play) -> None:
    death = _dead(play)
    _until_death(play, death, pension)
    pension(play, death + 1, death + play.between(1, 3), returned=True)


def pension_returned_later(play: Play) -> None:
    death = _dead(play)
    _until_death(play, death, pension)
    for paid in pension(play, death + 1, death + 2):
        returned_on = first_day(death + 3) + play.between(10, 60)
        play.correct(paid, returned_on + 2, returned_on=returned_on)


def allowance_returned(play: Play) -> None:
    death = _dead(play)
    subsidy(play, "高龄津贴", death - 3, death)
    subsidy(play, "高龄津贴", death + 1, death + play.between(1, 3), returned=True)


def entry_cancelled(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    entry = civil_affairs.death(play, day)
    _goes_on(play, month_of(day), pension)
    play.correct(entry, day + play.between(30, 250), status="撤销")


def entry_cancelled_later(play: Play) -> None:
    # The history alone gives a lead; the daily interval takes it back.
    day = play.taken_for_dead(_a_day(play))
    entry = civil_affairs.death(play, day)
    _goes_on(play, month_of(day), relief)
    play.correct(entry, play.today, status="撤销")


def certificate_withdrawn(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    certificate = health.death_certificate(play, day)
    _goes_on(play, month_of(day), pension)
    play.correct(certificate, day + play.between(20, 200), valid="0")


def registered_again(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    cancelled = police.cancellation(play, day + play.between(5, 30), died_on=day)
    _goes_on(play, month_of(day), pension)
    play.correct(cancelled, day + play.between(40, 250), status="恢复")


def emigrated(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    police.cancellation(play, day, "出国")
    _goes_on(play, month_of(day), pension)


def number_of_another(play: Play) -> None:
    # Two people were given one number; the other one died.
    day = play.taken_for_dead(_a_day(play))
    civil_affairs.death(play, day, who=play.subject.of_another_name(play.dice))
    _goes_on(play, month_of(day), pension)


def month_entered_wrongly(play: Play) -> None:
    # The last pension was due before the death; the payer entered the month after.
    death = _dead(play)
    pension(play, death - 4, death - 1)
    pension(play, death + 1, death + 1)


def false_notice(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    civil_affairs.death(play, day)
    _goes_on(play, month_of(day), pension)


DECEASED_PAID = (
    *scenes(PLANTED, _RETIRED, pension_goes_on, pension_began_again, relief_goes_on, hardship_support_goes_on),
    *scenes(PLANTED, _RETIRED, family_kept_the_death_secret, known_to_the_hospital_alone, known_to_three),
    *scenes(PLANTED, _RETIRED, number_changed, name_written_differently, entry_arrives_late),
    *scenes(PLANTED, _OF_WORKING_AGE, disability_subsidy_goes_on, salary_goes_on, welfare_post_goes_on),
    *scenes(PLANTED, _VERY_OLD, old_age_allowance_goes_on),
    *scenes(BY_DATA, _RETIRED, paid_in_the_month_of_death, pension_arrears, funeral_grant_of_the_pension_fund),
    *scenes(BY_DATA, _RETIRED, funeral_grant_of_finance, head_of_household_is_the_payee, pension_returned),
    *scenes(BY_DATA, _RETIRED, pension_returned_later, entry_cancelled, entry_cancelled_later),
    *scenes(BY_DATA, _RETIRED, certificate_withdrawn, registered_again, emigrated, number_of_another),
    *scenes(BY_DATA, _OF_WORKING_AGE, salary_arrears),
    *scenes(BY_DATA, _VERY_OLD, allowance_returned),
    *scenes(BY_VISIT, _RETIRED, month_entered_wrongly, false_notice),
)
