"""Mutually exclusive benefits: one person draws both of a pair in the same month, and neither was returned.

The pairs: 低保 with 特困供养; 特困供养 with each disability subsidy; 工伤护理费 with each disability subsidy;
孤儿基本生活费 or 高龄津贴 with 生活补贴; 城市低保 of the classes 一类 and 二类 with a rural public-welfare post.
The name agrees in full or folded. One lead a person and pair.
"""

from simulator.scenes.play import BY_DATA, BY_VISIT, PLANTED, Play, Role, scenes
from simulator.scenes.records import civil_affairs, hr, police
from simulator.scenes.records.civil_affairs import disability_subsidy, hardship_support, relief
from simulator.scenes.records.finance import subsidy
from simulator.scenes.records.hr import welfare_post
from simulator.times import first_day, month_of

_ADULT, _OF_WORKING_AGE, _CHILD, _VERY_OLD = Role(35, 75), Role(25, 55), Role(2, 12), Role(80, 92)


def _months(play: Play) -> tuple[int, int]:
    """Some months of which everything is known."""
    first = play.between(month_of(play.opens) + 4, play.last_month - 10)
    return first, first + play.between(2, 7)


def relief_and_hardship_support(play: Play) -> None:
    first, last = _months(play)
    relief(play, first - play.between(0, 3), last, mode="单人保", grade=play.dice.choice(("一类", "三类")))
    hardship_support(play, first, last)


def hardship_support_and_living_subsidy(play: Play) -> None:
    first, last = _months(play)
    hardship_support(play, first, last)
    disability_subsidy(play, "生活补贴", first, last - play.between(0, 1))


def hardship_support_and_nursing_subsidy(play: Play) -> None:
    first, last = _months(play)
    hardship_support(play, first, last)
    disability_subsidy(play, "护理补贴", first + 1, last + play.between(0, 2))


def work_injury_and_living_subsidy(play: Play) -> None:
    first, last = _months(play)
    subsidy(play, "工伤护理费", first, last)
    disability_subsidy(play, "生活补贴", first, last)


def work_injury_and_nursing_subsidy(play: Play) -> None:
    first, last = _months(play)
    subsidy(play, "工伤护理费", first, last)
    disability_subsidy(play, "护理补贴", first, last)


def orphan_and_living_subsidy(play: Play) -> None:
    first, last = _months(play)
    subsidy(play, "孤儿基本生活费", first, last)
    disability_subsidy(play, "生活补贴", first, last)


def old_age_and_living_subsidy(play: Play) -> None:
    first, last = _months(play)
    subsidy(play, "高龄津贴", first, last)
    disability_subsidy(play, "生活补贴", first, last)


def urban_relief_and_rural_post(play: Play) -> None:
    first, last = _months(play)
    relief(play, first, last, "城市", play.dice.choice(("一类", "二类")))
    welfare_post(play, first, last)


def number_changed(play: Play) -> None:
    first, last = _months(play)
    old = police.number_changed(play, first_day(first) - play.between(1, 90))
    relief(play, first, last, mode="单人保", who=old)
    hardship_support(play, first, last)


def name_written_differently(play: Play) -> None:
    first, last = _months(play)
    hardship_support(play, first, last)
    disability_subsidy(play, "护理补贴", first, last, who=play.subject.spelt_differently(play.dice))


def relief_of_class_three_or_four_and_post(play: Play) -> None:
    first, last = _months(play)
    relief(play, first, last, "城市", play.dice.choice(("三类", "四类")))
    welfare_post(play, first, last)


def post_of_another_member(play: Play) -> None:
    first, last = _months(play)
    spouse = play.relatives[0]
    civil_affairs.marriage(play, play.subject, spouse, play.opens - play.between(200, 1_200))
    relief(play, first, last, "城市", "一类", mode="单人保")
    welfare_post(play, first, last, who=spouse)


def living_and_nursing_subsidy(play: Play) -> None:
    first, last = _months(play)
    disability_subsidy(play, "生活补贴", first, last)
    disability_subsidy(play, "护理补贴", first, last)


def orphan_with_nursing_subsidy(play: Play) -> None:
    first, last = _months(play)
    subsidy(play, "孤儿基本生活费", first, last)
    disability_subsidy(play, "护理补贴", first, last)


def public_employee_with_nursing_subsidy(play: Play) -> None:
    first, last = _months(play)
    hr.post(play, hr.hired(play), play.opens, "事业")
    hr.salary(play, first, last)
    disability_subsidy(play, "护理补贴", first, last)


def one_after_the_other(play: Play) -> None:
    first, last = _months(play)
    relief(play, first - 3, first, mode="单人保")
    hardship_support(play, first + 1, last + 1)


def subsidy_was_returned(play: Play) -> None:
    first, last = _months(play)
    disability_subsidy(play, "护理补贴", first, last)
    subsidy(play, "工伤护理费", first, last, returned=True)


def allowance_was_returned_later(play: Play) -> None:
    first, last = _months(play)
    disability_subsidy(play, "生活补贴", first, last)
    for paid in subsidy(play, "高龄津贴", first, last):
        returned_on = first_day(last + 1) + play.between(12, 50)
        play.correct(paid, returned_on + 2, returned_on=returned_on)


def number_of_another(play: Play) -> None:
    # Two people were given one number.
    first, last = _months(play)
    hardship_support(play, first, last)
    disability_subsidy(play, "护理补贴", first, last, who=play.subject.of_another_name(play.dice))


def booked_in_a_wrong_month(play: Play) -> None:
    # The support had ended with the month before; its last payment was booked late, for the month of booking.
    first, last = _months(play)
    relief(play, first - 3, first - 2, mode="单人保")
    relief(play, first, first, mode="单人保")
    hardship_support(play, first, last)


EXCLUSIVE = (
    *scenes(PLANTED, _ADULT, relief_and_hardship_support, hardship_support_and_living_subsidy),
    *scenes(PLANTED, _ADULT, hardship_support_and_nursing_subsidy, number_changed, name_written_differently),
    *scenes(PLANTED, _OF_WORKING_AGE, work_injury_and_living_subsidy, work_injury_and_nursing_subsidy),
    *scenes(PLANTED, _OF_WORKING_AGE, urban_relief_and_rural_post),
    *scenes(PLANTED, _CHILD, orphan_and_living_subsidy),
    *scenes(PLANTED, _VERY_OLD, old_age_and_living_subsidy),
    *scenes(BY_DATA, _ADULT, living_and_nursing_subsidy, one_after_the_other, subsidy_was_returned),
    *scenes(BY_DATA, _ADULT, number_of_another),
    *scenes(BY_DATA, _OF_WORKING_AGE, relief_of_class_three_or_four_and_post, public_employee_with_nursing_subsidy),
    *scenes(BY_DATA, _OF_WORKING_AGE, post_of_another_member, relatives=(_OF_WORKING_AGE,)),
    *scenes(BY_DATA, _CHILD, orphan_with_nursing_subsidy),
    *scenes(BY_DATA, _VERY_OLD, allowance_was_returned_later),
    *scenes(BY_VISIT, _ADULT, booked_in_a_wrong_month),
)
