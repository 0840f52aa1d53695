"""What is true of the province. Written beside the feeds; only `simulator.score` and tests read it."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

SubjectKind = Literal["person", "household"]


@dataclass(frozen=True)
class Case:
    """One played scene.

    `subject` is a person's present identity number or a household's number as civil affairs gives it; `people` are the
    present numbers of all who play. `records` holds the record keys, by dataset, of every row that the case rests on.
    """

    rule: str
    case: str
    kind: str
    scenario: str
    subject_kind: SubjectKind
    subject: str
    people: list[str]
    records: dict[str, list[str]]
    lead_expected: bool

    def line(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"


def read_truth(file: Path) -> Iterator[Case]:
    """The cases, one by one."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            about: dict[str, Any] = json.loads(line)
            yield Case(**about)
