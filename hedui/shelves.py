"""The three shelves of declarations: contracts, suites and rules, read once and checked.

Light to import: DAG files read contracts and rules through here.
"""

from functools import cache
from pathlib import Path
from typing import TypeVar

from hedui.model.contract import Agency, Dataset
from hedui.model.declaration import read_declaration
from hedui.model.errors import DeclarationInvalid
from hedui.model.rule import Rule

ROOT = Path(__file__).parent.parent
CONTRACTS = ROOT / "connectors" / "agencies"
EXPECTATIONS = ROOT / "expectations"
RULES = ROOT / "rules"

T = TypeVar("T")


@cache
def agencies(folder: Path = CONTRACTS) -> dict[str, Agency]:
    """Every agency by name. Raises DeclarationInvalid for the first contract that cannot be right."""
    found = {}
    for file in sorted(folder.glob("*.yaml")):
        agency = read_declaration(file, Agency)
        if agency.agency != file.stem:
            raise DeclarationInvalid(
                file.name, f"the file declares the agency `{agency.agency}`", f"Name the file {agency.agency}.yaml"
            )
        found[agency.agency] = agency
    return found


def datasets(folder: Path = CONTRACTS) -> dict[str, Dataset]:
    """Every dataset by its full name."""
    return {d.full_name: d for agency in agencies(folder).values() for d in agency.datasets.values()}


def dataset(full_name: str) -> Dataset:
    """The dataset `agency.dataset`."""
    return _known(full_name, datasets(), "dataset")


@cache
def rules(folder: Path = RULES) -> dict[str, Rule]:
    """Every rule by name."""
    found = {}
    for file in sorted(folder.glob("*/rule.yaml")):
        rule = read_declaration(file, Rule)
        if rule.rule != file.parent.name:
            raise DeclarationInvalid(
                f"{file.parent.name}/rule.yaml", f"the file declares the rule `{rule.rule}`", "Name its folder like it"
            )
        found[rule.rule] = rule
    return found


def rule(name: str) -> Rule:
    """The rule of this name."""
    return _known(name, rules(), "rule")


def rule_sql(name: str) -> str:
    """The query of a rule."""
    return (RULES / name / "rule.sql").read_text(encoding="utf-8")


def suite_file(dataset: Dataset) -> Path:
    """Where the dataset's suite stands, in Great Expectations' own JSON."""
    return EXPECTATIONS / dataset.agency / f"{dataset.name}.json"


def _known(name: str, declared: dict[str, T], kind: str) -> T:
    if name not in declared:
        known = ", ".join(sorted(declared)) or "none"
        raise DeclarationInvalid(name, f"no such {kind}", f"Known: {known}")
    return declared[name]
