"""A suite as it stands on the shelf: read and checked against the contract, without Great Expectations."""

import json
from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from hedui import shelves
from hedui.model.contract import Dataset
from hedui.model.declaration import Declared, Title
from hedui.model.errors import ValidationFailed
from hedui.shelves import suite_file
from hedui.validation.preparation import prepared_schema
from hedui.validation.verdict import OnFailure

KNOWN_IN = "expect_column_values_to_be_known_in"
ONE_VERSION = "expect_rows_of_one_version_to_agree"
CATEGORIES = "expect_column_category_shares_to_be_usual"
# What says yes or no of the batch as a whole, and of no row that it is wrong.
OF_COUNTS = {
    "expect_table_row_count_to_equal",
    "expect_table_row_count_to_be_usual",
    "expect_column_to_cover_working_days",
}
# What asks whether a column is filled, or for what was computed beside it, and never for its values.
_OF_PRESENCE = {
    KNOWN_IN,
    "expect_column_values_to_not_be_null",
    "expect_column_values_to_be_valid_person_identifier",
    "expect_column_values_to_be_valid_credit_code",
    "expect_column_values_to_be_valid_organisation_code",
    "expect_column_filled_share_to_be_usual",
}
OF_THE_WHOLE = {*OF_COUNTS, "expect_column_filled_share_to_be_usual", CATEGORIES}

# Where Great Expectations' own expectations name columns.
_COLUMN_KEYS, _COLUMN_LIST_KEYS = ("column", "column_A", "column_B"), ("column_list", "column_set")


class Meaning(Declared):
    """What `meta` must say of every expectation, for the pipeline and for the clerk."""

    on_failure: OnFailure
    title: Title
    advice: Title
    field: str | None = Field(default=None, description="the field to mend; by default the first column named")
    scored: bool = Field(default=True, description="false: the fault may be made elsewhere, and does not lower a score")
    confirmable: bool = Field(
        default=False, description="true: a doubt, and the agency may say that the value is right"
    )


class RejectAbove(Declared):
    """The whole batch is rejected once this share of it, and this many rows, would be quarantined."""

    share: float = Field(gt=0, lt=1)
    rows: int = Field(default=100, ge=0, description="a handful of bad rows never rejects a small batch")


class SuiteMeta(BaseModel):
    model_config = ConfigDict(frozen=True)  # Great Expectations writes its version beside ours

    reject_above: RejectAbove | None = None


class DeclaredExpectation(BaseModel):
    model_config = ConfigDict(frozen=True)

    type: str
    arguments: dict[str, Any] = Field(validation_alias=AliasChoices("kwargs"))
    severity: Literal["critical", "warning", "info"]
    meta: Meaning

    @property
    def columns(self) -> list[str]:
        """Every column the expectation names."""
        single = [self.arguments[key] for key in _COLUMN_KEYS if key in self.arguments]
        return single + [name for key in _COLUMN_LIST_KEYS for name in self.arguments.get(key, [])]

    @property
    def parameters(self) -> list[str]:
        """What must be known beyond the batch, by the names of Great Expectations' suite parameters."""
        return [value["$PARAMETER"] for value in self.arguments.values() if _is_parameter(value)]

    @property
    def field(self) -> str:
        """The field to mend; empty where the expectation concerns the whole table."""
        named = [] if "column_set" in self.arguments else self.columns
        return self.meta.field or (named[0] if named else "")


class _Suite(BaseModel):
    name: str
    expectations: list[DeclaredExpectation] = Field(min_length=1)
    meta: SuiteMeta = SuiteMeta()


@dataclass(frozen=True)
class Suite:
    """`json` is what Great Expectations gets; the rest is what we enforce of it, in the same order."""

    dataset: str
    json: dict[str, Any]
    expectations: tuple[DeclaredExpectation, ...]
    reject_above: RejectAbove | None

    def parted(self, parameters: Container[str], references: Container[str]) -> tuple[Self, tuple[Title, ...]]:
        """The suite without the expectations that ask for more than is known, and the titles of these."""
        asked = [
            all(name in parameters for name in one.parameters)
            and (one.type != KNOWN_IN or one.arguments["reference"] in references)
            for one in self.expectations
        ]
        titles = dict.fromkeys(
            one.meta.title for one, is_asked in zip(self.expectations, asked, strict=True) if not is_asked
        )
        return self._of(asked), tuple(titles)

    @property
    def compared(self) -> set[str]:
        """The columns whose values are compared; of others it is asked at most whether they are filled, or valid."""
        comparing = (e for e in self.expectations if "column_set" not in e.arguments and e.type not in _OF_PRESENCE)
        return {name for expectation in comparing for name in expectation.columns}

    @property
    def categories(self) -> list[str]:
        """The fields of which the suite compares how frequent their values are."""
        return list(dict.fromkeys(one.columns[0] for one in self.expectations if one.type == CATEGORIES))

    def only(self, types: Container[str]) -> Self:
        """The suite of these types of expectations alone."""
        return self._of([one.type in types for one in self.expectations])

    def _of(self, asked: Sequence[bool]) -> Self:
        plain = {**self.json, "expectations": list(compress(self.json["expectations"], asked))}
        return replace(self, json=plain, expectations=tuple(compress(self.expectations, asked)))


