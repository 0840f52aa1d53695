"""Drift: a delivery is not of the form that its contract and the deliveries before it led to expect."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from hedui.model.contract import Policy

DriftKind = Literal["new_column", "missing_column", "changed_type", "renamed_header"]


@dataclass(frozen=True)
class Drift:
    """One change of form. `column` is the agency's name for it, the contract's own where a contract has it.

    `before` and `now` are types for a changed type, and for a renamed header the names.
    """

    kind: DriftKind
    column: str
    policy: Policy
    before: str | None = None
    now: str | None = None


def in_words(drifts: Iterable[Drift]) -> str:
    """All of them as one sentence without a subject, such as `lacks the column caseNo and has the new column case`."""
    drifts = list(drifts)
    missing = [drift.column for drift in drifts if drift.kind == "missing_column"]
    new = [drift.column for drift in drifts if drift.kind == "new_column"]
    said = [f"lacks the column {', '.join(missing)}"] if missing else []
    said += [f"has the new column {', '.join(new)}"] if new else []
    said += [f"has {d.column} as {d.now}, which was {d.before}" for d in drifts if d.kind == "changed_type"]
    said += [f"calls {d.before} now {d.now}" for d in drifts if d.kind == "renamed_header"]
    return " and ".join(said)
