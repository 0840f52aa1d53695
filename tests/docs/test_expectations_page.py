"""docs/expectations.md lists our expectations as they are, and every parameter that suites may name."""

import re

import pytest

from hedui import shelves
from hedui.validation.duckdb_engine import prepared_gx
from hedui.validation.suite import Meaning, read_suite
from tests.docs.pages import CODE

PAGE = (CODE / "docs" / "expectations.md").read_text("utf-8")
FIRST_CELL = re.compile(r"^\| `([^|`]+)`(?:, `([^|`]+)`)? \|", re.MULTILINE)


def named():
    """What the first column of the page's tables names."""
    return [name for cells in FIRST_CELL.findall(PAGE) for name in cells if name]


def test_every_expectation_of_ours_is_listed_as_it_is():
    prepared_gx()
    from hedui.validation import expectations as ours

    for name in ours.__all__:
        expectation = getattr(ours, name)
        arguments = ", ".join(f"`{argument}`" for argument in expectation.args_keys)
        row = f"| `{snake_case(name)}` | {arguments} | {' '.join(expectation.__doc__.split())} |"
        assert row in PAGE, f"write it so: {row}"
    listed = [name for name in named() if name.startswith("expect_")]
    assert listed == [snake_case(name) for name in ours.__all__]


def snake_case(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def test_every_word_of_meta_is_explained():
    assert set(Meaning.model_fields) <= set(named())


@pytest.mark.parametrize("name", shelves.datasets())
def test_suites_name_no_parameter_that_the_page_does_not_explain(name):
    asked = {parameter for one in read_suite(shelves.dataset(name)).expectations for parameter in one.parameters}
    assert "received_on" in asked <= set(named())
