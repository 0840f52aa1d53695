"""The twelve expectations that all judges are asked, in the words of Great Expectations and in those of DuckDB."""

from typing import Any, Final

VISITS: Final = ("11", "13", "14", "21", "23", "24", "41", "52")
DIAGNOSIS: Final = "^[A-Z][0-9]{2}"
DIVISION: Final = "^[0-9]{6}$"
VERSION: Final = ("record_no", "updated_at")

_TOGETHER: Final = {"or_equal": True, "ignore_row_if": "either_value_is_missing"}

# Each with the field to mend. The numbers of the rows that fail are compared in this order.
TWELVE: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("expect_column_values_to_be_null", "_unreadable", {"column": "_unreadable"}),
    ("expect_column_values_to_not_be_null", "record_no", {"column": "record_no"}),
    ("expect_rows_of_one_version_to_agree", "record_no", {"column_list": list(VERSION)}),
    ("expect_column_values_to_not_be_null", "person", {"column": "person"}),
    ("expect_column_values_to_be_valid_person_identifier", "person", {"column": "person"}),
    ("expect_column_values_to_not_be_null", "name", {"column": "name"}),
    ("expect_column_values_to_be_in_set", "visit_type", {"column": "visit_type", "value_set": list(VISITS)}),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        "ended_on",
        {"column_A": "ended_on", "column_B": "started_on", **_TOGETHER},
    ),
    ("expect_column_values_to_match_regex", "diagnosis", {"column": "diagnosis", "regex": DIAGNOSIS}),
    ("expect_column_values_to_be_between", "pool_fund_yuan", {"column": "pool_fund_yuan", "min_value": 0.0}),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        "pool_fund_yuan",
        {"column_A": "total_yuan", "column_B": "pool_fund_yuan", **_TOGETHER},
    ),
    (
        "expect_column_values_to_match_regex",
        "place_of_insurance",
        {"column": "place_of_insurance", "regex": DIVISION},
    ),
)


def suite() -> dict[str, Any]:
    """As it would stand on the shelf."""
    words = {"title": {"zh": "有误", "en": "Wrong"}, "advice": {"zh": "请更正", "en": "Correct it"}}
    expectations = [
        {
            "type": kind,
            "kwargs": arguments,
            "severity": "warning",
            "meta": {"on_failure": "quarantine_rows", "field": field, **words},
        }
        for kind, field, arguments in TWELVE
    ]
    return {"name": "health.settlements", "meta": {}, "expectations": expectations}


_BLANKS: Final = "' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(12288) || chr(65279)"
_BLANK: Final = r"[ \t\r\n\x{a0}\x{3000}\x{feff}]"
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SUM: Final = " + ".join(f"{w} * (digits // {10 ** (16 - place)} % 10)" for place, w in enumerate(_WEIGHTS))
_FIELDS: Final = """setl_id, certno, psn_name, med_type, insutype, begndate, enddate, fixmedins_code, dise_codg,
    medfee_sumamt, fund_pay_sumamt, insu_admdvs, updt_time"""


def _bare(column: str) -> str:
    # Trimming blanks of all scripts is dear, looking for them is not.
    ragged = f"regexp_matches({column}, '^{_BLANK}|{_BLANK}$')"
    return f"nullif(CASE WHEN {ragged} THEN trim({column}, {_BLANKS}) ELSE {column} END, '')"


def _day(column: str) -> str:
    return f"coalesce(try_cast({column} AS DATE), try_strptime({column}, '%Y%m%d')::DATE)"


def query(parquet: str) -> str:
    """One scan by hand that types, repairs and judges, into a table of a mark for each row and expectation."""
    narrow = f"translate({_bare('certno')}, '０１２３４５６７８９', '0123456789')"
    unreadable = " OR ".join(
        f"({text} IS NOT NULL AND {value} IS NULL)"
        for text, value in (
            ("begun", "started_on"),
            ("ended", "ended_on"),
            ("fee", "total_yuan"),
            ("fund", "pool_fund_yuan"),
            ("changed", "updated_at"),
        )
    )
    return f"""
    CREATE TABLE judged AS
    WITH bare AS (
        SELECT _row, {_bare("setl_id")} AS record_no, {_bare("psn_name")} AS name, {_bare("med_type")} AS visit_type,
            upper(CASE WHEN strlen(certno) = 18 THEN certno ELSE {narrow} END) AS person,
            nullif(trim(begndate), '') AS begun, nullif(trim(enddate), '') AS ended,
            nullif(trim(medfee_sumamt), '') AS fee, nullif(trim(fund_pay_sumamt), '') AS fund,
            nullif(trim(updt_time), '') AS changed, {_bare("dise_codg")} AS diagnosis,
            {_bare("insu_admdvs")} AS place, hash({_FIELDS}) AS content
        FROM read_parquet('{parquet}', encryption_config={{footer_key: 'batch'}})),
    typed AS (
        SELECT *, {_day("begun")} AS started_on, {_day("ended")} AS ended_on,
            try_cast(fee AS DECIMAL(18, 2)) AS total_yuan, try_cast(fund AS DECIMAL(18, 2)) AS pool_fund_yuan,
            try_cast(changed AS TIMESTAMP) AS updated_at, try_cast(left(person, 17) AS BIGINT) AS digits
        FROM bare)
    SELECT _row, record_no, updated_at, content,
        {unreadable} AS fails_0,
        record_no IS NULL AS fails_1,
        person IS NULL AS fails_3,
        NOT CASE WHEN regexp_full_match(person, '[0-9]{{6}}(18|19|20)[0-9]{{9}}[0-9X]')
            THEN try_strptime(person[7:14], '%Y%m%d') IS NOT NULL AND '10X98765432'[1 + ({_SUM}) % 11] = person[18]
            ELSE regexp_full_match(person, '[A-Z]{{3}}[0-9]{{12}}') END AS fails_4,
        name IS NULL AS fails_5,
        visit_type NOT IN {VISITS} AS fails_6,
        ended_on < started_on AS fails_7,
        NOT regexp_matches(diagnosis, '{DIAGNOSIS}') AS fails_8,
        pool_fund_yuan < 0 AS fails_9,
        total_yuan < pool_fund_yuan AS fails_10,
        NOT regexp_matches(place, '{DIVISION}') AS fails_11
    FROM typed"""


CONTRADICTING: Final = """
    SELECT _row FROM judged JOIN (
        SELECT record_no, updated_at FROM judged WHERE record_no IS NOT NULL AND updated_at IS NOT NULL
        GROUP BY ALL HAVING min(content) <> max(content)) USING (record_no, updated_at)"""
