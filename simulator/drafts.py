"""The datasets of the agencies before they write them down: typed, clean, under the contracts' field names.

A draft is an Arrow table; every row is one delivery of one record. Amounts are fen, months the date of their first
day, `changed_at` seconds of UTC. Some columns no contract asks for: agencies deliver more than they are asked.
"""

import pyarrow as pa
import pyarrow.compute as pc

DEATHS, DIBAO = "civil_affairs.deaths", "civil_affairs.dibao"
SPECIAL_HARDSHIP, DISABILITY_SUBSIDY = "civil_affairs.special_hardship", "civil_affairs.disability_subsidy"
MARRIAGES = "civil_affairs.marriages"
SETTLEMENTS, DEATH_CERTIFICATES, ENROLMENTS = "health.settlements", "health.death_certificates", "health.enrolments"
EMPLOYEES, PAYROLL, PENSIONS = "hr.public_employees", "hr.payroll", "hr.pensions"
POSTS, APPOINTMENTS = "hr.public_welfare_posts", "hr.appointments"
CANCELLATIONS, DUI_CASES, VEHICLES = "police.household_cancellations", "police.dui_cases", "police.vehicles"
DETENTIONS, ID_CHANGES = "police.detentions", "police.id_changes"
PAYMENTS = "finance.subsidy_payments"
TENDERS, BIDS, CONTRACTS, SUPPLIERS = "trading.tenders", "trading.bids", "trading.contracts", "trading.suppliers"
COMPLAINTS = "hotlines.complaints"
ASSETS, CADRES = "agriculture.collective_assets", "agriculture.village_cadres"

_TEXT, _DATE, _NUMBER = pa.string(), pa.date32(), pa.int64()


def _schema(**fields: pa.DataType) -> pa.Schema:
    person = {"record_no": _TEXT, "person": _TEXT, "name": _TEXT}
    return pa.schema({**person, **fields, "changed_at": _NUMBER})


def _of_nobody(**fields: pa.DataType) -> pa.Schema:
    return pa.schema({"record_no": _TEXT, **fields, "changed_at": _NUMBER})


SCHEMAS = {
    DEATHS: _schema(died_on=_DATE, basis=_TEXT, status=_TEXT, county=_TEXT),
    DIBAO: _schema(
        household=_TEXT, area=_TEXT, **{"class": _TEXT}, mode=_TEXT, month=_DATE, amount_fen=_NUMBER, county=_TEXT
    ),
    SPECIAL_HARDSHIP: _schema(month=_DATE, amount_fen=_NUMBER, county=_TEXT),
    DISABILITY_SUBSIDY: _schema(kind=_TEXT, month=_DATE, amount_fen=_NUMBER, county=_TEXT),
    MARRIAGES: _schema(spouse=_TEXT, spouse_name=_TEXT, married_on=_DATE, divorced_on=_DATE),
    SETTLEMENTS: _schema(
        visit_type=_TEXT,
        insurance_type=_TEXT,
        started_on=_DATE,
        ended_on=_DATE,
        settled_on=_DATE,
        hospital=_TEXT,
        diagnosis=_TEXT,
        total_fen=_NUMBER,
        pool_fund_fen=_NUMBER,
        account_fen=_NUMBER,
        place_of_insurance=_TEXT,
    ),
    DEATH_CERTIFICATES: _schema(died_on=_DATE, county=_TEXT, valid=_TEXT),
    ENROLMENTS: _schema(
        insurance_type=_TEXT, from_month=_DATE, to_month=_DATE, paid_on=_DATE, place_of_insurance=_TEXT, valid=_TEXT
    ),
    EMPLOYEES: _schema(unit=_TEXT, staffing=_TEXT, rank=_TEXT, posted_on=_DATE, left_on=_DATE, managed_by=_TEXT),
    PAYROLL: _schema(unit=_TEXT, kind=_TEXT, month=_DATE, amount_fen=_NUMBER, county=_TEXT),
    PENSIONS: _schema(kind=_TEXT, month=_DATE, paid_on=_DATE, amount_fen=_NUMBER, returned_on=_DATE, county=_TEXT),
    POSTS: _schema(area=_TEXT, month=_DATE, amount_fen=_NUMBER, county=_TEXT),
    APPOINTMENTS: _schema(unit=_TEXT, kind=_TEXT, from_on=_DATE, to_on=_DATE),
    CANCELLATIONS: _schema(reason=_TEXT, died_on=_DATE, status=_TEXT, county=_TEXT),
    DUI_CASES: _schema(
        caught_on=_DATE,
        offence=_TEXT,
        alcohol_mg=_NUMBER,
        retest_mg=_NUMBER,
        vehicle=_TEXT,
        identity=_TEXT,
        county=_TEXT,
    ),
    VEHICLES: _schema(kind=_TEXT, registered_on=_DATE, ended_on=_DATE),
    DETENTIONS: _schema(measure=_TEXT, from_on=_DATE, to_on=_DATE, outcome=_TEXT),
    ID_CHANGES: pa.schema(
        {
            "record_no": _TEXT,
            "old_person": _TEXT,
            "old_name": _TEXT,
            "person": _TEXT,
            "name": _TEXT,
            "changed_at": _NUMBER,
        }
    ),
    PAYMENTS: _schema(
        subsidy=_TEXT,
        paid_for=_TEXT,
        month=_DATE,
        paid_on=_DATE,
        amount_fen=_NUMBER,
        returned_on=_DATE,
        county=_TEXT,
    ),
    TENDERS: _of_nobody(
        ocid=_TEXT,
        buyer=_TEXT,
        buyer_name=_TEXT,
        method=_TEXT,
        status=_TEXT,
        published_on=_DATE,
        closes_on=_DATE,
        budget_fen=_NUMBER,
        item=_TEXT,
        specification=_TEXT,
        unit=_TEXT,
        quantity=_NUMBER,
    ),
    BIDS: _of_nobody(ocid=_TEXT, bidder=_TEXT, amount_fen=_NUMBER, status=_TEXT),
    CONTRACTS: _of_nobody(
        ocid=_TEXT,
        buyer=_TEXT,
        supplier=_TEXT,
        kind=_TEXT,
        item=_TEXT,
        specification=_TEXT,
        unit=_TEXT,
        quantity=_NUMBER,
        unit_price_fen=_NUMBER,
        amount_fen=_NUMBER,
        signed_on=_DATE,
        from_on=_DATE,
        to_on=_DATE,
    ),
    SUPPLIERS: _schema(
        supplier=_TEXT,
        supplier_name=_TEXT,
        role=_TEXT,
        owner=_TEXT,
        share_percent=_NUMBER,
        from_on=_DATE,
        to_on=_DATE,
    ),
    COMPLAINTS: _of_nobody(
        platform=_TEXT, topic=_TEXT, region=_TEXT, received_at=_NUMBER, answered_at=_NUMBER, satisfaction=_TEXT
    ),
    ASSETS: pa.schema(
        {
            **dict.fromkeys(("record_no", "county", "township", "village", "asset", "kind", "lessee"), _TEXT),
            **dict.fromkeys(("person", "name", "firm"), _TEXT),
            **dict.fromkeys(("from_on", "to_on"), _DATE),
            **dict.fromkeys(("year", "rent_due_fen", "rent_paid_fen"), _NUMBER),
            "remark": _TEXT,
            "changed_at": _NUMBER,
        }
    ),
    CADRES: _schema(county=_TEXT, township=_TEXT, village=_TEXT, post=_TEXT, from_on=_DATE, to_on=_DATE),
}
DATASETS = tuple(SCHEMAS)


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
