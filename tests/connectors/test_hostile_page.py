"""The page that lists what agencies do wrongly is the list that the tests play."""

from hedui import shelves
from tests.connectors.hostile.__main__ import page


def test_the_page_says_what_the_tests_play():
    stands = (shelves.ROOT / "docs" / "hostile-agencies.md").read_text(encoding="utf-8")
    assert stands == page(), "python -m tests.connectors.hostile > docs/hostile-agencies.md"
