"""Subsidies paid to citizens' accounts."""

from simulator.drafts import PAYMENTS
from simulator.scenes.play import Filed, Play, Player
from simulator.times import first_day

_YUAN = {
    "高龄津贴": (60, 90),
    "孤儿基本生活费": (1_000, 1_400),
    "工伤护理费": (1_800, 3_200),
    "耕地地力保护补贴": (300, 900),
    "丧葬补助": (2_000, 6_000),
}


def subsidy(
    play: Play,
    name: str,
    first: int,
    last: int,
    paid_for: str = "个人",
    returned: bool = False,
    who: Player | None = None,
) -> list[Filed]:
    """A subsidy, month by month; `returned` before it was delivered."""
    amount = play.between(*_YUAN[name]) * 100
    return [
        play.file(
            PAYMENTS,
            who or play.subject,
            play.books(month),
            subsidy=name,
            paid_for=paid_for,
            month=month,
            paid_on=first_day(month) + play.between(9, 19),
            amount_fen=amount,
            returned_on=first_day(month) + play.between(20, 26) if returned else None,
            county=play.subject.county,
        )
        for month in range(first, last + 1)
    ]
