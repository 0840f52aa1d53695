"""Stays in hospital and the turn of a year, when insurers settle a stay that goes on."""

from simulator.scenes.play import Filed, Play, Player
from simulator.scenes.records.health import visit
from simulator.times import as_date, day


def stay(
    play: Play,
    hospital: str,
    first: int,
    last: int,
    diagnosis: str = "",
    kind: str = "21",
    pool_fund: bool = True,
    filed: int | None = None,
    who: Player | None = None,
) -> Filed:
    """A stay from the first to the last day, settled on leaving."""
    return visit(play, first, kind, last, None, filed, pool_fund, hospital, diagnosis, who)


def new_years_eve(play: Play) -> int:
    """The last day of a year within the scenes' time."""
    first, last = as_date(play.opens).year, as_date(play.today).year - 1
    return day(f"{play.between(first, last)}-12-31")
