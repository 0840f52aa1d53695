"""Expectations of our own, registered with Great Expectations by being imported. docs/expectations.md lists them.

Each is evaluated in DuckDB, where a batch is judged, and in pandas, which is the reference for tests.
"""

from hedui.validation.expectations.complete import ExpectColumnToCoverWorkingDays
from hedui.validation.expectations.identifiers import (
    ExpectColumnValuesToBeValidCreditCode,
    ExpectColumnValuesToBeValidDivisionCode,
    ExpectColumnValuesToBeValidOrganisationCode,
    ExpectColumnValuesToBeValidPersonIdentifier,
)
from hedui.validation.expectations.references import ExpectColumnValuesToBeKnownIn
from hedui.validation.expectations.rows import (
    ExpectColumnPairValuesAToBeFilledWhereBInSet,
    ExpectColumnPairValuesToDiffer,
    ExpectColumnValuesToBePlausibleDate,
    ExpectLastColumnToBeSumOfOthers,
    ExpectThirdColumnToBeProductOfFirstTwo,
)
from hedui.validation.expectations.spreadsheets import ExpectColumnPairValuesAToBeUncutUnlessBNamesIt
from hedui.validation.expectations.usual import (
    ExpectColumnCategorySharesToBeUsual,
    ExpectColumnFilledShareToBeUsual,
    ExpectTableRowCountToBeUsual,
)
from hedui.validation.expectations.versions import ExpectRowsOfOneVersionToAgree

__all__ = [
    "ExpectColumnCategorySharesToBeUsual",
    "ExpectColumnFilledShareToBeUsual",
    "ExpectColumnPairValuesAToBeFilledWhereBInSet",
    "ExpectColumnPairValuesAToBeUncutUnlessBNamesIt",
    "ExpectColumnPairValuesToDiffer",
    "ExpectColumnToCoverWorkingDays",
    "ExpectColumnValuesToBeKnownIn",
    "ExpectColumnValuesToBePlausibleDate",
    "ExpectColumnValuesToBeValidCreditCode",
    "ExpectColumnValuesToBeValidDivisionCode",
    "ExpectColumnValuesToBeValidOrganisationCode",
    "ExpectColumnValuesToBeValidPersonIdentifier",
    "ExpectLastColumnToBeSumOfOthers",
    "ExpectRowsOfOneVersionToAgree",
    "ExpectTableRowCountToBeUsual",
    "ExpectThirdColumnToBeProductOfFirstTwo",
]
