"""Identity numbers within record keys are hidden; serial numbers that look like them are not."""

import pyarrow as pa
import pytest

from hedui.identifiers.hiding import hidden_within


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("620102004-620102198006190010-1", "620102004-620102********0010-1"),
        ("11010519491231002x", "110105********002x"),
        ("DB62010219800619001501", "DB620102********001501"),
        ("620102198006190019", "620102********0019"),  # a wrong check character hides nobody
        ("５" + "1" * 5 + "１９８００１０１１２３４", "511111********1234"),
        ("A610104620927690", "A610104*****7690"),
        ("620102201405170019", "620102201405170019"),
        ("440524201801010018", "440524201801010018"),
        ("W0000001370000", "W0000001370000"),
        ("620102202606300012", "620102202606300012"),
        ("20260630000000012345", "20260630000000012345"),
        ("", ""),
        (None, None),
    ],
)
def test_of_an_identity_number_the_region_and_the_end_are_left(key, shown):
    assert hidden_within(pa.array([key], pa.string())).to_pylist() == [shown]


def test_the_number_of_a_child_is_known_by_its_check_character():
    from hedui.identifiers.person import check_character

    number = "62010220140517001"
    whole = pa.array([f"x{number}{check_character(number)}"], pa.string())
    assert hidden_within(whole).to_pylist() == [f"x620102********001{check_character(number)}"]
