"""Rules: what a reviewed query looks for, on which legal basis, and who is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Literal, Self

from pydantic import Field, model_validator

from hedui.model.contract import IdentifierKind, Word
from hedui.model.declaration import Declared, Title


class Link(Declared):
    """A dataset whose rows lead from one value to another, as from a member to the household."""

    dataset: str
    from_: Word = Field(alias="from")
    to: Word


class Input(Declared):
    """One dataset a rule reads."""

    touches: Word | tuple[tuple[Word, ...], ...] = Field(
        description="the column whose value is the subject that a changed row concerns; or paths: a column, then links"
    )

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """Each way from a changed row to subjects: a column of the row, then the names of links."""
        return ((self.touches,),) if isinstance(self.touches, str) else self.touches


class Addressee(Declared):
    """The office that handles the record."""

    agencies: tuple[Word, ...] = Field(min_length=1, description="who can be told of such a lead")
    agency: Word | None = Field(default=None, description="column of the result that names one of several agencies")
    region: Word = Field(description="column of the result with the division code of the office")
    kind: Literal["agency_check", "supervision_referral"]

    @model_validator(mode="after")
    def _one_is_told(self) -> Self:
        if (len(self.agencies) > 1) != (self.agency is not None):
            raise ValueError("with several agencies, and only then, a column says which")
        return self


class Rule(Declared):
    """`rules/<rule>/rule.yaml`; the query stands beside it in `rule.sql`.

    The query returns one row per lead with the columns `subject`, those of `lead_key` and `evidence`, and the
    addressee's region. A lead depends only on rows whose `touches` column holds its subject.
    """

    rule: Word
    version: int = Field(ge=1)
    title: Title
    owner: str
    legal_basis: Title
    programme: Word
    subject: Literal["person", "household"]
    concepts: tuple[Word, ...] = Field(default=(), description="views of rules/concepts that the query reads")
    reference: dict[Word, str] = Field(default={}, description="tables beside the query, by name: CSV files")
    links: dict[Word, Link] = Field(default={}, description="how one value leads to another, for `touches`")
    inputs: dict[str, Input] = Field(min_length=1, description="datasets by their full name")
    severity: Literal["low", "medium", "high"]
    addressee: Addressee
    lead_key: tuple[Word, ...] = Field(min_length=1)
    evidence: tuple[Word, ...] = Field(min_length=1)
    records: dict[str, Word] = Field(description="dataset: evidence column with the agency's own record keys")
    withheld: tuple[Word, ...] = Field(default=(), description="evidence that no addressee sees without an approval")
    amount: Word | None = None
    explanation: Title = Field(description="one sentence with {column} places")
    words: dict[str, Title] = Field(default={}, description="how the sentence says a coded value of the evidence")
    exclude_first: tuple[Title, ...] = Field(description="normal explanations to exclude before anything else")

    @property
    def subject_kind(self) -> IdentifierKind:
        """What the subject's token stands for: a person's number, or an agency's record key such as a household's."""
        return "person" if self.subject == "person" else "record"

    @model_validator(mode="after")
    def _links_exist(self) -> Self:
        steps = {link for declared in self.inputs.values() for path in declared.paths for link in path[1:]}
        if unknown := sorted(steps - self.links.keys()):
            raise ValueError(f"no such link: {', '.join(unknown)}")
        if unknown := sorted({link.dataset for link in self.links.values()} - self.inputs.keys()):
            raise ValueError(f"links over datasets that are no input: {', '.join(unknown)}")
        return self

    @model_validator(mode="after")
    def _columns_stand_in_evidence(self) -> Self:
        if "subject" not in self.lead_key:
            raise ValueError("a lead is of one subject: `lead_key` names it")
        named = {*self.lead_key, *self.records.values(), self.addressee.region, *self.withheld}
        named |= {column for column in (self.amount, self.addressee.agency) if column}
        missing = sorted(named - {*self.evidence, "subject"})
        if missing:
            raise ValueError(f"not among the evidence: {', '.join(missing)}")
        if unknown := sorted(set(self.records) - set(self.inputs)):
            raise ValueError(f"records of datasets that are no input: {', '.join(unknown)}")
        said = {column for text in (self.explanation.zh, self.explanation.en) for column in _places(text)}
        if unknown := sorted(said - {*self.evidence}):
            raise ValueError(f"the explanation names what is no evidence: {', '.join(unknown)}")
        if told := sorted(said.intersection(self.withheld)):
            raise ValueError(f"the explanation tells what is withheld: {', '.join(told)}")
        return self


@dataclass(frozen=True)
class Query:
    """What a rule runs: its SELECT, and by name the SELECTs of its concepts and the CSV of its reference tables."""

    sql: str
    concepts: Mapping[str, str]
    reference: Mapping[str, str]


def _places(text: str) -> set[str]:
    """The {columns} that a sentence names. A place without a name, or with a place inside, is refused."""
    places = [(name, form) for _, name, form, _ in Formatter().parse(text) if name is not None]
    if any(not name or "{" in (form or "") for name, form in places):
        raise ValueError("each place of the explanation names one column: {column}")
    return {name for name, _ in places}
