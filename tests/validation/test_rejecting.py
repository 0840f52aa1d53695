"""When a batch goes back as a whole, whatever was found."""

from collections import Counter

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from hedui.model.declaration import Title
from hedui.validation.rejecting import rejected_because
from hedui.validation.suite import RejectAbove
from hedui.validation.verdict import BAD_ROWS, Finding, Verdict

PULLED = 40
WORDS = Title(zh="有错", en="A fault")
rows = st.sets(st.integers(0, PULLED - 1))
found = st.lists(st.tuples(st.sampled_from(["warn", "quarantine_rows", "quarantine_rows"]), rows), max_size=4)
limits = st.none() | st.builds(RejectAbove, share=st.sampled_from([0.02, 0.025, 0.1, 0.5]), rows=st.integers(0, 20))


def verdict(found):
    findings = [
        Finding("expect_something", "name", "warning", on_failure, WORDS, WORDS, len(failing))
        for on_failure, failing in found
    ]
    bad = [(row, "name", number) for number, (_, failing) in enumerate(found) for row in failing]
    table = pa.Table.from_pylist([dict(zip(BAD_ROWS.names, one, strict=True)) for one in bad], BAD_ROWS)
    return Verdict(PULLED, 0, Counter(), tuple(findings), table)


@given(found, rows, limits)
def test_a_batch_goes_back_where_more_rows_than_the_limit_would_be_held(found, drifted, limit):
    held = set().union(*(failing for on_failure, failing in found if on_failure == "quarantine_rows")) - drifted
    because = rejected_because(verdict(found), limit, pa.chunked_array([sorted(drifted)], pa.int64()))
    assert bool(because) == bool(limit and len(held) >= limit.rows and len(held) > limit.share * PULLED)
    if because:
        assert f"{len(held)} of {PULLED}" in because.en and f"{limit.share * 100:g}%" in because.zh


@given(found, rows, limits)
def test_what_rejects_by_itself_rejects_however_few_rows_there_are(found, drifted, limit):
    found = [*found, ("reject_batch", set())]
    because = rejected_because(verdict(found), limit, pa.chunked_array([sorted(drifted)], pa.int64()))
    assert because == WORDS
