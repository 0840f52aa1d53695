"""Drunk driving by public staff: caught in a motor vehicle on a day in a post of kind 行政 or 事业.

The identity is not 冒用, the retest is missing or at least 20, the name agrees in full or folded. One lead a person
and case.
"""

from simulator.scenes.play import BY_DATA, BY_VISIT, PLANTED, Play, Player, Role, scenes
from simulator.scenes.records.hr import hired, post
from simulator.scenes.records.police import caught
from simulator.scenes.records.police import number_changed as changed

_OF_WORKING_AGE = Role(25, 57)


def _a_day(play: Play) -> int:
    return play.between(play.opens + 10, play.today - 30)


def _in_post(play: Play, staffing: str = "", who: Player | None = None) -> None:
    filed = play.opens + play.between(0, 400)
    post(play, hired(play), filed, staffing or play.dice.choice(("行政", "事业")), who=who)


def administrative(play: Play) -> None:
    _in_post(play, "行政")
    caught(play, _a_day(play), alcohol=play.between(80, 240), retest=play.between(80, 200))


def institutional(play: Play) -> None:
    _in_post(play, "事业")
    caught(play, _a_day(play), alcohol=play.between(20, 79), retest=play.dice.choice((None, 20, 45)))


def identity_pending(play: Play) -> None:
    _in_post(play)
    caught(play, _a_day(play), identity="待核实")


def name_written_differently(play: Play) -> None:
    _in_post(play)
    caught(play, _a_day(play), who=play.subject.spelt_differently(play.dice))


def number_changed(play: Play) -> None:
    # The unit keeps the number from the day of hiring.
    caught_on = _a_day(play)
    _in_post(play, who=changed(play, caught_on - play.between(10, 300)))
    caught(play, caught_on)


def case_arrives_late(play: Play) -> None:
    _in_post(play)
    caught(play, play.today - play.between(0, 2), filed=play.today)


def post_arrives_late(play: Play) -> None:
    caught_on = _a_day(play)
    # Entered service on the very day at the latest.
    post(play, caught_on - play.dice.choice((0, 3, 9)), play.today, "事业")
    caught(play, caught_on)


def in_second_post(play: Play) -> None:
    moved = play.opens - play.between(1, 90)
    post(play, hired(play), play.opens + play.between(0, 90), "事业", left_on=moved)
    post(play, moved, play.opens + play.between(0, 90), "行政", nth=2)
    caught(play, _a_day(play))


def retest_below_limit(play: Play) -> None:
    _in_post(play)
    caught(play, _a_day(play), alcohol=play.between(20, 45), retest=play.between(0, 19))


def retest_arrives_later(play: Play) -> None:
    # The history alone gives a lead; the daily interval takes it back.
    _in_post(play)
    case = caught(play, _a_day(play), alcohol=play.between(20, 45))
    play.correct(case, play.today, retest_mg=play.between(0, 19))


def bicycle(play: Play) -> None:
    _in_post(play)
    caught(play, _a_day(play), vehicle="非机动车")


def false_identity(play: Play) -> None:
    _in_post(play)
    caught(play, _a_day(play), identity="冒用")


def false_identity_found_later(play: Play) -> None:
    # The history alone gives a lead; the daily interval takes it back.
    _in_post(play)
    case = caught(play, _a_day(play), identity="待核实")
    play.correct(case, play.today, identity="冒用")


def left_service(play: Play) -> None:
    caught_on = play.between(play.opens + 120, play.today - 30)
    # On the day of leaving itself nobody is in post any more.
    left_on = caught_on - play.dice.choice((0, 1, 30, 119))
    known = post(play, hired(play), play.opens)
    play.correct(known, left_on + play.between(3, 20), left_on=left_on)
    caught(play, caught_on)


def contract_staff(play: Play) -> None:
    _in_post(play, "聘用")
    caught(play, _a_day(play))


def hired_afterwards(play: Play) -> None:
    caught_on = play.between(play.opens + 10, play.today - 230)
    posted_on = caught_on + play.dice.choice((1, 30, 200))
    post(play, posted_on, posted_on + 20, "行政")
    caught(play, caught_on)


def number_of_another(play: Play) -> None:
    # The police typed the subject's number for a driver of another name.
    _in_post(play)
    caught(play, _a_day(play), who=play.subject.of_another_name(play.dice))


def friend_gave_number_and_name(play: Play) -> None:
    _in_post(play)
    caught(play, _a_day(play), identity="待核实")


def leaving_not_recorded(play: Play) -> None:
    # Left service in truth; the unit has not told.
    _in_post(play)
    caught(play, _a_day(play))


DRINK_DRIVING = (
    *scenes(PLANTED, _OF_WORKING_AGE, administrative, institutional, identity_pending, name_written_differently),
    *scenes(PLANTED, _OF_WORKING_AGE, number_changed, case_arrives_late, post_arrives_late, in_second_post),
    *scenes(BY_DATA, _OF_WORKING_AGE, retest_below_limit, retest_arrives_later, bicycle, false_identity),
    *scenes(BY_DATA, _OF_WORKING_AGE, false_identity_found_later, left_service, contract_staff, hired_afterwards),
    *scenes(BY_DATA, _OF_WORKING_AGE, number_of_another),
    *scenes(BY_VISIT, _OF_WORKING_AGE, friend_gave_number_and_name, leaving_not_recorded),
)
