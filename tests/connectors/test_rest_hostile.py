"""Whatever a REST service does, reading ends in time and in bounded memory, in the right error, and lets nothing in."""

import pytest

from tests.connectors.hostile.rest import CASES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_a_hostile_service(case, tmp_path):
    case.run(tmp_path)


def test_each_case_is_told_once():
    titles = [case.title for case in CASES]
    assert len(titles) == len(set(titles))
