"""What was remarked of values, as masks over the rows that hold them."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


def rows_by_remark(
    remarks: Mapping[int, Sequence[str]], distinct: int, index: npt.NDArray[np.signedinteger]
) -> dict[str, Mask]:
    """The rows of each remark. `index` says which of the `distinct` values a row holds; most have no remark."""
    marked: dict[str, Mask] = {}
    for value, made in remarks.items():
        for remark in made:
            marked.setdefault(remark, np.zeros(distinct, dtype=np.bool_))[value] = True
    return {remark: values[index] for remark, values in marked.items()}


def together(*several: Mapping[str, Mask]) -> dict[str, Mask]:
    """Masks over the same rows as one mapping."""
    joined: dict[str, Mask] = {}
    for remarks in several:
        for remark, rows in remarks.items():
            joined[remark] = joined[remark] | rows if remark in joined else rows
    return joined


def spread(remarks: Mapping[str, Mask], chosen: Mask) -> dict[str, Mask]:
    """Masks over the `chosen` rows as masks over all rows; those that mark nothing are left out."""
    wide: dict[str, Mask] = {}
    for remark, marked in remarks.items():
        if marked.any():
            wide[remark] = np.zeros(len(chosen), dtype=np.bool_)
            wide[remark][chosen] = marked
    return wide
