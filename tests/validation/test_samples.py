"""The samples of what agencies deliver are what the simulator writes, and each passes its suite."""

import pytest

from hedui import shelves
from hedui.validation.judging import judge
from simulator.samples import write_samples
from tests.validation.conftest import RECEIVED, SAMPLES, sample


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    write_samples(folder)
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}


def test_the_samples_are_those_that_the_simulator_writes(written):
    shelved = {file.name: file.read_text(encoding="utf-8") for file in SAMPLES.iterdir()}
    assert shelved == written, "write them anew: python -m simulator.samples"
    assert shelved.keys() == {f"{name}.csv" for name in shelves.datasets()}


@pytest.mark.parametrize("name", shelves.datasets())
def test_a_sample_passes_its_suite_with_nothing_held_back(name, tmp_path):
    verdict = judge(shelves.dataset(name), [sample(name)], tmp_path, known=RECEIVED)
    assert verdict.pulled == 10 and not verdict.findings and not verdict.repairs
