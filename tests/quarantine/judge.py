"""The suite by the hand of a test, and so in no time: what Great Expectations would say is tested elsewhere."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from hedui.model.contract import Dataset
from hedui.model.declaration import Title
from hedui.validation.confirmed import without_confirmed
from hedui.validation.preparation import prepare
from hedui.validation.verdict import BAD_ROWS, Finding, Verdict
from tests.quarantine.site import ROUND, TITLE

DOUBT = "expect_column_values_to_not_match_regex"


@dataclass
class Judge:
    """Holds back values above `limit`, round numbers and rows without a key; all of a batch if it is to `reject`."""

    limit: int = 1
    reject: bool = False

    def __call__(self, dataset: Dataset, batches: Iterator[pa.RecordBatch], *_: Any, **known: Any) -> Verdict:
        found = [row for piece in batches for row in prepare(piece, dataset).rows.to_pylist()]
        doubts = [
            ("record_no", "null", False, [r["_row"] for r in found if r["record_no"] is None]),
            ("person", DOUBT, True, [r["_row"] for r in found if r["person"] == ROUND]),
            ("value", "limit", False, [r["_row"] for r in found if r["value"] > self.limit]),
        ]
        words = Title(**TITLE)
        findings, bad = list[Finding](), [BAD_ROWS.empty_table()]
        for name, kind, confirmable, rows in doubts:
            if rows:
                bad.append(pa.table([rows, [name] * len(rows), [len(findings)] * len(rows)], schema=BAD_ROWS))
                findings.append(
                    Finding(kind, name, "warning", "quarantine_rows", words, words, len(rows), confirmable=confirmable)
                )
        kept, bad_rows = tuple(findings), pa.concat_tables(bad)
        if known.get("confirmed"):
            kept, bad_rows = without_confirmed(kept, bad_rows, known["confirmed"])
        bad_rows = bad_rows.sort_by([("row", "ascending"), ("finding", "ascending")]).combine_chunks()
        verdict = Verdict(len(found), 0, Counter(), kept, bad_rows)
        return replace(verdict, rejected_because=words) if self.reject else verdict
