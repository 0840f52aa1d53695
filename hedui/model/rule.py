"""Rules: what a reviewed query looks for, on which legal basis, and who is told."""

from typing import Literal, Self

from pydantic import Field, model_validator

from hedui.model.contract import Word
from hedui.model.declaration import Declared, Title


class Input(Declared):
    """One dataset a rule reads."""

    touches: Word = Field(description="the column whose value is the subject that a changed row concerns")


class Addressee(Declared):
    """The office that handles the record."""

    agency: Word
    region: Word = Field(description="column of the result with the division code of the office")
    kind: Literal["agency_check", "supervision_referral"]


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
    subject: Literal["person"]
    inputs: dict[str, Input] = Field(min_length=1, description="datasets by their full name")
    severity: Literal["low", "medium", "high"]
    addressee: Addressee
    lead_key: tuple[Word, ...] = Field(min_length=1)
    evidence: tuple[Word, ...] = Field(min_length=1)
    records: dict[str, Word] = Field(description="dataset: evidence column with the agency's own record keys")
    amount: Word | None = None
    explanation: Title = Field(description="one sentence with {column} places")
    words: dict[str, Title] = Field(default={}, description="how the sentence says a coded value of the evidence")
    exclude_first: tuple[Title, ...] = Field(description="normal explanations to exclude before anything else")

    @model_validator(mode="after")
    def _columns_stand_in_evidence(self) -> Self:
        if "subject" not in self.lead_key:
            raise ValueError("a lead is of one subject: `lead_key` names it")
        named = {*self.lead_key, *self.records.values(), self.addressee.region, *([self.amount] if self.amount else [])}
        missing = sorted(named - {*self.evidence, "subject"})
        if missing:
            raise ValueError(f"not among the evidence: {', '.join(missing)}")
        if unknown := sorted(set(self.records) - set(self.inputs)):
            raise ValueError(f"records of datasets that are no input: {', '.join(unknown)}")
        return self
