"""Drunk driving by public staff: caught in a motor vehicle on a day in a post of kind 行政 or 事业.

The identity is not 冒用, the retest is missing or at least 20, the name agrees in full or folded. One lead a person
and case.
"""

from simulator.names import another_name, written_differently
from simulator.scenes.play import BY_DATA, BY_VISIT, PLANTED, Play, Scene
from simulator.times import DAILY_FROM, HISTORY_FROM


def _a_day(play: Play) -> int:
    return play.between(HISTORY_FROM + 10, DAILY_FROM - 30)


def _in_post(play: Play, staffing: str = "") -> None:
    play.post(play.hired(), HISTORY_FROM + play.between(0, 400), staffing or play.dice.choice(("行政", "事业")))


def administrative(play: Play) -> None:
    _in_post(play, "行政")
    play.caught(_a_day(play), alcohol=play.between(80, 240), retest=play.between(80, 200))


def institutional(play: Play) -> None:
    _in_post(play, "事业")
    play.caught(_a_day(play), alcohol=play.between(20, 79), retest=play.dice.choice((None, 20, 45)))


def identity_pending(play: Play) -> None:
    _in_post(play)
    play.caught(_a_day(play), identity="待核实")


def name_written_differently(play: Play) -> None:
    _in_post(play)
    play.caught(_a_day(play), name=written_differently(play.subject.name, play.dice))


def case_arrives_late(play: Play) -> None:
    _in_post(play)
    play.caught(DAILY_FROM - play.between(0, 2), filed=DAILY_FROM)


def post_arrives_late(play: Play) -> None:
    caught_on = _a_day(play)
    # Entered service on the very day at the latest.
    play.post(caught_on - play.dice.choice((0, 3, 9)), DAILY_FROM, "事业")
    play.caught(caught_on)


def in_second_post(play: Play) -> None:
    moved = HISTORY_FROM - play.between(1, 90)
    play.post(play.hired(), HISTORY_FROM + play.between(0, 90), "事业", left_on=moved)
    play.post(moved, HISTORY_FROM + play.between(0, 90), "行政", nth=2)
    play.caught(_a_day(play))


def retest_below_limit(play: Play) -> None:
    _in_post(play)
    play.caught(_a_day(play), alcohol=play.between(20, 45), retest=play.between(0, 19))


def retest_arrives_later(play: Play) -> None:
    # The history alone gives a lead; the daily interval takes it back.
    _in_post(play)
    caught_on, alcohol = _a_day(play), play.between(20, 45)
    play.caught(caught_on, alcohol=alcohol)
    play.caught(caught_on, filed=DAILY_FROM, alcohol=alcohol, retest=play.between(0, 19))


def bicycle(play: Play) -> None:
    _in_post(play)
    play.caught(_a_day(play), vehicle="非机动车")


def false_identity(play: Play) -> None:
    _in_post(play)
    play.caught(_a_day(play), identity="冒用")


def false_identity_found_later(play: Play) -> None:
    # The history alone gives a lead; the daily interval takes it back.
    _in_post(play)
    caught_on = _a_day(play)
    play.caught(caught_on, identity="待核实")
    play.caught(caught_on, filed=DAILY_FROM, identity="冒用")


def left_service(play: Play) -> None:
    caught_on = play.between(HISTORY_FROM + 120, DAILY_FROM - 30)
    # On the day of leaving itself nobody is in post any more.
    left_on = caught_on - play.dice.choice((0, 1, 30, 119))
    posted_on = play.hired()
    play.post(posted_on, HISTORY_FROM)
    play.post(posted_on, left_on + play.between(3, 20), left_on=left_on)
    play.caught(caught_on)


def contract_staff(play: Play) -> None:
    _in_post(play, "聘用")
    play.caught(_a_day(play))


def hired_afterwards(play: Play) -> None:
    caught_on = play.between(HISTORY_FROM + 10, DAILY_FROM - 230)
    posted_on = caught_on + play.dice.choice((1, 30, 200))
    play.post(posted_on, posted_on + 20, "行政")
    play.caught(caught_on)


def number_of_another(play: Play) -> None:
    # The police typed the subject's number for a driver of another name.
    _in_post(play)
    play.caught(_a_day(play), name=another_name(play.subject.name, play.dice))


def friend_gave_number_and_name(play: Play) -> None:
    _in_post(play)
    play.caught(_a_day(play), identity="待核实")


def leaving_not_recorded(play: Play) -> None:
    # Left service in truth; the unit has not told.
    _in_post(play)
    play.caught(_a_day(play))


DRINK_DRIVING = (
    Scene("administrative", PLANTED, administrative),
    Scene("institutional", PLANTED, institutional),
    Scene("identity_pending", PLANTED, identity_pending),
    Scene("name_written_differently", PLANTED, name_written_differently),
    Scene("case_arrives_late", PLANTED, case_arrives_late),
    Scene("post_arrives_late", PLANTED, post_arrives_late),
    Scene("in_second_post", PLANTED, in_second_post),
    Scene("retest_below_limit", BY_DATA, retest_below_limit),
    Scene("retest_arrives_later", BY_DATA, retest_arrives_later),
    Scene("bicycle", BY_DATA, bicycle),
    Scene("false_identity", BY_DATA, false_identity),
    Scene("false_identity_found_later", BY_DATA, false_identity_found_later),
    Scene("left_service", BY_DATA, left_service),
    Scene("contract_staff", BY_DATA, contract_staff),
    Scene("hired_afterwards", BY_DATA, hired_afterwards),
    Scene("number_of_another", BY_DATA, number_of_another),
    Scene("friend_gave_number_and_name", BY_VISIT, friend_gave_number_and_name),
    Scene("leaving_not_recorded", BY_VISIT, leaving_not_recorded),
)