def read_suite(dataset: Dataset, file: Path | None = None, later: Collection[str] = ()) -> Suite:
    """The dataset's suite, without what it says of fields that only a `later` version of the contract has.

    Raises ValidationFailed where it cannot be read or names what the contract does not have.
    """
    file = file or suite_file(dataset)
    remedy = f"Mend expectations/{dataset.agency}/{dataset.name}.json"
    try:
        plain = json.loads(file.read_text(encoding="utf-8"))
        suite = _Suite.model_validate(plain)
        if later:
            plain["expectations"] = [_without(later, one) for one in plain["expectations"] if not _is_of(later, one)]
            suite = _Suite.model_validate(plain)
    except FileNotFoundError:
        raise ValidationFailed(dataset.full_name, "the dataset has no suite", remedy.replace("Mend", "Write")) from None
    except json.JSONDecodeError as error:
        raise ValidationFailed(dataset.full_name, f"the suite is not JSON, line {error.lineno}", remedy) from None
    except ValidationError as error:
        raise ValidationFailed(dataset.full_name, f"the suite {_first_fault(plain, error)}", remedy) from None
    _check_names(dataset, suite, remedy)
    return Suite(dataset.full_name, plain, tuple(suite.expectations), suite.meta.reject_above)


def fields_checked(dataset: Dataset) -> set[str]:
    """The fields whose values the dataset's suite looks at."""
    looked_at = (e for e in read_suite(dataset).expectations if "column_set" not in e.arguments)
    return {name for expectation in looked_at for name in expectation.columns} & dataset.fields.keys()


def _is_of(fields: Collection[str], expectation: dict[str, Any]) -> bool:
    """Whether an expectation needs one of the fields; one on the set of columns is told apart by itself."""
    arguments = expectation["kwargs"]
    named = [arguments.get(key) for key in _COLUMN_KEYS] + arguments.get("column_list", [])
    return any(name in fields for name in (*named, expectation["meta"].get("field")))


def _without(fields: Collection[str], expectation: dict[str, Any]) -> dict[str, Any]:
    arguments = expectation["kwargs"]
    if "column_set" not in arguments:
        return expectation
    left = [name for name in arguments["column_set"] if name not in fields]
    return {**expectation, "kwargs": {**arguments, "column_set": left}}


def _first_fault(plain: Any, error: ValidationError) -> str:
    fault = error.errors()[0]
    path = ".".join(str(step) for step in fault["loc"])
    number = fault["loc"][1] if fault["loc"][:1] == ("expectations",) and len(fault["loc"]) > 1 else None
    which = f" ({plain['expectations'][number].get('type')})" if isinstance(number, int) else ""
    return f"is incomplete: {path}{which}: {fault['msg']}"


def _is_parameter(value: Any) -> bool:
    return isinstance(value, dict) and "$PARAMETER" in value


def _check_names(dataset: Dataset, suite: _Suite, remedy: str) -> None:
    if suite.name != dataset.full_name:
        raise ValidationFailed(dataset.full_name, f"the suite is named {suite.name}", remedy)
    known = set(prepared_schema(dataset).names)
    for expectation in suite.expectations:
        if expectation.arguments.get("row_condition"):
            # Great Expectations counts by it, but its query for the failing rows does not know it.
            what = f"the suite uses row_condition ({expectation.type}), which would hold back the wrong rows"
            raise ValidationFailed(dataset.full_name, what, remedy)
        for name in [*expectation.columns, *([expectation.meta.field] if expectation.meta.field else [])]:
            if name not in known:
                what = f"the suite names the unknown column {name} ({expectation.type})"
                raise ValidationFailed(dataset.full_name, what, remedy)
        if fault := _fault_beyond_rows(dataset, expectation):
            raise ValidationFailed(dataset.full_name, f"{fault} ({expectation.type})", remedy)


def _fault_beyond_rows(dataset: Dataset, expectation: DeclaredExpectation) -> str:
    """What is wrong with an expectation that looks at the batch as a whole, or at another dataset."""
    whole = expectation.type in OF_THE_WHOLE or not (expectation.field or "column_set" in expectation.arguments)
    if whole and expectation.meta.on_failure == "quarantine_rows":
        return "the suite holds back rows for what concerns no row"
    if expectation.type == CATEGORIES and any(
        name not in dataset.fields or dataset.fields[name].identifier for name in expectation.columns
    ):
        return f"the suite would keep values of {expectation.columns[0]}, which identify people"
    return _fault_of_reference(dataset, expectation) if expectation.type == KNOWN_IN else ""


def _fault_of_reference(dataset: Dataset, expectation: DeclaredExpectation) -> str:
    """A report must not tell one agency what another one has, and tokens differ from programme to programme."""
    named, _, name = str(expectation.arguments.get("reference")).rpartition(".")
    other = shelves.datasets().get(named)
    field = other.fields.get(name) if other else None
    if other is None or field is None or not field.keep:
        return f"the suite refers to {named}.{name}, of which nothing is kept"
    if other.agency != dataset.agency and not other.public:
        return f"the suite refers to {named}, which is not {dataset.agency}'s to know"
    own = [dataset.fields[column] for column in expectation.columns if column in dataset.fields]
    alike = own and own[0].identifier == field.identifier != "name" and own[0].type == field.type
    if not alike or (field.identifier and other.programme != dataset.programme):
        return f"what the suite refers to, {named}.{name}, cannot be compared"
    return ""
