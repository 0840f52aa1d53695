"""Identifiers that can be right. What DuckDB reads was computed on whole columns while the batch was loaded."""

from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from hedui.validation.beside import VALID, VALIDITY
from hedui.validation.expectations.gx import (
    ColumnMapExpectation,
    ColumnMapMetricProvider,
    PandasExecutionEngine,
    SqlAlchemyExecutionEngine,
    column_condition_partial,
)


class _ColumnValuesValid(ColumnMapMetricProvider):
    """One `kind` of identifier, as `VALIDITY` knows it."""

    kind: ClassVar[str]

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: "pd.Series[str]", **kwargs: Any) -> "pd.Series[bool]":  # noqa: N805
        valid = VALIDITY[cls.kind](pa.array(column, pa.string(), from_pandas=True))
        return pd.Series(np.asarray(valid), index=column.index)

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, **kwargs: Any) -> Any:  # noqa: N805
        return sa.column(VALID.format(kind=cls.kind, field=column.name))


class ColumnValuesValidPersonIdentifier(_ColumnValuesValid):
    condition_metric_name = "column_values.valid_person_identifier"
    kind = "person_identifier"


class ColumnValuesValidCreditCode(_ColumnValuesValid):
    condition_metric_name = "column_values.valid_credit_code"
    kind = "credit_code"


class ColumnValuesValidOrganisationCode(_ColumnValuesValid):
    condition_metric_name = "column_values.valid_organisation_code"
    kind = "organisation_code"


class ColumnValuesValidDivisionCode(ColumnMapMetricProvider):
    condition_metric_name = "column_values.valid_division_code"
    condition_value_keys = ("digits",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: "pd.Series[str]", digits: list[int], **kwargs: Any) -> "pd.Series[bool]":  # noqa: N805
        valid = VALIDITY["division_code"](pa.array(column, pa.string(), from_pandas=True))
        return pd.Series(np.asarray(valid), index=column.index) & column.str.len().isin(digits)

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, digits: list[int], **kwargs: Any) -> Any:  # noqa: N805
        valid: sa.ColumnClause[bool] = sa.column(VALID.format(kind="division_code", field=column.name))
        return sa.and_(valid, sa.func.length(column).in_(digits))


class ExpectColumnValuesToBeValidPersonIdentifier(ColumnMapExpectation):
    """Values are identity numbers in canonical form whose birth date and check character are right."""

    map_metric: ClassVar[str] = "column_values.valid_person_identifier"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly",)
    args_keys: ClassVar[tuple[str, ...]] = ("column",)


class ExpectColumnValuesToBeValidCreditCode(ColumnMapExpectation):
    """Values are unified social credit codes of right form and check character; A, N and Y may begin one."""

    map_metric: ClassVar[str] = "column_values.valid_credit_code"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly",)
    args_keys: ClassVar[tuple[str, ...]] = ("column",)


class ExpectColumnValuesToBeValidOrganisationCode(ColumnMapExpectation):
    """Values are organisation codes of nine characters, with or without hyphen, whose check character is right."""

    map_metric: ClassVar[str] = "column_values.valid_organisation_code"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly",)
    args_keys: ClassVar[tuple[str, ...]] = ("column",)


class ExpectColumnValuesToBeValidDivisionCode(ColumnMapExpectation):
    """Values are division codes of so many digits in a province that exists; retired codes stay right."""

    map_metric: ClassVar[str] = "column_values.valid_division_code"
    success_keys: ClassVar[tuple[str, ...]] = ("digits", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "digits")
    digits: list[int] = [6, 9, 12]  # noqa: RUF012 - pydantic copies it
