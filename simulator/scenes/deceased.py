"""Deceased, still reimbursed: pool-fund money for a service that began later than the day after a valid death entry.

Any of the three registers of deaths will do; of several days the last one counts. The name agrees in full or
folded. One lead a person.
"""

from simulator.scenes.play import BY_DATA, BY_VISIT, PLANTED, Play, Role, scenes
from simulator.scenes.records import civil_affairs, health, police

_ADULT = Role(40, 92)


def _dead(play: Play, basis: str = "火化") -> int:
    died_on = play.dies(_a_day(play))
    civil_affairs.death(play, died_on, basis=basis)
    return died_on


def _a_day(play: Play) -> int:
    return play.between(play.opens, play.today - 300)


def _months_of_visits(play: Play, after: int, kind: str = "14") -> None:
    for month in range(play.between(2, 6)):
        health.visit(play, after + 20 + 30 * month + play.between(0, 9), kind)


def chronic_visits(play: Play) -> None:
    _months_of_visits(play, _dead(play))


def single_purchase(play: Play) -> None:
    # Two days after the death is the first day that nothing explains.
    health.visit(play, _dead(play) + play.dice.choice((2, 2, 9, 60)), play.dice.choice(("11", "41")))


def buried(play: Play) -> None:
    died_on = play.dies(_a_day(play))
    civil_affairs.death(play, died_on, play.calendar.in_history(died_on + play.between(60, 240)), "土葬")
    _months_of_visits(play, died_on)


def name_written_differently(play: Play) -> None:
    died_on = play.dies(_a_day(play))
    civil_affairs.death(play, died_on, who=play.subject.spelt_differently(play.dice))
    _months_of_visits(play, died_on)


def known_to_the_hospital_alone(play: Play) -> None:
    died_on = play.dies(_a_day(play))
    health.death_certificate(play, died_on)
    _months_of_visits(play, died_on)


def known_to_the_police_alone(play: Play) -> None:
    died_on = play.dies(_a_day(play))
    police.cancellation(play, died_on + play.between(10, 120), died_on=died_on)
    _months_of_visits(play, died_on)


def known_to_three(play: Play) -> None:
    # One register is a day off; the later day accuses less.
    died_on = _dead(play)
    health.death_certificate(play, died_on)
    police.cancellation(play, died_on + play.between(10, 60), died_on=died_on + 1)
    _months_of_visits(play, died_on)


def number_changed(play: Play) -> None:
    # The family brought the old card to the registry.
    died_on = play.dies(_a_day(play))
    civil_affairs.death(play, died_on, who=police.number_changed(play, died_on - play.between(30, 400)))
    _months_of_visits(play, died_on)


def entry_arrives_late(play: Play) -> None:
    died_on = play.dies(_a_day(play))
    civil_affairs.death(play, died_on, play.today, "土葬")
    _months_of_visits(play, died_on)


def settlement_arrives_late(play: Play) -> None:
    health.visit(play, _dead(play) + play.between(5, 200), settled=play.today - 1, filed=play.today)


def stay_ended_in_death(play: Play) -> None:
    died_on = _dead(play)
    settled = died_on + play.between(5, 60)
    health.visit(play, died_on - play.between(2, 12), "21", ended=died_on, settled=settled)


def death_certified(play: Play) -> None:
    health.visit(play, _dead(play) + play.between(0, 1), play.dice.choice(("11", "13")))


def discharged_the_day_after(play: Play) -> None:
    died_on = _dead(play)
    settled = died_on + play.between(2, 30)
    health.visit(play, died_on - play.between(1, 9), "21", ended=died_on + 1, settled=settled)


def transferred_and_died(play: Play) -> None:
    died_on = _dead(play)
    health.visit(play, died_on - 6, "21", ended=died_on)
    health.visit(play, died_on, "23", settled=died_on + play.between(4, 20))


def account_inherited(play: Play) -> None:
    health.visit(play, _dead(play) + play.between(10, 200), "41", pool_fund=False)


def account_shared_in_family(play: Play) -> None:
    died_on = _dead(play)
    for _ in range(2):
        health.visit(play, died_on + play.between(10, 200), "11", pool_fund=False)


def entry_cancelled(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    entry = civil_affairs.death(play, day, play.calendar.in_history(day + 9))
    _months_of_visits(play, day)
    play.correct(entry, day + play.between(30, 250), status="撤销")


def entry_cancelled_later(play: Play) -> None:
    # The history alone gives a lead; the daily interval takes it back.
    day = play.taken_for_dead(_a_day(play))
    entry = civil_affairs.death(play, day)
    _months_of_visits(play, day)
    play.correct(entry, play.today, status="撤销")


def returned_after_declaration(play: Play) -> None:
    declared = play.taken_for_dead(play.opens + play.between(0, 60))
    entry = civil_affairs.death(play, declared, declared + 10, "法院宣告")
    health.visit(play, declared + play.between(100, 200), "11")
    play.correct(entry, declared + play.between(210, 400), status="撤销")


def certificate_withdrawn(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    certificate = health.death_certificate(play, day)
    _months_of_visits(play, day)
    play.correct(certificate, day + play.between(20, 200), valid="0")


def registered_again(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    cancelled = police.cancellation(play, day + play.between(5, 30), died_on=day)
    _months_of_visits(play, day)
    play.correct(cancelled, day + play.between(40, 250), status="恢复")


def registered_twice(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    police.cancellation(play, day, "重复户口")
    _months_of_visits(play, day)


def emigrated(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    police.cancellation(play, day, "出国")
    _months_of_visits(play, day, "11")


def joined_the_army(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    police.cancellation(play, day, "参军")
    _months_of_visits(play, day, "11")


def number_of_another(play: Play) -> None:
    # Somebody else died; the clerk typed the number of the subject, who lives.
    day = play.taken_for_dead(_a_day(play))
    civil_affairs.death(play, day, who=play.subject.of_another_name(play.dice))
    _months_of_visits(play, day, "11")


def wrong_service_date(play: Play) -> None:
    # The service was before the death; the hospital entered the month wrong.
    health.visit(play, _dead(play) + play.between(10, 40), "11")


def false_notice(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    civil_affairs.death(play, day)
    _months_of_visits(play, day)


DECEASED = (
    *scenes(PLANTED, _ADULT, chronic_visits, single_purchase, buried, name_written_differently),
    *scenes(PLANTED, _ADULT, known_to_the_hospital_alone, known_to_the_police_alone, known_to_three, number_changed),
    *scenes(PLANTED, _ADULT, entry_arrives_late, settlement_arrives_late),
    *scenes(BY_DATA, _ADULT, stay_ended_in_death, death_certified, discharged_the_day_after, transferred_and_died),
    *scenes(BY_DATA, _ADULT, account_inherited, account_shared_in_family, entry_cancelled, entry_cancelled_later),
    *scenes(BY_DATA, _ADULT, returned_after_declaration, certificate_withdrawn, registered_again, registered_twice),
    *scenes(BY_DATA, _ADULT, emigrated, number_of_another),
    *scenes(BY_DATA, Role(18, 24), joined_the_army),
    *scenes(BY_VISIT, _ADULT, wrong_service_date, false_notice),
)
