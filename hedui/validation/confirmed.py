"""What the agency said of doubtful values: those it confirmed are no fault."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from hedui.validation.verdict import Finding

# Of doubtful rows, as in `BAD_ROWS`, those whose value was confirmed; the findings say what their numbers mean.
Confirmed = Callable[[Sequence[Finding], pa.Table], pa.Table]


def without_confirmed(
    findings: tuple[Finding, ...], bad_rows: pa.Table, confirmed: Confirmed
) -> tuple[tuple[Finding, ...], pa.Table]:
    """Findings and bad rows without what was confirmed; a finding of which nothing is left goes."""
    doubts = [number for number, finding in enumerate(findings) if finding.confirmable]
    doubtful = bad_rows.filter(pc.is_in(bad_rows["finding"], pa.array(doubts, pa.int32())))
    if not doubtful.num_rows or not (right := confirmed(findings, doubtful)).num_rows:
        return findings, bad_rows
    left = bad_rows.join(right.select(["row", "finding"]), ["row", "finding"], join_type="left anti")
    counts = {number: finding.count for number, finding in enumerate(findings)}
    for number in doubts:
        counts[number] = pc.sum(pc.equal(left["finding"], number)).as_py() or 0
    kept = [number for number in counts if counts[number] or number not in doubts]
    renumbered = pc.index_in(left["finding"], pa.array(kept, pa.int32()))
    return (
        tuple(replace(findings[number], count=counts[number]) for number in kept),
        left.set_column(left.schema.get_field_index("finding"), bad_rows.schema.field("finding"), renumbered),
    )
