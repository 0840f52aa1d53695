"""Deceased, still reimbursed: pool-fund money for a service that began later than the day after a valid death entry.

The name agrees in full or folded. One lead a person.
"""

from simulator.names import another_name, written_differently
from simulator.scenes.play import BY_DATA, BY_VISIT, PLANTED, Play, Scene, in_history
from simulator.times import DAILY_FROM, HISTORY_FROM

_LATEST_DEATH = DAILY_FROM - 300


def _dead(play: Play, basis: str = "火化", name: str = "") -> int:
    died_on = _a_day(play)
    play.dies(died_on)
    play.death_entry(died_on, in_history(died_on + play.between(3, 25)), basis, name=name)
    return died_on


def _a_day(play: Play) -> int:
    return play.between(HISTORY_FROM, _LATEST_DEATH)


def _months_of_visits(play: Play, after: int, kind: str = "14") -> None:
    for month in range(play.between(2, 6)):
        play.visit(after + 20 + 30 * month + play.between(0, 9), kind)


def chronic_visits(play: Play) -> None:
    _months_of_visits(play, _dead(play))


def single_purchase(play: Play) -> None:
    # Two days after the death is the first day that nothing explains.
    play.visit(_dead(play) + play.dice.choice((2, 2, 9, 60)), play.dice.choice(("11", "41")))


def buried(play: Play) -> None:
    died_on = play.dies(_a_day(play))
    play.death_entry(died_on, in_history(died_on + play.between(60, 240)), "土葬")
    _months_of_visits(play, died_on)


def name_written_differently(play: Play) -> None:
    _months_of_visits(play, _dead(play, name=written_differently(play.subject.name, play.dice)))


def entry_arrives_late(play: Play) -> None:
    died_on = play.dies(_a_day(play))
    play.death_entry(died_on, DAILY_FROM, "土葬")
    _months_of_visits(play, died_on)


def settlement_arrives_late(play: Play) -> None:
    play.visit(_dead(play) + play.between(5, 200), settled=DAILY_FROM - 1, filed=DAILY_FROM)


def stay_ended_in_death(play: Play) -> None:
    died_on = _dead(play)
    play.visit(died_on - play.between(2, 12), "21", ended=died_on, settled=died_on + play.between(5, 60))


def death_certified(play: Play) -> None:
    play.visit(_dead(play) + play.between(0, 1), play.dice.choice(("11", "13")))


def discharged_the_day_after(play: Play) -> None:
    died_on = _dead(play)
    play.visit(died_on - play.between(1, 9), "21", ended=died_on + 1, settled=died_on + play.between(2, 30))


def transferred_and_died(play: Play) -> None:
    died_on = _dead(play)
    play.visit(died_on - 6, "21", ended=died_on)
    play.visit(died_on, "23", settled=died_on + play.between(4, 20))


def account_inherited(play: Play) -> None:
    play.visit(_dead(play) + play.between(10, 200), "41", pool_fund=False)


def account_shared_in_family(play: Play) -> None:
    died_on = _dead(play)
    for _ in range(2):
        play.visit(died_on + play.between(10, 200), "11", pool_fund=False)


def entry_cancelled(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    play.death_entry(day, in_history(day + 9))
    _months_of_visits(play, day)
    play.death_entry(day, day + play.between(30, 250), status="撤销")


def entry_cancelled_later(play: Play) -> None:
    # The history alone gives a lead; the daily interval takes it back.
    day = play.taken_for_dead(_a_day(play))
    play.death_entry(day, in_history(day + 9))
    _months_of_visits(play, day)
    play.death_entry(day, DAILY_FROM, status="撤销")


def returned_after_declaration(play: Play) -> None:
    declared = play.taken_for_dead(HISTORY_FROM + play.between(0, 60))
    play.death_entry(declared, declared + 10, "法院宣告")
    play.visit(declared + play.between(100, 200), "11")
    play.death_entry(declared, declared + play.between(210, 400), "法院宣告", "撤销")


def number_of_another(play: Play) -> None:
    # Somebody else died; the clerk typed the number of the subject, who lives.
    day = play.taken_for_dead(_a_day(play))
    play.death_entry(day, in_history(day + 9), name=another_name(play.subject.name, play.dice))
    _months_of_visits(play, day, "11")


def wrong_service_date(play: Play) -> None:
    # The service was before the death; the hospital entered the month wrong.
    play.visit(_dead(play) + play.between(10, 40), "11")


def false_notice(play: Play) -> None:
    day = play.taken_for_dead(_a_day(play))
    play.death_entry(day, in_history(day + 9))
    _months_of_visits(play, day)


DECEASED = (
    Scene("chronic_visits", PLANTED, chronic_visits),
    Scene("single_purchase", PLANTED, single_purchase),
    Scene("buried", PLANTED, buried),
    Scene("name_written_differently", PLANTED, name_written_differently),
    Scene("entry_arrives_late", PLANTED, entry_arrives_late),
    Scene("settlement_arrives_late", PLANTED, settlement_arrives_late),
    Scene("stay_ended_in_death", BY_DATA, stay_ended_in_death),
    Scene("death_certified", BY_DATA, death_certified),
    Scene("discharged_the_day_after", BY_DATA, discharged_the_day_after),
    Scene("transferred_and_died", BY_DATA, transferred_and_died),
    Scene("account_inherited", BY_DATA, account_inherited),
    Scene("account_shared_in_family", BY_DATA, account_shared_in_family),
    Scene("entry_cancelled", BY_DATA, entry_cancelled),
    Scene("entry_cancelled_later", BY_DATA, entry_cancelled_later),
    Scene("returned_after_declaration", BY_DATA, returned_after_declaration),
    Scene("number_of_another", BY_DATA, number_of_another),
    Scene("wrong_service_date", BY_VISIT, wrong_service_date),
    Scene("false_notice", BY_VISIT, false_notice),
)
