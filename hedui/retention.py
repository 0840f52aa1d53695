"""What is kept how long, and when small files become few."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from hedui.model.errors import DeclarationInvalid


@dataclass(frozen=True)
class Retention:
    """Each is set by `HEDUI_` and its name in capitals; how long a batch waits in the landing zone, by its contract.

    A contract may also give the rows that its dataset holds back another time than `quarantine_retention_days`.
    """

    quarantine_retention_days: int = 90
    confirmation_retention_days: int = 1095
    report_retention_days: int = 365
    outbox_retention_days: int = 365
    snapshot_retention_days: int = 30
    data_docs_results: int = 30
    airflow_retention_days: int = 30
    compaction_target_mb: int = 256
    compaction_min_files: int = 8

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises DeclarationInvalid for what is no number from 1 on: no setting deletes at once what is in use."""
        variables = {field.name: f"HEDUI_{field.name.upper()}" for field in fields(cls)}
        return cls(**{n: _number(v, environment[v]) for n, v in variables.items() if environment.get(v)})


def _number(variable: str, said: str) -> int:
    if not (said.isascii() and said.isdigit() and int(said) > 0):
        raise DeclarationInvalid(variable, "this is no whole number from 1 on", "Correct or remove it")
    return int(said)
