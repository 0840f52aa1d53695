"""Whatever an agency puts into its folder, reading ends in bounds, in the right error, and accepts nothing of it."""

import pytest

from tests.connectors.hostile.files import CASES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_a_hostile_folder(case, tmp_path):
    case.run(tmp_path)


def test_each_case_is_told_once():
    titles = [case.title for case in CASES]
    assert len(titles) == len(set(titles))
