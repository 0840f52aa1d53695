"""The published JSON Schema says what the model says."""

import jsonschema
import pytest
import yaml

from connectors import schema
from hedui.shelves import CONTRACTS

FILES = sorted(CONTRACTS.glob("*.yaml"))


def check(contract: object) -> None:
    jsonschema.validate(contract, schema.schema())


def test_the_published_file_is_up_to_date():
    assert schema.FILE.read_text(encoding="utf-8") == schema.text(), "run: python -m connectors.schema"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_contract_satisfies_it(file):
    check(yaml.safe_load(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_contract_names_it_for_the_editor(file):
    named = file.read_text(encoding="utf-8").splitlines()[0].partition("$schema=")[2]
    assert (file.parent / named).resolve() == schema.FILE


def test_a_word_it_does_not_know_is_refused():
    contract = yaml.safe_load(FILES[0].read_text(encoding="utf-8"))
    next(iter(contract["datasets"].values()))["langing_retention_days"] = 1
    with pytest.raises(jsonschema.ValidationError, match="langing_retention_days"):
        check(contract)


def parts():
    """The schema itself and each part it defines, by name."""
    whole = schema.schema()
    return {"Agency": whole, **whole["$defs"]}


@pytest.mark.parametrize("part", parts())
def test_editors_can_explain_every_word(part):
    words = parts()[part].get("properties", {})
    assert [word for word, said in words.items() if not said.get("description")] == []
