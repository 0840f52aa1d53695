"""Whether a batch goes back to its agency as a whole."""

import pyarrow as pa
import pyarrow.compute as pc

from hedui.model.declaration import Title
from hedui.validation.suite import RejectAbove
from hedui.validation.verdict import Verdict


def rejected_because(verdict: Verdict, limit: RejectAbove | None, drifted: pa.ChunkedArray) -> Title | None:
    """Why the batch goes back: an expectation says so, or more rows than `limit` would be held back.

    Rows that the contract holds back for their form, `drifted`, do not count against the limit.
    """
    for finding in verdict.findings:
        if finding.on_failure == "reject_batch":
            return finding.title
    faulty = verdict.quarantined
    held = len(faulty.filter(pc.invert(pc.is_in(faulty, drifted))))
    if not limit or held < limit.rows or held <= limit.share * verdict.pulled:
        return None
    most = f"{100 * limit.share:g}%"
    return Title(
        zh=f"{verdict.pulled:,} 行中有 {held:,} 行不合格，超过 {most} 的上限",
        en=f"{held:,} of {verdict.pulled:,} rows cannot be used, above the limit of {most}",
    )
