"""Split stays: a second stay (21) begins within fifteen days after the end of the first, in the same hospital.

Both are for the same category of diagnosis, and the pool fund paid for both. Treatments that come back by their
nature (chemotherapy, dialysis, psychiatry) do not count, nor does one stay settled at the turn of a year. The name
agrees in full or folded. One lead a person and hospital.
"""

from simulator.scenes.play import BY_DATA, BY_VISIT, PLANTED, Filed, Play, Role, scenes
from simulator.scenes.records import police
from simulator.scenes.records.health import ILLNESSES, a_hospital
from simulator.scenes.records.stays import new_years_eve, stay

_ADULT = Role(30, 85)


def _a_day(play: Play) -> int:
    return play.between(play.opens + 10, play.today - 120)


def _twice(play: Play, gap: int, first: str = "", second: str = "", kinds: tuple[str, str] = ("21", "21")) -> Filed:
    """Two stays in one hospital, `gap` days apart."""
    hospital, began = a_hospital(play), _a_day(play)
    ended = began + play.between(5, 15)
    first = first or play.dice.choice(ILLNESSES)
    stay(play, hospital, began, ended, first, kinds[0])
    return stay(play, hospital, ended + gap, ended + gap + play.between(5, 15), second or first, kinds[1])


def discharged_and_back(play: Play) -> None:
    _twice(play, play.between(1, 14))


def back_on_the_same_day(play: Play) -> None:
    _twice(play, 0)


def back_on_the_fifteenth_day(play: Play) -> None:
    _twice(play, 15)


def kept_in_three_pieces(play: Play) -> None:
    hospital, began, illness = a_hospital(play), _a_day(play), play.dice.choice(ILLNESSES)
    for piece in range(3):
        stay(play, hospital, began + 16 * piece, began + 16 * piece + play.between(9, 14), illness)


def same_category_of_diagnosis(play: Play) -> None:
    _twice(play, play.between(1, 10), "I63.900", "I63.200")


def number_changed(play: Play) -> None:
    hospital, began, illness = a_hospital(play), _a_day(play), play.dice.choice(ILLNESSES)
    stay(play, hospital, began, began + 9, illness, who=police.number_changed(play, began + 12))
    stay(play, hospital, began + 15, began + 24, illness)


def name_written_differently(play: Play) -> None:
    hospital, began, illness = a_hospital(play), _a_day(play), play.dice.choice(ILLNESSES)
    stay(play, hospital, began, began + 9, illness)
    stay(play, hospital, began + 15, began + 24, illness, who=play.subject.spelt_differently(play.dice))


def settlement_arrives_late(play: Play) -> None:
    hospital, began, illness = a_hospital(play), play.today - play.between(25, 35), play.dice.choice(ILLNESSES)
    stay(play, hospital, began, began + 9, illness)
    stay(play, hospital, began + 14, play.today - 1, illness, filed=play.today)


def chemotherapy(play: Play) -> None:
    _twice(play, play.between(5, 15), "Z51.102")


def dialysis(play: Play) -> None:
    _twice(play, play.between(1, 10), play.dice.choice(("N18.900", "Z49.100")))


def psychiatry(play: Play) -> None:
    _twice(play, play.between(0, 10), play.dice.choice(("F20.900", "F31.900")))


def came_back_as_an_emergency(play: Play) -> None:
    _twice(play, play.between(1, 14), kinds=("21", "24"))


def transferred_back(play: Play) -> None:
    _twice(play, play.between(0, 14), kinds=("21", "23"))


def settled_at_the_turn_of_the_year(play: Play) -> None:
    hospital, eve = a_hospital(play), new_years_eve(play)
    stay(play, hospital, eve - play.between(5, 20), eve, "I63.900")
    stay(play, hospital, eve + play.between(0, 1), eve + play.between(5, 20), "I63.900")


def another_illness(play: Play) -> None:
    _twice(play, play.between(1, 14), "K80.100", "J18.900")


def sixteen_days_and_more(play: Play) -> None:
    _twice(play, play.dice.choice((16, 16, 20, 45)))


def paid_by_the_family(play: Play) -> None:
    hospital, began, illness = a_hospital(play), _a_day(play), play.dice.choice(ILLNESSES)
    stay(play, hospital, began, began + 9, illness)
    stay(play, hospital, began + 15, began + 24, illness, pool_fund=False)


def settlement_reversed_later(play: Play) -> None:
    # The history alone gives a lead; the daily interval takes it back.
    play.correct(_twice(play, play.between(1, 14)), play.today, pool_fund_fen=0, account_fen=0)


def number_of_another(play: Play) -> None:
    # Two people were given one number.
    hospital, began, illness = a_hospital(play), _a_day(play), play.dice.choice(ILLNESSES)
    stay(play, hospital, began, began + 9, illness)
    stay(play, hospital, began + 15, began + 24, illness, who=play.subject.of_another_name(play.dice))


def planned_second_operation(play: Play) -> None:
    _twice(play, play.between(7, 15), "K80.100")


SPLIT_STAYS = (
    *scenes(PLANTED, _ADULT, discharged_and_back, back_on_the_same_day, back_on_the_fifteenth_day),
    *scenes(PLANTED, _ADULT, kept_in_three_pieces, same_category_of_diagnosis, number_changed),
    *scenes(PLANTED, _ADULT, name_written_differently, settlement_arrives_late),
    *scenes(BY_DATA, _ADULT, chemotherapy, dialysis, psychiatry, came_back_as_an_emergency, transferred_back),
    *scenes(BY_DATA, _ADULT, settled_at_the_turn_of_the_year, another_illness, sixteen_days_and_more),
    *scenes(BY_DATA, _ADULT, paid_by_the_family, settlement_reversed_later, number_of_another),
    *scenes(BY_VISIT, _ADULT, planned_second_operation),
)
