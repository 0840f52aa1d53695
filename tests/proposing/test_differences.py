"""What a source has now, held against its contract."""

import pyarrow as pa
import pytest

from connectors.base import Offer
from hedui import shelves
from hedui.model.contract import DriftPolicy
from hedui.proposing.differences import differences

DATASET = shelves.dataset("police.dui_cases")


def offered(**changes: pa.DataType | None) -> Offer:
    """The contract's columns as text, with others beside them, of another type, or (None) not there."""
    columns = dict.fromkeys((field.source for field in DATASET.fields.values()), pa.string()) | changes
    return Offer(pa.schema([(name, kind) for name, kind in columns.items() if kind]))


def told(offer, dataset=DATASET):
    return [(one.sign, one.column, one.policy) for one in differences(offer, dataset)]


def test_what_is_as_agreed_has_none():
    assert told(offered()) == []


def test_a_new_column_a_missing_one_and_a_type():
    found = told(offered(speed=pa.int64(), vehicle=None, alcoholMg=pa.date32()))
    assert found == [("~", "alcoholMg", "freeze"), ("-", "vehicle", "freeze"), ("+", "speed", "ignore")]


def test_a_column_that_is_perhaps_renamed_is_guessed():
    (missing, _) = differences(offered(vehicle=None, vehicleType=pa.string()), DATASET)
    assert "perhaps it is called vehicleType now" in missing.what


def test_another_header_of_the_contract_is_no_missing_column():
    field = DATASET.fields["vehicle"].model_copy(update={"also": ("vehicleType",)})
    dataset = DATASET.model_copy(update={"fields": {**DATASET.fields, "vehicle": field}})
    assert told(offered(vehicle=None, vehicleType=pa.string()), dataset) == [("~", "vehicle", "ignore")]


@pytest.mark.parametrize(("column", "policy"), [("vehicle", "quarantine"), ("caseNo", "freeze")])
def test_nothing_goes_on_without_its_key_whatever_the_contract_says(column, policy):
    dataset = DATASET.model_copy(update={"drift": DriftPolicy(missing_columns="quarantine")})
    assert told(offered(**{column: None}), dataset) == [("-", column, policy)]
