"""Vehicle and relief: a member of a household that draws 低保 for a month owns a 小型汽车 or 大型汽车 throughout it.

Registered before the first day, transferred or scrapped after the last or never. The name agrees in full or folded.
One lead a household; the subject plays its head.
"""

from simulator.scenes.play import BY_DATA, BY_VISIT, PLANTED, Play, Role, scenes
from simulator.scenes.records import police
from simulator.scenes.records.civil_affairs import relief
from simulator.scenes.records.police import vehicle
from simulator.times import first_day, month_of

_HEAD, _RELATIVE = Role(28, 70), Role(20, 60)


def _relief(play: Play, mode: str = "整户") -> tuple[int, int]:
    """Everybody on the stage draws relief in one household; its first and last month."""
    first = play.between(month_of(play.opens) + 6, play.last_month - 12)
    last = first + play.between(4, 7)
    area, grade = play.dice.choice(("城市", "农村")), play.dice.choice(("一类", "二类", "三类", "四类"))
    for member in (play.subject, *play.relatives):
        relief(play, first, last, area, grade, mode, who=member)
    return first, last


def _long_ago(play: Play) -> int:
    return play.opens - play.between(30, 1_500)


def car_of_the_head(play: Play) -> None:
    _relief(play)
    vehicle(play, _long_ago(play))


def lorry_of_a_member(play: Play) -> None:
    _relief(play)
    vehicle(play, _long_ago(play), "大型汽车", who=play.relatives[0])


def car_of_one_supported_alone(play: Play) -> None:
    _relief(play, "单人保")
    vehicle(play, _long_ago(play))


def bought_during_relief(play: Play) -> None:
    first, _ = _relief(play)
    vehicle(play, first_day(first + 1) + play.between(0, 27))


def sold_during_relief(play: Play) -> None:
    first, _ = _relief(play)
    known = vehicle(play, _long_ago(play))
    ended_on = first_day(first + 2) + play.between(0, 27)
    play.correct(known, ended_on + play.between(1, 9), ended_on=ended_on)


def number_changed(play: Play) -> None:
    # The vehicle was registered under the former number.
    first, _ = _relief(play)
    old = police.number_changed(play, first_day(first) - play.between(10, 120))
    vehicle(play, _long_ago(play), who=old)


def name_written_differently(play: Play) -> None:
    _relief(play)
    vehicle(play, _long_ago(play), who=play.subject.spelt_differently(play.dice))


def three_wheeler(play: Play) -> None:
    _relief(play)
    vehicle(play, _long_ago(play), "三轮汽车")


def motorcycle(play: Play) -> None:
    _relief(play)
    vehicle(play, _long_ago(play), "摩托车", who=play.relatives[0])


def vehicle_for_the_disabled(play: Play) -> None:
    _relief(play)
    vehicle(play, _long_ago(play), "残疾人专用")


def scrapped_before(play: Play) -> None:
    first, _ = _relief(play)
    vehicle(play, _long_ago(play), ended_on=first_day(first) - play.between(1, 150))


def transfer_recorded_later(play: Play) -> None:
    first, _ = _relief(play)
    known = vehicle(play, _long_ago(play))
    ended_on = first_day(first) - play.between(1, 20)
    play.correct(known, ended_on + play.between(90, 200), ended_on=ended_on)


def bought_after_relief(play: Play) -> None:
    _, last = _relief(play)
    vehicle(play, first_day(last + 1) + play.between(0, 60), who=play.relatives[0])


def number_of_another(play: Play) -> None:
    _relief(play)
    vehicle(play, _long_ago(play), who=play.subject.of_another_name(play.dice))


def name_lent(play: Play) -> None:
    # The car is the nephew's; only the name on its papers is the subject's.
    _relief(play)
    vehicle(play, _long_ago(play))


def sold_not_transferred(play: Play) -> None:
    _relief(play)
    vehicle(play, _long_ago(play), "大型汽车")


VEHICLE_RELIEF = (
    *scenes(PLANTED, _HEAD, lorry_of_a_member, bought_during_relief, relatives=(_RELATIVE,)),
    *scenes(PLANTED, _HEAD, car_of_the_head, car_of_one_supported_alone, sold_during_relief, number_changed),
    *scenes(PLANTED, _HEAD, name_written_differently),
    *scenes(BY_DATA, _HEAD, three_wheeler, vehicle_for_the_disabled, scrapped_before, transfer_recorded_later),
    *scenes(BY_DATA, _HEAD, motorcycle, bought_after_relief, relatives=(_RELATIVE,)),
    *scenes(BY_DATA, _HEAD, number_of_another),
    *scenes(BY_VISIT, _HEAD, name_lent, sold_not_transferred),
)
