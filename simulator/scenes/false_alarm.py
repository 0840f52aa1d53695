"""False-death alarm: a register holds a valid death, and the person was seen in person after that day.

Seen are those who marry, those caught drunk driving whose identity was verified, and those taken into custody. The
name agrees in full or folded. One lead a person and register.
"""

from simulator.scenes.play import BY_DATA, BY_VISIT, PLANTED, Play, Player, Role, scenes
from simulator.scenes.records import civil_affairs, health, police

_ADULT = Role(25, 58)


def _a_day(play: Play) -> int:
    return play.between(play.opens + 60, play.today - 300)


def _later(play: Play, day: int) -> int:
    return day + play.between(20, 250)


def _entered(play: Play, who: Player | None = None) -> int:
    """The day of a death that civil affairs entered wrongly."""
    day = play.taken_for_dead(_a_day(play))
    civil_affairs.death(play, day, who=who)
    return day


def caught_driving(play: Play) -> None:
    police.caught(play, _later(play, _entered(play)))


def married(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    health.death_certificate(play, day)
    civil_affairs.marriage(play, play.subject, play.relatives[0], _later(play, day))


def married_as_the_second_named(play: Play) -> None:
    civil_affairs.marriage(play, play.relatives[0], play.subject, _later(play, _entered(play)))


def taken_into_custody(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    police.cancellation(play, day + play.between(5, 19), died_on=day)
    police.custody(play, _later(play, day), None, play.dice.choice(("刑事拘留", "逮捕")))


def cancelled_and_caught(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    police.cancellation(play, day + play.between(5, 19), died_on=day)
    police.caught(play, _later(play, day))


def number_changed(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    seen_on = _later(play, day)
    # Changed after the entry, in person, and before the person was caught.
    civil_affairs.death(play, day, who=police.number_changed(play, day + play.between(3, 19)))
    police.caught(play, seen_on)


def name_written_differently(play: Play) -> None:
    police.caught(play, _later(play, _entered(play, play.subject.spelt_differently(play.dice))))


def entry_arrives_late(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    civil_affairs.death(play, day, play.today, "土葬")
    police.caught(play, _later(play, day))


def case_arrives_late(play: Play) -> None:
    _entered(play)
    police.caught(play, play.today - play.between(0, 2), filed=play.today)


def seen_before_death(play: Play) -> None:
    died_on = play.dies(_a_day(play))
    civil_affairs.death(play, died_on)
    police.caught(play, died_on - play.between(0, 50))


def married_before_death(play: Play) -> None:
    died_on = play.dies(_a_day(play))
    health.death_certificate(play, died_on)
    civil_affairs.marriage(play, play.subject, play.relatives[0], died_on - play.between(1, 900))


def identity_stolen(play: Play) -> None:
    died_on = play.dies(_a_day(play))
    civil_affairs.death(play, died_on)
    police.caught(play, _later(play, died_on), identity="冒用")


def identity_pending(play: Play) -> None:
    died_on = play.dies(_a_day(play))
    civil_affairs.death(play, died_on)
    police.caught(play, _later(play, died_on), identity="待核实")


def identity_stolen_found_later(play: Play) -> None:
    # The history alone gives a lead; the daily interval takes it back.
    died_on = play.dies(_a_day(play))
    civil_affairs.death(play, died_on)
    play.correct(police.caught(play, _later(play, died_on)), play.today, identity="冒用")


def entry_cancelled(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    entry = civil_affairs.death(play, day)
    seen_on = _later(play, day)
    police.caught(play, seen_on)
    play.correct(entry, seen_on + play.between(5, 40), status="撤销")


def entry_cancelled_later(play: Play) -> None:
    # The history alone gives a lead; the daily interval takes it back.
    day = play.taken_for_dead(_a_day(play))
    entry = civil_affairs.death(play, day)
    police.caught(play, _later(play, day))
    play.correct(entry, play.today, status="撤销")


def certificate_withdrawn(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    certificate = health.death_certificate(play, day)
    play.correct(certificate, day + play.between(15, 60), valid="0")
    civil_affairs.marriage(play, play.subject, play.relatives[0], _later(play, day))


def registered_again(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    cancelled = police.cancellation(play, day + play.between(5, 19), died_on=day)
    play.correct(cancelled, day + play.between(25, 100), status="恢复")
    police.custody(play, _later(play, day), None, "刑事拘留")


def registered_twice(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    police.cancellation(play, day, "重复户口")
    police.caught(play, _later(play, day))


def emigrated_and_came_back(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    police.cancellation(play, day, play.dice.choice(("出国", "参军")))
    civil_affairs.marriage(play, play.relatives[0], play.subject, _later(play, day))


def card_used_by_family(play: Play) -> None:
    died_on = play.dies(_a_day(play))
    civil_affairs.death(play, died_on)
    for _ in range(3):
        health.visit(play, _later(play, died_on), "41", pool_fund=False)


def number_of_another(play: Play) -> None:
    # Two people were given one number; the other one died.
    police.caught(play, _later(play, _entered(play, play.subject.of_another_name(play.dice))))


def number_typed_for_a_namesake(play: Play) -> None:
    # The subject is dead; at the wedding of a namesake the clerk took the number from the list of names.
    died_on = play.dies(_a_day(play))
    civil_affairs.death(play, died_on)
    civil_affairs.marriage(play, play.subject, play.relatives[0], _later(play, died_on))


FALSE_ALARM = (
    *scenes(PLANTED, _ADULT, caught_driving, taken_into_custody, cancelled_and_caught, number_changed),
    *scenes(PLANTED, _ADULT, name_written_differently, entry_arrives_late, case_arrives_late),
    *scenes(PLANTED, _ADULT, married, married_as_the_second_named, relatives=(_ADULT,)),
    *scenes(BY_DATA, _ADULT, seen_before_death, identity_stolen, identity_pending, identity_stolen_found_later),
    *scenes(BY_DATA, _ADULT, entry_cancelled, entry_cancelled_later, registered_again, registered_twice),
    *scenes(BY_DATA, _ADULT, card_used_by_family, number_of_another),
    *scenes(BY_DATA, _ADULT, married_before_death, certificate_withdrawn, relatives=(_ADULT,)),
    *scenes(BY_DATA, _ADULT, emigrated_and_came_back, relatives=(_ADULT,)),
    *scenes(BY_VISIT, _ADULT, number_typed_for_a_namesake, relatives=(_ADULT,)),
)
