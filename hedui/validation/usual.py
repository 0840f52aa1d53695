"""What is usual: as far from the median of earlier batches as they are themselves, and then some.

Robust: one odd batch among the earlier ones moves neither the median nor the median of the deviations from it.
"""

from collections.abc import Mapping, Sequence
from math import sqrt
from statistics import median

AT_LEAST = 5  # earlier batches: of fewer nothing is concluded
_AS_STANDARD_DEVIATION = 1.4826  # times the median deviation, where deviations are normal
_A_FEW_ROWS = 20
_FEWEST_OF_SHARES = 50  # rows: of fewer a share says nothing

Counted = tuple[int, Mapping[str, int]]  # all rows of a batch, and those with each value


def usual_count(earlier: Sequence[int], now: int, factor: float, floor: float) -> bool:
    """Whether a number of rows is within `factor` deviations, or `floor` times the median, or a few rows of it."""
    if len(earlier) < AT_LEAST:
        return True
    return _near(earlier, now, factor, max(floor * median(earlier), _A_FEW_ROWS))


def usual_shares(earlier: Sequence[Counted], now: Counted, factor: float, floor: float) -> bool:
    """Whether each value has about the share it had; `floor` is the difference of shares that says nothing."""
    if len(earlier) < AT_LEAST:
        return True
    rows = min(now[0], median(rows for rows, _ in earlier))
    if rows < _FEWEST_OF_SHARES:
        return True
    values = {value for _, counts in (*earlier, now) for value in counts}
    # Of few rows a share means little: twice its standard error at most, wherever it lies.
    noise = 1 / sqrt(rows)
    return all(
        _near([_share(batch, value) for batch in earlier], _share(now, value), factor, floor + noise)
        for value in values
    )


def _share(counted: Counted, value: str) -> float:
    rows, counts = counted
    return counts.get(value, 0) / max(1, rows)


def _near(earlier: Sequence[float], now: float, factor: float, floor: float) -> bool:
    middle = median(earlier)
    spread = median(abs(before - middle) for before in earlier)
    return abs(now - middle) <= max(factor * _AS_STANDARD_DEVIATION * spread, floor)
