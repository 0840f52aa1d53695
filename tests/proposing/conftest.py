"""Samples of all agencies, and what would be proposed for each without its own contract."""

import csv
from collections.abc import Callable

import pyarrow as pa
import pytest

from connectors.base import Offer
from hedui import shelves
from hedui.model.contract import Dataset
from hedui.proposing.proposal import Proposal, propose
from hedui.proposing.words import Words

Sample = Callable[[str], pa.Table]


@pytest.fixture
def sample() -> Sample:
    """The rows of a dataset as its agency writes them: ten, all text."""

    def rows(name: str) -> pa.Table:
        file = shelves.ROOT / "connectors" / "samples" / f"{name}.csv"
        with file.open(encoding="utf-8", newline="") as lines:
            return pa.Table.from_pylist(list(csv.DictReader(lines)))

    return rows


@pytest.fixture
def proposed(sample: Sample) -> Callable[[str], Proposal]:
    """What is proposed for a dataset by somebody who knows the contracts of the other agencies only."""

    def of(name: str) -> Proposal:
        agency = name.partition(".")[0]
        others = [dataset for dataset in shelves.datasets().values() if dataset.agency != agency]
        rows = sample(name)
        return propose(Offer(rows.schema), rows, Words.learnt(others))

    return of


@pytest.fixture
def as_contract(proposed: Callable[[str], Proposal]) -> Callable[[str], Dataset]:
    """The contract of a proposal, with what only people can say taken from the real one."""

    def contract(name: str) -> Dataset:
        real, found = shelves.dataset(name), proposed(name)
        own = {"fields": found.fields, "key": found.key, "cursor": found.cursor, "stage": "onboarding"}
        plain = {"deleted_when": None, "aliases": None, "answers": None, "public": False, "region": None}
        return Dataset.model_validate({**dict(real), **own, **plain})

    return contract
