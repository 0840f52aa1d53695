"""The four datasets before an agency writes them down: typed, clean, under the contracts' field names.

A draft is an Arrow table; every row is one delivery of one record. `changed_at` counts seconds of UTC.
"""

import pyarrow as pa
import pyarrow.compute as pc

DEATHS, SETTLEMENTS = "civil_affairs.deaths", "health.settlements"
EMPLOYEES, DUI_CASES = "hr.public_employees", "police.dui_cases"
DATASETS = (DEATHS, SETTLEMENTS, EMPLOYEES, DUI_CASES)

_TEXT, _DATE, _NUMBER = pa.string(), pa.date32(), pa.int64()


def _schema(**fields: pa.DataType) -> pa.Schema:
    person = {"record_no": _TEXT, "person": _TEXT, "name": _TEXT}
    return pa.schema({**person, **fields, "changed_at": _NUMBER})


SCHEMAS = {
    DEATHS: _schema(died_on=_DATE, basis=_TEXT, status=_TEXT, county=_TEXT),
    SETTLEMENTS: _schema(
        visit_type=_TEXT,
        insurance_type=_TEXT,
        started_on=_DATE,
        ended_on=_DATE,
        settled_on=_DATE,
        hospital=_TEXT,
        total_fen=_NUMBER,
        pool_fund_fen=_NUMBER,
        account_fen=_NUMBER,
        place_of_insurance=_TEXT,
    ),
    EMPLOYEES: _schema(unit=_TEXT, staffing=_TEXT, rank=_TEXT, posted_on=_DATE, left_on=_DATE, managed_by=_TEXT),
    DUI_CASES: _schema(
        caught_on=_DATE,
        offence=_TEXT,
        alcohol_mg=_NUMBER,
        retest_mg=_NUMBER,
        vehicle=_TEXT,
        identity=_TEXT,
        county=_TEXT,
    ),
}


def draft(dataset: str, **columns: pa.Array) -> pa.Table:
    """A draft of a dataset from its columns, each in whatever type casts to the schema's."""
    schema = SCHEMAS[dataset]
    arrays = [pc.cast(_arrow(columns[field.name]), field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def days(numbers: object, where: object = None) -> pa.Array:
    """Day numbers as dates; null where `where` is true."""
    return pa.array(numbers, mask=where).cast(pa.int32()).cast(pa.date32())


def _arrow(column: object) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        return column.combine_chunks()
    return column if isinstance(column, pa.Array) else pa.array(column)
