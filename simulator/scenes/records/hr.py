"""Posts, pay, pensions, public-welfare posts, secondments."""

from simulator.drafts import APPOINTMENTS, EMPLOYEES, PAYROLL, PENSIONS, POSTS
from simulator.everyday import RANKS, UNITS
from simulator.people import YEAR
from simulator.scenes.play import Filed, Play, Player
from simulator.times import first_day


def hired(play: Play, who: Player | None = None) -> int:
    """A day of entering service long before the scene."""
    return play.between((who or play.subject).born + 22 * YEAR, play.opens - 100)


def post(
    play: Play,
    posted_on: int,
    filed: int,
    staffing: str = "行政",
    left_on: int | None = None,
    nth: int = 1,
    who: Player | None = None,
) -> Filed:
    """A post of a public employee."""
    who = who or play.subject
    unit = (who.number + nth) % len(UNITS)
    return play.file(
        EMPLOYEES,
        who,
        filed,
        record_no=f"{unit_code(play, unit)}-{who.id}-{nth}",
        unit=play.subject.county + UNITS[unit],
        staffing=staffing,
        rank=RANKS[who.number % len(RANKS)],
        posted_on=posted_on,
        left_on=left_on,
        managed_by=play.subject.county,
    )


def unit_code(play: Play, nth: int) -> str:
    """The code of one of the units of the subject's county."""
    return f"{play.subject.county}{nth % len(UNITS) + 1:03d}"


def salary(
    play: Play, first: int, last: int, unit: int = 0, kind: str = "工资", who: Player | None = None
) -> list[Filed]:
    """What a unit pays, month by month."""
    about = {"unit": unit_code(play, unit), "kind": kind, "amount_fen": play.between(4_200, 9_800) * 100}
    return play.pay(PAYROLL, who or play.subject, first, last, **about)


def pension(
    play: Play, first: int, last: int, kind: str = "养老金", returned: bool = False, who: Player | None = None
) -> list[Filed]:
    """What the pension fund pays, month by month; `returned` before it was delivered."""
    amount = play.between(1_900, 5_600) * 100
    return [
        play.file(
            PENSIONS,
            who or play.subject,
            play.books(month),
            kind=kind,
            month=month,
            paid_on=first_day(month) + 14,
            amount_fen=amount,
            returned_on=first_day(month) + play.between(16, 26) if returned else None,
            county=play.subject.county,
        )
        for month in range(first, last + 1)
    ]


def welfare_post(play: Play, first: int, last: int, area: str = "乡村", who: Player | None = None) -> list[Filed]:
    """The subsidy of a public-welfare post, month by month."""
    return play.pay(POSTS, who or play.subject, first, last, area=area, amount_fen=play.between(600, 1_900) * 100)


def appointed(play: Play, kind: str, unit: int, first: int, last: int | None = None) -> Filed:
    """An appointment or secondment from a day to a day."""
    filed = play.calendar.in_history(first + play.between(1, 20))
    return play.file(
        APPOINTMENTS, play.subject, filed, unit=unit_code(play, unit), kind=kind, from_on=first, to_on=last
    )
