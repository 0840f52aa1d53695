"""Deaths, benefits by month, marriages."""

from simulator.drafts import DEATHS, DIBAO, DISABILITY_SUBSIDY, MARRIAGES, SPECIAL_HARDSHIP
from simulator.scenes.play import Filed, Play, Player


def death(play: Play, died_on: int, filed: int | None = None, basis: str = "火化", who: Player | None = None) -> Filed:
    """A valid entry of a death."""
    who = who or play.subject
    filed = play.calendar.in_history(died_on + play.between(3, 25)) if filed is None else filed
    return play.file(DEATHS, who, filed, died_on=died_on, basis=basis, status="有效", county=play.subject.county)


def relief(
    play: Play,
    first: int,
    last: int,
    area: str = "农村",
    grade: str = "二类",
    mode: str = "整户",
    who: Player | None = None,
    household: str = "",
) -> list[Filed]:
    """低保 of one member, month by month."""
    about = {"household": household or play.household, "area": area, "class": grade, "mode": mode}
    return play.pay(DIBAO, who or play.subject, first, last, amount_fen=play.between(300, 760) * 100, **about)


def hardship_support(play: Play, first: int, last: int, who: Player | None = None) -> list[Filed]:
    """特困供养, month by month."""
    return play.pay(SPECIAL_HARDSHIP, who or play.subject, first, last, amount_fen=play.between(800, 1_300) * 100)


def disability_subsidy(play: Play, kind: str, first: int, last: int, who: Player | None = None) -> list[Filed]:
    """生活补贴 or 护理补贴, month by month."""
    amount = play.between(100, 160) * 100
    return play.pay(DISABILITY_SUBSIDY, who or play.subject, first, last, kind=kind, amount_fen=amount)


def marriage(
    play: Play, who: Player, spouse: Player, married_on: int, divorced_on: int | None = None, filed: int | None = None
) -> Filed:
    """Two people register; a divorce known from the start is delivered with it."""
    filed = play.calendar.in_history(max(married_on, divorced_on or 0) + play.between(0, 9)) if filed is None else filed
    couple = {"spouse": spouse.id, "spouse_name": spouse.name}
    return play.file(MARRIAGES, who, filed, **couple, married_on=married_on, divorced_on=divorced_on)
