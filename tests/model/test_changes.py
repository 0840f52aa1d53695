"""Each word of a contract that changes has an effect, and the effect decides what the next version must say."""

from typing import Any

import pytest

from hedui import shelves
from hedui.model.changes import Effect, changes, refuse
from hedui.model.contract import ContractField, Dataset
from hedui.model.errors import DeclarationInvalid

CONTRACT = shelves.dataset("civil_affairs.deaths")


def other(version: int = 1, of: Dataset = CONTRACT, **words: Any) -> Dataset:
    return of.model_copy(update={"version": version, **words})


def other_field(name: str, **words: Any) -> Dataset:
    return other(fields={**CONTRACT.fields, name: CONTRACT.fields[name].model_copy(update=words)})


def without(name: str) -> Dataset:
    return other(fields={n: f for n, f in CONTRACT.fields.items() if n != name})


# Every word that a contract has, turned into another, and what that does.
OF_DATASET: dict[str, tuple[Any, Effect]] = {
    "agency": ("other", "breaking"),
    "name": ("other", "breaking"),
    "programme": ("other", "breaking"),
    "key": (("status",), "breaking"),
    "cursor": ("died_on", "breaking"),
    "deleted_when": ({"field": "status", "equals": "撤销"}, "breaking"),
    "aliases": ({"old": "person", "new": "person"}, "breaking"),
    "delivers": ("snapshot", "breaking"),
    "stage": ("onboarding", "breaking"),
    "effective_from": ("2026-07-01", "versioned"),
    "reextract_from": ("2026-07-01", "versioned"),
    "legal_basis": ({"zh": "法", "en": "Act"}, "versioned"),
    "landing_retention_days": (30, "versioned"),
    "quarantine_retention_days": (30, "versioned"),
    "public": (True, "versioned"),
    "title": ({"zh": "死亡", "en": "Deaths"}, "free"),
    "schedule": ({"cron": "0 1 * * *"}, "free"),
    "source": ({"kind": "database", "table": "deaths"}, "free"),
    "drift": ({"new_columns": "freeze"}, "free"),
    "vanished_share": (0.2, "free"),
    "overlap_hours": (2.0, "free"),
    "region": ("status", "free"),
    "answers": ({"reference": "record_no", "result": "status"}, "free"),
}
OF_FIELD: dict[str, tuple[str, Any, Effect]] = {
    "type": ("status", "integer", "breaking"),
    "identifier": ("status", "record", "breaking"),
    "of": ("name", "other", "breaking"),
    "form": ("died_on", "month", "breaking"),
    "keep": ("status", False, "versioned"),
    "name_forms": ("name", ("full",), "versioned"),
    "source": ("status", "state", "versioned"),
    "title": ("status", {"zh": "状态", "en": "Status"}, "free"),
    "also": ("status", ("state",), "free"),
}


@pytest.mark.parametrize("word", OF_DATASET)
def test_what_another_word_of_a_contract_does(word: str) -> None:
    value, effect = OF_DATASET[word]
    (change,) = changes(CONTRACT, other(**{word: value}))
    assert (change.part, change.effect) == (word, effect)


@pytest.mark.parametrize("word", OF_FIELD)
def test_what_another_word_of_a_field_does(word: str) -> None:
    name, value, effect = OF_FIELD[word]
    (change,) = changes(CONTRACT, other_field(name, **{word: value}))
    assert (change.part, change.effect) == (f"fields.{name}.{word}", effect)


def test_no_word_is_forgotten() -> None:
    assert OF_DATASET.keys() | {"version", "fields"} == Dataset.model_fields.keys()
    assert OF_FIELD.keys() == ContractField.model_fields.keys()


def test_fields_may_come_and_go_under_a_new_version() -> None:
    assert [str(c) for c in changes(without("county"), CONTRACT)] == ["`fields.county` is new"]
    assert [str(c) for c in changes(CONTRACT, without("county"))] == ["`fields.county` is gone"]
    for old, new in ((CONTRACT, without("county")), (without("county"), CONTRACT)):
        refuse(old, other(2, new))
        with pytest.raises(DeclarationInvalid, match="Raise `version` to 2"):
            refuse(old, new)


def test_of_words_within_words_only_those_are_named_that_differ() -> None:
    slower = CONTRACT.source.model_copy(update={"page_size": 7})
    assert [str(c) for c in changes(CONTRACT, other(source=slower))] == ["`source.page_size` was 500, is 7"]


def test_a_field_that_was_never_kept_may_become_another() -> None:
    assert [c.effect for c in changes(CONTRACT, other_field("basis", type="integer"))] == ["versioned"]


def test_while_a_dataset_is_onboarding_nothing_can_break() -> None:
    trial = other(stage="onboarding")
    approved = other(2, other_field("died_on", form="month"), key=("status",))
    assert {c.effect for c in changes(trial, approved)} == {"versioned"}
    refuse(trial, approved)


def test_what_breaks_is_refused_in_any_version_and_named() -> None:
    says = r"`key` was \[record_no\], is \[status\]. Undo that, or share it as a dataset of a new name"
    for version in (1, 2):
        with pytest.raises(DeclarationInvalid, match=says):
            refuse(CONTRACT, other(version, key=("status",)))


def test_an_older_version_does_not_follow() -> None:
    with pytest.raises(DeclarationInvalid, match=r"says version 1, and version 2 was used already\. Restore version 2"):
        refuse(other(2), CONTRACT)


def test_nothing_changed_is_nothing_to_say() -> None:
    assert changes(CONTRACT, other(2)) == []
    refuse(CONTRACT, CONTRACT)
    refuse(CONTRACT, other(2))
