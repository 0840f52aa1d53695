"""Contracts: what an agency shares, under which law, in which form."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from hedui.model.channels import ReportChannel
from hedui.model.declaration import Declared, Title
from hedui.model.sources import Source

# Names become parts of SQL and of file names, so they can hold nothing that either would interpret.
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]

FieldType = Literal["text", "date", "month", "timestamp", "integer", "decimal"]
IdentifierKind = Literal["person", "record", "name"]
NameForm = Literal["full", "folded"]


class ContractField(Declared):
    """One field of a dataset, under the name it has in the warehouse."""

    source: str = Field(description="its name in the agency's delivery")
    also: tuple[str, ...] = Field(default=(), description="other names under which it may be delivered")
    type: FieldType = Field(default="text", description="what it is read as; a month becomes its first day")
    title: Title = Field(description="what the agency's clerk calls it")
    identifier: IdentifierKind | None = Field(default=None, description="what becomes a pseudonym, and of which kind")
    of: Word | None = Field(default=None, description="for a name: the person field it belongs to")
    name_forms: tuple[NameForm, ...] = Field(
        default=("full", "folded"), description="which forms of a name rules compare"
    )
    form: Literal["full", "month", "year", "county", "category"] = Field(
        default="full", description="how much of a date, a division code or a diagnosis code is kept"
    )
    keep: bool = Field(default=True, description="false: the suite checks it, the warehouse never holds it")

    @model_validator(mode="after")
    def _sense(self) -> Self:
        if (self.identifier == "name") != (self.of is not None):
            raise ValueError("a name, and only a name, says with `of` whose it is")
        if self.identifier and self.type != "text":
            raise ValueError("an identifier is text")
        if self.form in ("month", "year") and self.type != "date":
            raise ValueError(f"form `{self.form}` is for dates")
        return self


class Due(Declared):
    """Until when a delivery must be there; days that are no working days do not count."""

    working_days: int = Field(ge=0, description="how many after the interval's end; 0: that day itself, or the next")
    at: str = Field(default="18:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="by this time of that day")


class Schedule(Declared):
    """When an interval ends and its extract is due."""

    cron: str = Field(description="when an interval ends, e.g. 0 0 * * *: each midnight")
    timezone: str = Field(default="Asia/Shanghai", description="where the clock hangs")
    deadline_hours: float | None = Field(
        default=None, gt=0, description="how long after an interval's end a delivery that is not whole is waited for"
    )
    due: Due | None = Field(
        default=None, description="from when on a delivery is late, and agency and engineers are told so"
    )


Policy = Literal["freeze", "ignore", "quarantine"]


class DriftPolicy(Declared):
    """What to do where a delivery is not of the form of the one before: stop, go on, or hold the rows concerned back.

    Whatever it says, the drift is noted.
    """

    new_columns: Policy = Field(default="ignore", description="a column that no field reads; it never gets in")
    missing_columns: Policy = Field(default="freeze", description="a column of a field; key and cursor always freeze")
    changed_types: Policy = Field(default="freeze", description="a column came as text, now as numbers, or the like")
    renamed_headers: Policy = Field(default="ignore", description="a field came under a name of its `also`")


class DeletedWhen(Declared):
    """A delivered row with this value deletes the record."""

    field: Word = Field(description="the field that says so")
    equals: str = Field(description="its value in a deleted record")


class Aliases(Declared):
    """Each row says that one number of a person was replaced by another; both fields have a name field beside them."""

    old: Word = Field(description="the field with the number before")
    new: Word = Field(description="the field with the number since")


class Answers(Declared):
    """Each row is what an agency answered about a record that it was asked to mend."""

    reference: Word = Field(description="the field with the reference that the list gave the record")
    result: Word = Field(description="the field with the answer that was chosen; empty: none yet")


class Dataset(Declared):
    """One table that an agency shares under one contract."""

    agency: Word
    name: Word
    version: int = Field(ge=1, description="raised with every change of substance; docs/contract-versions.md")
    effective_from: date | None = Field(
        default=None, description="intervals that end before this day are read under the version before"
    )
    reextract_from: date | None = Field(
        default=None, description="the first delivery under this version begins here, to fill fields that are new"
    )
    stage: Literal["onboarding", "approved"] = Field(
        default="approved", description="onboarding: judged and reported to the agency; nothing is kept"
    )
    title: Title = Field(description="what the dataset is called")
    legal_basis: Title = Field(description="by which law or agreement it is shared")
    programme: Word = Field(description="the approved purpose within which it may be joined")
    schedule: Schedule = Field(description="when it is extracted")
    landing_retention_days: int = Field(ge=0, description="how long a raw delivery is kept once it is loaded")
    quarantine_retention_days: int | None = Field(
        default=None,
        ge=1,
        description="how long rows that were held back wait to be mended; else as the site says",
    )
    source: Source = Field(description="how it is delivered")
    drift: DriftPolicy = Field(default=DriftPolicy(), description="what happens where the form of a delivery changes")
    delivers: Literal["changes", "snapshot"] = Field(
        default="changes", description="snapshot: every delivery holds all records; what it lacks was deleted"
    )
    vanished_share: float = Field(
        default=0.1, ge=0, le=1, description="a snapshot that lacks more of the known records than this is refused"
    )
    overlap_hours: float = Field(
        default=0, ge=0, description="so much before its interval a delivery begins, for rows that arrived late"
    )
    key: tuple[Word, ...] = Field(min_length=1, description="fields that name a record for ever")
    cursor: Word = Field(description="the field that says when the agency last changed the record")
    region: Word | None = Field(
        default=None, description="the field with the division code of the office that mends a record"
    )
    deleted_when: DeletedWhen | None = Field(default=None, description="how the agency marks a deleted record")
    aliases: Aliases | None = Field(
        default=None, description="this dataset tells which numbers were changed into which"
    )
    answers: Answers | None = Field(
        default=None, description="this dataset brings answers to the lists of records to mend"
    )
    public: bool = Field(
        default=False, description="speaks of nobody: no identifiers, and no rule needs to ask for a field"
    )
    fields: dict[Word, ContractField] = Field(description="what is shared, by its name in the warehouse")

    @property
    def full_name(self) -> str:
        """`agency.dataset`, the name used everywhere."""
        return f"{self.agency}.{self.name}"

    @property
    def table(self) -> str:
        """`agency__dataset`, where a dot would separate something else."""
        return f"{self.agency}__{self.name}"

    @property
    def named_persons(self) -> dict[str, str]:
        """Each person field that the warehouse holds with all forms of a name beside it, and that name field."""
        return {
            f.of: name
            for name, f in self.fields.items()
            if f.of and f.keep and self.fields[f.of].keep and set(f.name_forms) == {"full", "folded"}
        }

    @model_validator(mode="after")
    def _fields_exist(self) -> Self:
        named = [*self.key, self.cursor, *(f.of for f in self.fields.values() if f.of)]
        named += [self.region] if self.region else []
        named += [self.deleted_when.field] if self.deleted_when else []
        named += [self.aliases.old, self.aliases.new] if self.aliases else []
        named += [self.answers.reference, self.answers.result] if self.answers else []
        missing = sorted({name for name in named if name not in self.fields})
        if missing:
            raise ValueError(f"no such field: {', '.join(missing)}")
        if self.fields[self.cursor].type != "timestamp":
            raise ValueError(f"the cursor `{self.cursor}` must be a timestamp")
        dropped = [name for name in (*self.key, self.cursor) if not self.fields[name].keep]
        if dropped:
            raise ValueError(f"key and cursor are kept: {', '.join(dropped)}")
        if self.aliases and not {self.aliases.old, self.aliases.new} <= self.named_persons.keys():
            raise ValueError("both numbers of `aliases` are persons with a name field of their own")
        if self.public and (personal := [name for name, field in self.fields.items() if field.identifier]):
            raise ValueError(f"public data identify nobody: {', '.join(personal)}")
        return self


class Office(Declared):
    """Who answers for an agency's data."""

    title: Title = Field(description="what it is called")
    telephone: str = Field(description="whom a clerk calls, in quotes")


class Agency(Declared):
    """One file of `connectors/agencies`."""

    agency: Word = Field(description="its name, which is also that of the file")
    title: Title = Field(description="what it is called")
    office: Office = Field(description="who answers for its data, on every report")
    connection: Word = Field(description="the Airflow Connection, or the entry in connections.json")
    report_channel: ReportChannel | None = Field(
        default=None, description="how it receives its validation reports; without one they wait for somebody here"
    )
    calls_at_once: int = Field(default=1, ge=1, description="how much load the agency bears: slots of its pool")
    datasets: dict[Word, Dataset] = Field(description="what it shares, by name")

    @model_validator(mode="before")
    @classmethod
    def _name_datasets(cls, data: object) -> object:
        """A dataset takes its name from its key and its agency from its file."""
        if isinstance(data, dict) and isinstance(data.get("datasets"), dict):
            named = {
                name: {"agency": data.get("agency"), "name": name, **body} if isinstance(body, dict) else body
                for name, body in data["datasets"].items()
            }
            return {**data, "datasets": named}
        return data
