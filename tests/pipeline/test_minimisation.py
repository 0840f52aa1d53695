"""A contract asks for what approved rules, its suite, keys and routing need; any other field is refused by name."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hedui import shelves
from hedui.model.contract import Dataset
from hedui.model.credentials import Credentials
from hedui.model.errors import DeclarationInvalid
from hedui.model.interval import Interval
from hedui.pipeline.extracting import extract
from hedui.pipeline.minimising import unneeded
from hedui.pipeline.stores import Stores

SETTLEMENTS = shelves.dataset("health.settlements")


def with_field(name: str, **about: Any) -> Dataset:
    """The settlements' contract with one field more, or another one of that name."""
    field = SETTLEMENTS.fields.get(name) or SETTLEMENTS.fields["hospital"]
    return SETTLEMENTS.model_copy(update={"fields": {**SETTLEMENTS.fields, name: field.model_copy(update=about)}})


@pytest.mark.parametrize("name", sorted(shelves.datasets()))
def test_no_contract_on_the_shelf_asks_for_too_much(name: str) -> None:
    assert list(unneeded(shelves.dataset(name))) == []


def test_a_field_that_nothing_reads_is_named() -> None:
    assert list(unneeded(with_field("telephone"))) == ["no rule and no expectation reads the field `telephone`"]


def test_a_field_that_nothing_reads_is_too_much_even_if_it_is_dropped() -> None:
    assert list(unneeded(with_field("telephone", keep=False))) != []


def test_what_only_the_suite_reads_is_not_kept() -> None:
    faults = list(unneeded(with_field("insurance_type", keep=True)))
    assert faults == ["only the suite reads the field `insurance_type`: it needs `keep: false`"]


def test_public_data_are_shared_whole() -> None:
    plain = {name: f.model_copy(update={"identifier": None, "of": None}) for name, f in SETTLEMENTS.fields.items()}
    assert list(unneeded(SETTLEMENTS.model_copy(update={"fields": plain, "public": True}))) == []


def test_nothing_is_pulled_under_a_contract_that_asks_for_too_much(stores: Stores) -> None:
    nowhere = Credentials(conn_type="postgres", host="127.0.0.1", port=1)
    interval = Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
    with pytest.raises(DeclarationInvalid, match=r"health\.settlements: .*`telephone`"):
        extract(stores, with_field("telephone"), interval, nowhere)
