"""Whatever happens to a drop, reading ends in the right error, in bounded memory, with nothing wrong let in."""

import pytest

from tests.connectors.hostile.sealed import CASES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_a_hostile_drop(case, tmp_path):
    case.run(tmp_path)
