"""Public staff drawing relief: a household draws 低保 as a whole while one of its people is in public service.

A member, or a member's spouse, holds a post of kind 行政 or 事业 from the first day of a month to the last. Married
on the first day and not divorced before the end of the month. The name agrees in full or folded. One lead a
household; the subject plays its head.
"""

from simulator.scenes.play import BY_DATA, BY_VISIT, PLANTED, Filed, Play, Player, Role, scenes
from simulator.scenes.records import police
from simulator.scenes.records.civil_affairs import marriage, relief
from simulator.scenes.records.hr import hired, post
from simulator.times import first_day, month_of

_HEAD, _RELATIVE = Role(30, 64), Role(25, 57)

Months = tuple[int, int]


def _months(play: Play) -> Months:
    """The months of relief."""
    first = play.between(month_of(play.opens) + 6, play.last_month - 12)
    return first, first + play.between(4, 7)


def _relief(play: Play, *members: Player, mode: str = "整户") -> Months:
    """The members draw relief in one household."""
    first, last = _months(play)
    for member in members:
        relief(play, first, last, mode=mode, who=member)
    return first, last


def _in_post(play: Play, who: Player, staffing: str = "") -> Filed:
    filed = play.opens + play.between(0, 90)
    return post(play, hired(play, who), filed, staffing or play.dice.choice(("行政", "事业")), who=who)


def _long_married(play: Play, who: Player, spouse: Player) -> Filed:
    return marriage(play, who, spouse, play.opens - play.between(100, 1_500))


def member_in_post(play: Play) -> None:
    _relief(play, play.subject, *play.relatives)
    _in_post(play, play.relatives[0])


def head_in_post(play: Play) -> None:
    _relief(play, play.subject, *play.relatives)
    _in_post(play, play.subject)


def spouse_in_post(play: Play) -> None:
    _relief(play, play.subject)
    _long_married(play, play.subject, play.relatives[0])
    _in_post(play, play.relatives[0])


def spouse_named_first_in_post(play: Play) -> None:
    _relief(play, play.subject)
    _long_married(play, play.relatives[0], play.subject)
    _in_post(play, play.relatives[0])


def hired_during_relief(play: Play) -> None:
    first, _ = _relief(play, play.subject, *play.relatives)
    posted_on = first_day(first + 1) + play.between(0, 27)
    post(play, posted_on, posted_on + play.between(2, 20), "事业", who=play.relatives[0])


def left_during_relief(play: Play) -> None:
    first, _ = _relief(play, play.subject, *play.relatives)
    left_on = first_day(first + 2) + play.between(0, 27)
    known = _in_post(play, play.relatives[0])
    play.correct(known, left_on + play.between(2, 20), left_on=left_on)


def number_changed(play: Play) -> None:
    # The unit keeps the number from the day of hiring.
    first, _ = _relief(play, play.subject, *play.relatives)
    old = police.number_changed(play, first_day(first) - play.between(10, 120), who=play.relatives[0])
    _in_post(play, old)


def name_written_differently(play: Play) -> None:
    _relief(play, play.subject, *play.relatives)
    _in_post(play, play.relatives[0].spelt_differently(play.dice))


def post_arrives_late(play: Play) -> None:
    _relief(play, play.subject, *play.relatives)
    post(play, hired(play, play.relatives[0]), play.today, "行政", who=play.relatives[0])


def relief_for_one_alone(play: Play) -> None:
    _relief(play, play.subject, mode="单人保")
    _long_married(play, play.subject, play.relatives[0])
    _in_post(play, play.relatives[0])


def grown_child_lives_elsewhere(play: Play) -> None:
    # Nothing but the family knows of the two: the child is no member.
    _relief(play, play.subject)
    _in_post(play, play.relatives[0])


def left_before(play: Play) -> None:
    first, _ = _relief(play, play.subject, *play.relatives)
    left_on = first_day(first) - play.between(0, 60)
    known = _in_post(play, play.relatives[0])
    play.correct(known, left_on + play.between(2, 20), left_on=left_on)


def leaving_arrives_late(play: Play) -> None:
    # The history alone gives a lead; the daily interval takes it back.
    first, _ = _relief(play, play.subject, *play.relatives)
    known = _in_post(play, play.relatives[0])
    play.correct(known, play.today, left_on=first_day(first) - play.between(0, 60))


def contract_staff(play: Play) -> None:
    _relief(play, play.subject, *play.relatives)
    _in_post(play, play.relatives[0], "聘用")


def divorced_before(play: Play) -> None:
    first, _ = _relief(play, play.subject)
    known = _long_married(play, play.subject, play.relatives[0])
    divorced_on = first_day(first) - play.between(1, 90)
    play.correct(known, divorced_on + play.between(0, 9), divorced_on=divorced_on)
    _in_post(play, play.relatives[0])


def married_after_relief(play: Play) -> None:
    _, last = _relief(play, play.subject)
    marriage(play, play.subject, play.relatives[0], first_day(last + 1) + play.between(0, 60))
    _in_post(play, play.relatives[0])


def hired_after_relief(play: Play) -> None:
    _, last = _relief(play, play.subject, *play.relatives)
    posted_on = first_day(last + 1) + play.between(0, 60)
    post(play, posted_on, posted_on + play.between(2, 20), "事业", who=play.relatives[0])


def number_of_another(play: Play) -> None:
    # The unit typed the member's number for an employee of another name.
    _relief(play, play.subject, *play.relatives)
    _in_post(play, play.relatives[0].of_another_name(play.dice))


def leaving_not_recorded(play: Play) -> None:
    _relief(play, play.subject, *play.relatives)
    _in_post(play, play.relatives[0])


def separated_in_fact(play: Play) -> None:
    _relief(play, play.subject)
    _long_married(play, play.subject, play.relatives[0])
    _in_post(play, play.relatives[0])


_TWO = (_RELATIVE,)
STAFF_RELIEF = (
    *scenes(PLANTED, _HEAD, member_in_post, spouse_in_post, spouse_named_first_in_post, relatives=_TWO),
    *scenes(PLANTED, _HEAD, hired_during_relief, left_during_relief, number_changed, relatives=_TWO),
    *scenes(PLANTED, _HEAD, name_written_differently, post_arrives_late, relatives=_TWO),
    *scenes(PLANTED, Role(25, 55), head_in_post, relatives=_TWO),
    *scenes(BY_DATA, _HEAD, relief_for_one_alone, grown_child_lives_elsewhere, left_before, relatives=_TWO),
    *scenes(BY_DATA, _HEAD, leaving_arrives_late, contract_staff, divorced_before, relatives=_TWO),
    *scenes(BY_DATA, _HEAD, married_after_relief, hired_after_relief, number_of_another, relatives=_TWO),
    *scenes(BY_VISIT, _HEAD, leaving_not_recorded, separated_in_fact, relatives=_TWO),
)
