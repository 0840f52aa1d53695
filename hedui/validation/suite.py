"""A suite as it stands on the shelf: read and checked against the contract, without Great Expectations."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from hedui.model.contract import Dataset
from hedui.model.declaration import Declared, Title
from hedui.model.errors import ValidationFailed
from hedui.shelves import suite_file
from hedui.validation.preparation import prepared_schema
from hedui.validation.verdict import OnFailure

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
