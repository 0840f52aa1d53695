"""Minimisation: a contract asks for what approved rules, its suite, keys and routing need, and for nothing else."""

from collections.abc import Iterator

from hedui import shelves
from hedui.matching import fields_read
from hedui.model.contract import Dataset
from hedui.model.errors import DeclarationInvalid
from hedui.model.rule import Rule
from hedui.validation.suite import fields_checked


def refuse_unneeded(dataset: Dataset) -> None:
    """Raises DeclarationInvalid with the name of each field that nothing needs, or that is kept for its suite alone."""
    if faults := list(unneeded(dataset)):
        raise DeclarationInvalid(
            dataset.full_name, "; ".join(faults), "Change the contract, or let a rule that needs the field be approved"
        )


def refuse_onboarding(rule: Rule) -> None:
    """Raises DeclarationInvalid where a rule reads a dataset of which nothing is kept yet."""
    if early := [name for name, dataset in shelves.read_by(rule).items() if dataset.stage == "onboarding"]:
        raise DeclarationInvalid(
            f"{rule.rule}/rule.yaml",
            f"reads {', '.join(early)}, and nothing is kept of a dataset that is onboarding",
            "Let its contract be approved first (`stage: approved`)",
        )


def unneeded(dataset: Dataset) -> Iterator[str]:
    """What is too much in a contract, field by field. Public data concern nobody and are not looked at.

    Nothing is kept of a dataset that is onboarding, and no rule can read it yet: it only needs its suite.
    """
    if dataset.public:
        return
    checked = fields_checked(dataset)
    if dataset.stage == "onboarding":
        return
    kept = _needed_in_warehouse(dataset)
    for name, field in dataset.fields.items():
        if name not in kept | checked:
            yield f"no rule and no expectation reads the field `{name}`"
        elif field.keep and name not in kept:
            yield f"only the suite reads the field `{name}`: it needs `keep: false`"


def _needed_in_warehouse(dataset: Dataset) -> set[str]:
    needed = {*dataset.key, dataset.cursor}
    needed |= {dataset.deleted_when.field} if dataset.deleted_when else set()
    needed |= {dataset.aliases.old, dataset.aliases.new} if dataset.aliases else set()
    for rule in shelves.rules().values():
        if dataset.full_name in rule.inputs:
            inputs = {name: shelves.dataset(name) for name in rule.inputs}
            needed |= fields_read(rule, shelves.query(rule), inputs)[dataset.full_name]
    # A number is told from the same number of somebody else by the name beside it.
    return needed | {name for person, name in dataset.named_persons.items() if person in needed}
