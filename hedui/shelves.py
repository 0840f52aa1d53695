"""The three shelves of declarations: contracts, suites and rules, read once and checked.

Light to import: DAG files read contracts and rules through here. Folders named by HEDUI_CONTRACTS, HEDUI_EXPECTATIONS
and HEDUI_RULES (separated as in PATH) are searched besides our own, so that an agency's team can keep its own.
"""

import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

from hedui.model.contract import Agency, Dataset
from hedui.model.declaration import read_declaration
from hedui.model.errors import DeclarationInvalid
from hedui.model.rule import Query, Rule

ROOT = Path(__file__).parent.parent
CONTRACTS = ROOT / "connectors" / "agencies"
EXPECTATIONS = ROOT / "expectations"
RULES = ROOT / "rules"

T = TypeVar("T")
Folders = tuple[Path, ...]


def agencies() -> Mapping[str, Agency]:
    """Every agency by name. Raises DeclarationInvalid for the first contract that cannot be right."""
    return _agencies(_folders("HEDUI_CONTRACTS", CONTRACTS))


@cache
def _agencies(folders: Folders) -> Mapping[str, Agency]:
    found: dict[str, Agency] = {}
    for file in _files(folders, "*.yaml"):
        agency = read_declaration(file, Agency)
        if agency.agency != file.stem:
            raise DeclarationInvalid(
                file.name, f"the file declares the agency `{agency.agency}`", f"Name the file {agency.agency}.yaml"
            )
        _add(found, agency.agency, agency, file)
    return found


def agency(name: str) -> Agency:
    """The agency of this name."""
    return _known(name, agencies(), "agency")


def datasets() -> dict[str, Dataset]:
    """Every dataset by its full name."""
    return {d.full_name: d for agency in agencies().values() for d in agency.datasets.values()}


def datasets_in(folder: Path) -> dict[str, Dataset]:
    """Every dataset that the contracts of one folder declare, such as an older copy of ours."""
    return {d.full_name: d for agency in _agencies((folder.absolute(),)).values() for d in agency.datasets.values()}


def dataset(full_name: str) -> Dataset:
    """The dataset `agency.dataset`."""
    known = datasets()
    own = {name: d for name, d in known.items() if d.agency == full_name.partition(".")[0]}
    return _known(full_name, own or known, "dataset")


def register(programme: str) -> Dataset | None:
    """The dataset that tells which numbers of people were changed into which, where the programme has one."""
    found = [d for d in datasets().values() if d.programme == programme and d.aliases]
    if len(found) > 1:
        names = ", ".join(d.full_name for d in found)
        raise DeclarationInvalid(programme, f"several datasets declare `aliases`: {names}", "Leave it to one of them")
    return found[0] if found else None


def rules() -> dict[str, Rule]:
    """Every rule by name."""
    return {name: rule for name, (rule, _) in _rules(_folders("HEDUI_RULES", RULES)).items()}


def rule(name: str) -> Rule:
    """The rule of this name."""
    return _known(name, rules(), "rule")


def rule_folder(name: str) -> Path:
    """Where the rule's declaration, query, cases and page stand."""
    return _known(name, _rules(_folders("HEDUI_RULES", RULES)), "rule")[1]


def read_by(rule: Rule) -> dict[str, Dataset]:
    """The datasets a rule's answer depends on: its inputs, and the register of changed numbers."""
    changed = register(rule.programme)
    return {name: dataset(name) for name in rule.inputs} | ({changed.full_name: changed} if changed else {})


def addressees(rule: Rule) -> list[Agency]:
    """The agencies that can be told of a rule's leads."""
    if unknown := sorted(set(rule.addressee.agencies) - agencies().keys()):
        raise DeclarationInvalid(
            f"{rule.rule}/rule.yaml", f"no such agency: {', '.join(unknown)}", f"Known: {', '.join(sorted(agencies()))}"
        )
    return [agencies()[name] for name in rule.addressee.agencies]


def contract_file(agency: str) -> Path:
    """The file that declares this agency."""
    _known(agency, agencies(), "agency")
    return next(_files(_folders("HEDUI_CONTRACTS", CONTRACTS), f"{agency}.yaml"))


def query(rule: Rule) -> Query:
    """What the rule runs, as its folder and the shelf of concepts hold it."""
    folder = rule_folder(rule.rule)
    return Query(
        sql=_text(folder / "rule.sql"),
        concepts={name: _concept(name) for name in rule.concepts},
        reference={name: _text(folder / file) for name, file in rule.reference.items()},
    )


def suite_file(dataset: Dataset) -> Path:
    """Where the dataset's suite stands, in Great Expectations' own JSON."""
    places = [f / dataset.agency / f"{dataset.name}.json" for f in _folders("HEDUI_EXPECTATIONS", EXPECTATIONS)]
    return next((place for place in places if place.exists()), places[-1])


@cache
def _rules(folders: Folders) -> Mapping[str, tuple[Rule, Path]]:
    found: dict[str, tuple[Rule, Path]] = {}
    for file in _files(folders, "*/rule.yaml"):
        rule = read_declaration(file, Rule)
        if rule.rule != file.parent.name:
            raise DeclarationInvalid(
                f"{file.parent.name}/rule.yaml", f"the file declares the rule `{rule.rule}`", "Name its folder like it"
            )
        _add(found, rule.rule, (rule, file.parent), file)
    return found


def _concept(name: str) -> str:
    places = [folder / "concepts" / f"{name}.sql" for folder in _folders("HEDUI_RULES", RULES)]
    return _text(next((place for place in places if place.exists()), places[0]))


def _folders(variable: str, ours: Path) -> Folders:
    return ours, *(Path(folder).absolute() for folder in os.environ.get(variable, "").split(os.pathsep) if folder)


def _files(folders: Folders, pattern: str) -> Iterator[Path]:
    for folder in folders:
        if not folder.is_dir():
            raise DeclarationInvalid(str(folder.name), "there is no such folder", "Correct the setting that names it")
        yield from sorted(folder.glob(pattern))


def _add(found: dict[str, T], name: str, what: T, file: Path) -> None:
    if name in found:
        raise DeclarationInvalid(
            f"{file.parent.name}/{file.name}", f"`{name}` is declared twice", "Keep one of the two"
        )
    found[name] = what


def _text(file: Path) -> str:
    where = f"{file.parent.name}/{file.name}"
    try:
        return file.read_text(encoding="utf-8-sig")  # spreadsheets put a mark before the first header
    except FileNotFoundError:
        raise DeclarationInvalid(where, "there is no such file", "Write it") from None
    except UnicodeDecodeError:
        raise DeclarationInvalid(where, "this is not UTF-8", "Save it as UTF-8") from None


def _known(name: str, declared: Mapping[str, T], kind: str) -> T:
    if name not in declared:
        known = ", ".join(sorted(declared)) or "none"
        raise DeclarationInvalid(name, f"no such {kind}", f"Known: {known}")
    return declared[name]
