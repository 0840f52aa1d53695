"""What judging a batch found."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from hedui.model.declaration import Title

OnFailure = Literal["reject_batch", "quarantine_rows", "warn"]

# What rows fail that came in a form for which their contract holds them back: all of a part, none by itself.
FORM_OF_DELIVERY = "the_form_of_the_delivery"

BAD_ROWS = pa.schema({"row": pa.int64(), "field": pa.string(), "finding": pa.int32()}.items())


@dataclass(frozen=True)
class Finding:
    """One expectation that the batch did not meet, for one field. `count` is rows; 0 where it concerns the table."""

    expectation: str
    field: str
    severity: str
    on_failure: OnFailure
    title: Title
    advice: Title
    count: int
    scored: bool = True  # false: the fault may be made elsewhere
    confirmable: bool = False  # true: a doubt, and the agency may say that the value is right

    @property
    def by_rows(self) -> bool:
        """Whether its rows are mended one by one: it is no notice, and not about the form of a whole part."""
        return self.on_failure != "warn" and self.expectation != FORM_OF_DELIVERY


@dataclass(frozen=True)
class Profile:
    """What a batch looks like as a whole, for later ones to be compared with. No value of a person is in it.

    `filled` counts the rows in which a field has a value; `categories` those of each value of some fields.
    """

    rows: int
    filled: Mapping[str, int]
    categories: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Verdict:
    """`bad_rows` (row, field, index into `findings`) is complete: every row that failed anything, warnings included.

    `passed_over` titles the expectations that nothing was known for yet, such as earlier batches to compare with.
    `outcomes` are what each expectation said, as `data_docs.outcome` has it.
    """

    pulled: int
    repaired: int
    repairs: Counter[tuple[str, str]]
    findings: tuple[Finding, ...]
    bad_rows: pa.Table
    rejected_because: Title | None = None
    passed_over: tuple[Title, ...] = ()
    profile: Profile | None = None
    outcomes: tuple[Mapping[str, Any], ...] = ()

    @property
    def outcome(self) -> Literal["accepted", "rejected"]:
        return "rejected" if self.rejected_because else "accepted"

    @property
    def quarantined(self) -> pa.Int64Array:
        """The rows to hold back, each once, ascending."""
        return self.rows_of(lambda finding: finding.on_failure == "quarantine_rows")

    @property
    def faulty(self) -> pa.Int64Array:
        """The rows that somebody has to mend, whatever becomes of the batch: mere notices aside."""
        return self.rows_of(lambda finding: finding.on_failure != "warn")

    @property
    def to_mend(self) -> pa.Int64Array:
        """Those of the faulty rows that are mended one by one."""
        return self.rows_of(lambda finding: finding.by_rows)

    @property
    def faulty_by_their_own(self) -> pa.Int64Array:
        """Those of the faulty rows with a fault that is the agency's own."""
        return self.rows_of(lambda finding: finding.on_failure != "warn" and finding.scored)

    def rows_of(self, concerned: Callable[[Finding], bool]) -> pa.Int64Array:
        """The rows that one of these findings names, each once, ascending."""
        numbers = [number for number, finding in enumerate(self.findings) if concerned(finding)]
        found = self.bad_rows.filter(pc.is_in(self.bad_rows["finding"], pa.array(numbers, pa.int32())))
        rows = found["row"].combine_chunks().unique()
        return rows.take(pc.sort_indices(rows))
