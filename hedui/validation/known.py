"""What is known beyond a batch. The pipeline gathers it; validation itself knows no warehouse, no ledger and no key."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from hedui.identifiers.divisions import Divisions

AsKept = Callable[[pa.Array], pa.Array]


@dataclass(frozen=True)
class Reference:
    """The values of a field of another dataset, each once, none null, in one column of batches as `kind`.

    `as_kept` brings a column of prepared rows into the same form: tokens of identifiers.
    """

    kind: pa.DataType
    values: Iterable[pa.RecordBatch]
    as_kept: AsKept


def _nothing(reference: str) -> Reference | None:
    return None


@dataclass(frozen=True)
class Known:
    """`parameters` are what suites name by `$PARAMETER`; one that is missing has no value yet.

    `reference` finds the values of `agency.dataset.field`; None where nothing of that dataset is loaded yet.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    reference: Callable[[str], Reference | None] = _nothing
    divisions: Divisions | None = None
