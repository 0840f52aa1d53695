"""What rows tell of a field: as much as a suite follows from, and no value but codes that stand in many rows each."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from hedui.proposing.profile import Profile

Bound = date | datetime | Decimal | int


@dataclass(frozen=True)
class Told:
    """`filled` says that no row left the field empty, and that there was a row.

    `divisions` are the numbers of digits of its division codes, where it holds nothing else. `first` and `last` are the
    ends of days, times and numbers; None where not all rows were looked at.
    """

    filled: bool = False
    codes: tuple[str, ...] = ()
    six_digits: bool = False
    divisions: tuple[int, ...] = ()
    credit_codes: bool = False
    first: Bound | None = None
    last: Bound | None = None


def by_sample(profile: Profile) -> Told:
    """What some rows tell: their ends are no bounds for others."""
    return Told(0 < profile.rows == profile.filled, profile.codes, profile.six_digits)
