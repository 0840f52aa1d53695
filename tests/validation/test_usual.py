"""What counts as usual, given earlier batches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedui.validation.usual import usual_count, usual_shares

counts = st.lists(st.integers(0, 100_000), min_size=5, max_size=12)


@given(st.lists(st.integers(0, 100_000), max_size=4), st.integers(0, 10**9))
def test_of_fewer_than_five_batches_nothing_is_concluded(earlier, now):
    assert usual_count(earlier, now, 5, 0.5)
    assert usual_shares([(n, {"a": n}) for n in earlier], (now, {}), 5, 0.1)


@given(counts)
def test_what_was_there_most_of_the_time_is_usual(earlier):
    middle = sorted(earlier)[len(earlier) // 2]
    assert usual_count([middle] * len(earlier), middle, 5, 0.5)
    assert usual_count(earlier, middle, 5, 0.5) or len(earlier) % 2 == 0


@given(st.integers(1_000, 10_000), st.integers(0, 10**9))
def test_one_odd_batch_among_the_earlier_changes_nothing(usual, odd):
    earlier = [usual, usual + 1, usual - 1, usual, odd]
    assert usual_count(earlier, usual, 5, 0.5)
    assert not usual_count(earlier, 3 * usual, 5, 0.5) and not usual_count(earlier, usual // 3, 5, 0.5)


@pytest.mark.parametrize(("earlier", "now", "usual"), [
    ([1_000] * 5, 1_500, True), ([1_000] * 5, 1_501, False), ([1_000] * 5, 499, False),
    ([1_000, 100, 4_000, 2_500, 600, 1_700], 5_000, True),  # they differ much themselves
    ([0, 2, 1, 0, 3], 20, True), ([0, 2, 1, 0, 3], 40, False),  # a few rows more or less say nothing
    ([1_000] * 5, 0, False),
])  # fmt: skip
def test_counts(earlier, now, usual):
    assert usual_count(earlier, now, 5, 0.5) is usual


@pytest.mark.parametrize(("now", "usual"), [
    ((10_000, {"一类": 5_900, "二类": 4_100}), True),
    ((10_000, {"一类": 7_200, "二类": 2_800}), False),
    ((10_000, {"一类": 6_000}), False),
    ((10_000, {"一类": 5_000, "二类": 3_000, "1": 2_000}), False),
    ((50, {"二类": 50}), False), ((49, {"二类": 49}), True),  # of few rows a share says nothing
])  # fmt: skip
def test_shares(now, usual):
    earlier = [(10_000, {"一类": 6_000, "二类": 4_000})] * 5
    assert usual_shares(earlier, now, 5, 0.1) is usual
