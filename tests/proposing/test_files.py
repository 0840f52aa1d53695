"""The files of a proposal fit each other: the contract reads back, the suite judges, the sample passes it."""

import json

import jsonschema
import pyarrow as pa
import pytest
import yaml

from connectors import schema
from hedui import shelves
from hedui.identifiers.columns import valid_column
from hedui.model.contract import Agency
from hedui.model.declaration import read_declaration
from hedui.model.errors import DeclarationInvalid
from hedui.proposing.contract_text import agency_text, dataset_text, in_agency
from hedui.proposing.invented import invented
from hedui.proposing.shelving import Places, written
from hedui.proposing.suite import suite
from hedui.proposing.told import by_sample
from hedui.validation.judging import judge
from hedui.validation.suite import read_suite

ONE_OF_EACH = ["civil_affairs.marriages", "finance.subsidy_payments", "health.settlements", "police.id_changes"]


@pytest.fixture
def site(tmp_path, monkeypatch):
    for name in ("contracts", "expectations"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(f"HEDUI_{name.upper()}", str(tmp_path / name))
    return tmp_path


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_the_invented_rows_pass_the_suite_with_nothing_held_back(name, as_contract, proposed, site):
    dataset, profiles = as_contract(name).model_copy(update={"name": "proposed"}), proposed(name).profiles
    file = site / "expectations" / dataset.agency / "proposed.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        json.dumps(suite(dataset, {field: by_sample(one) for field, one in profiles.items()})), encoding="utf-8"
    )
    read_suite(dataset)
    rows = invented(dataset, profiles)
    place = {"_source": ["x"] * len(rows), "_position": range(len(rows)), "_row": range(len(rows))}
    columns = {source: [row[source] for row in rows] for source in rows[0]}
    verdict = judge(dataset, [pa.RecordBatch.from_pydict({**columns, **place})], site / "scratch")
    assert (verdict.pulled, verdict.findings) == (10, ())


@pytest.mark.parametrize("name", shelves.datasets())
def test_no_value_of_the_source_gets_into_the_invented_rows(name, as_contract, proposed, sample):
    dataset, profiles, real = as_contract(name), proposed(name).profiles, sample(name)
    rows = invented(dataset, profiles)
    for field in dataset.fields.values():
        if field.identifier:
            assert not {row[field.source] for row in rows} & set(real[field.source].to_pylist())
        if field.identifier == "person":
            assert valid_column(pa.array([row[field.source] for row in rows])).all()


@pytest.mark.parametrize("name", shelves.datasets())
def test_a_contract_reads_back_as_it_was_meant(name, as_contract, proposed, tmp_path):
    dataset = as_contract(name)
    agency = shelves.agencies()[dataset.agency]
    file = tmp_path / "x.yaml"
    file.write_text(agency_text(agency, dataset_text(dataset, proposed(name).profiles)), encoding="utf-8")
    assert read_declaration(file, Agency).datasets[dataset.name] == dataset
    jsonschema.validate(yaml.safe_load(file.read_text("utf-8")), schema.schema())


@pytest.mark.parametrize("after", ["", "\n", "\n# a last word\n", "calls_at_once: 2\n"])
def test_a_dataset_is_added_to_a_file_that_keeps_every_line(after, as_contract, tmp_path):
    dataset = as_contract("police.dui_cases").model_copy(update={"name": "more"})
    text = shelves.contract_file("police").read_text("utf-8")
    before = (text.replace("calls_at_once: 1\n", "") if "calls" in after else text).rstrip("\n") + "\n" + after
    file = tmp_path / "police.yaml"
    file.write_text(in_agency(before, dataset_text(dataset, {})), encoding="utf-8")
    assert read_declaration(file, Agency).datasets["more"] == dataset
    left = iter(file.read_text("utf-8").splitlines())
    assert all(line in left for line in before.splitlines() if line.strip())  # each, and in their order


def test_all_files_of_a_new_dataset_are_written_or_none(site, as_contract, proposed):
    dataset = as_contract("finance.subsidy_payments").model_copy(update={"agency": "housing", "name": "support"})
    office = shelves.agencies()["finance"]
    agency = office.model_copy(update={"agency": "housing", "connection": "housing", "datasets": {}})
    places, found = Places.below(site), proposed("finance.subsidy_payments")
    files = written(places, agency, dataset, found)
    assert all(file.exists() for file in files)
    shelves._agencies.cache_clear()
    assert shelves.dataset("housing.support") == dataset
    compile((site / "tests" / "test_housing__support.py").read_text("utf-8"), "test", "exec")
    (site / "contracts" / "housing.yaml").unlink()
    shelves._agencies.cache_clear()
    with pytest.raises(DeclarationInvalid, match=r"there is a file housing/support\.json"):
        written(places, agency, dataset, found)
    assert [file.name for file in (site / "contracts").iterdir()] == ["contract.schema.json"]
