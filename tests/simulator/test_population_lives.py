"""Ordinary people live plausible lives in all datasets, and nothing in them is a case for any rule."""

from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from simulator.drafts import DATASETS, ID_CHANGES, SCHEMAS
from simulator.everyday import RECORDED, live
from simulator.people import make_people

PEOPLE = 20_000

# Tables are named without their agency and hold the newest version of each record, people under their newest numbers;
# `told` holds every version. `paid` is what a person gets for a month, unless it came back.
VIEWS = """
    CREATE MACRO born(number) AS strptime(substr(number, 7, 8), '%Y%m%d')::DATE;
    CREATE MACRO moment(seconds) AS to_timestamp(seconds);
    CREATE MACRO ends(month) AS (month + INTERVAL 1 MONTH - INTERVAL 1 DAY)::DATE;
    CREATE VIEW dead AS SELECT person, name, max(died_on) AS died_on FROM deaths GROUP BY ALL;
    CREATE VIEW paid AS
        SELECT person, name, month, '低保' || class AS benefit FROM dibao
        UNION ALL SELECT person, name, month, '特困供养' FROM special_hardship
        UNION ALL SELECT person, name, month, kind FROM disability_subsidy
        UNION ALL SELECT person, name, month, kind FROM pensions WHERE kind = '养老金' AND returned_on IS NULL
        UNION ALL SELECT person, name, month, kind FROM payroll WHERE kind = '工资'
        UNION ALL SELECT person, name, month, area || '岗位' FROM public_welfare_posts
        UNION ALL SELECT person, name, month, subsidy FROM subsidy_payments
                  WHERE paid_for = '个人' AND subsidy <> '丧葬补助' AND returned_on IS NULL;
    CREATE VIEW couples AS
        SELECT person AS one, spouse AS other, married_on, divorced_on FROM marriages
        UNION ALL SELECT spouse, person, married_on, divorced_on FROM marriages;
    CREATE VIEW stays AS FROM settlements WHERE visit_type IN ('21', '23', '24', '52');
    CREATE VIEW custody AS FROM detentions WHERE measure IN ('刑事拘留', '逮捕', '服刑') AND outcome IS NULL;
    CREATE VIEW seen AS
        SELECT person, caught_on AS seen_on FROM dui_cases WHERE identity = '已核实'
        UNION ALL SELECT person, from_on FROM detentions
        UNION ALL SELECT one, married_on FROM couples;
"""

IMPOSSIBLE = {
    "treated before birth": "settlements WHERE started_on < born(person)",
    "ended before it began": "settlements WHERE ended_on < started_on",
    "settled before the end": "settlements WHERE settled_on < ended_on",
    "delivered before it was settled": "settlements WHERE moment(changed_at) < settled_on",
    "paid more than the total": "settlements WHERE pool_fund_fen + account_fen > total_fen",
    "treated when dead": "settlements JOIN dead USING (person) WHERE started_on > died_on",
    "mother at an unlikely age": """settlements WHERE visit_type = '52'
        AND started_on - born(person) NOT BETWEEN 18 * 365 AND 46 * 365""",
    "father in the maternity ward": "settlements WHERE visit_type = '52' AND substr(person, 17, 1)::INT % 2 = 1",
    "dead before birth": "deaths WHERE died_on <= born(person)",
    "told before the death": "deaths WHERE moment(changed_at)::DATE < died_on",
    "died on different days": """(SELECT person FROM (SELECT person, died_on FROM deaths
        UNION SELECT person, died_on FROM death_certificates
        UNION SELECT person, died_on FROM household_cancellations WHERE reason = '死亡')
        GROUP BY 1 HAVING count(*) > 1)""",
    "cancelled for death without a day": "household_cancellations WHERE (reason = '死亡') <> (died_on IS NOT NULL)",
    "certified and never registered": """death_certificates
        WHERE died_on < '2026-03-01' AND person NOT IN (SELECT person FROM dead)""",
    "hired as a child": "public_employees WHERE posted_on - born(person) < 20 * 365",
    "in post after seventy": "public_employees WHERE coalesce(left_on, DATE '2026-06-30') - born(person) > 70 * 366",
    "left before hired": "public_employees WHERE left_on <= posted_on",
    "told of the leaving beforehand": "public_employees WHERE moment(changed_at)::DATE < left_on",
    "hired when dead": "public_employees JOIN dead USING (person) WHERE posted_on >= died_on",
    "left in post when dead": """public_employees JOIN dead USING (person)
        WHERE left_on IS NULL AND died_on < '2026-05-01'""",
    "salary outside the time in post": """payroll p WHERE kind = '工资' AND NOT EXISTS (FROM public_employees e
        WHERE e.person = p.person AND posted_on <= ends(month) AND coalesce(left_on, month) >= month)""",
    "caught as a child": "dui_cases WHERE caught_on - born(person) < 18 * 365",
    "told before caught": "dui_cases WHERE moment(changed_at)::DATE < caught_on",
    "in custody as a child": "detentions WHERE from_on - born(person) < 16 * 365",
    "released before taken": "detentions WHERE to_on < from_on",
    "married as a child": """marriages WHERE married_on - born(person) < 20 * 365
        OR married_on - born(spouse) < 20 * 365""",
    "married to oneself or one's own sex": """marriages
        WHERE (substr(person, 17, 1)::INT + substr(spouse, 17, 1)::INT) % 2 = 0""",
    "divorced before married": "marriages WHERE divorced_on <= married_on",
    "married twice at once": """couples a JOIN couples b ON a.one = b.one AND a.married_on < b.married_on
        WHERE b.married_on < coalesce(a.divorced_on, DATE '9999-01-01')""",
    "pensioner before sixty": "pensions WHERE month - born(person) < 60 * 365",
    "child with a car": "vehicles WHERE registered_on - born(person) < 18 * 365",
    "sold before bought": "vehicles WHERE ended_on <= registered_on",
    "orphan of age": "subsidy_payments WHERE subsidy = '孤儿基本生活费' AND month - born(person) > 18 * 366",
    "old-age allowance before eighty": """subsidy_payments
        WHERE subsidy = '高龄津贴' AND month - born(person) < 80 * 365""",
    "came back before it was paid": "subsidy_payments WHERE returned_on < paid_on",
    "paid twice for one month": """(SELECT person, name, month, benefit FROM paid
        WHERE benefit NOT IN ('工资') GROUP BY ALL HAVING count(*) > 1)""",
    "nobody but the dead gets a funeral grant": """subsidy_payments p WHERE subsidy = '丧葬补助'
        AND NOT EXISTS (FROM dead WHERE dead.person = p.person AND died_on < month)""",
    "insured from nowhere": "enrolments WHERE to_month < from_month OR paid_on IS NULL",
    "an old number after the change": """told t JOIN id_changes c ON t.number = c.old_person AND t.name = c.name
        WHERE t.changed_at >= c.since""",
    "a new number before the change": """told t JOIN id_changes c ON t.number = c.person
        WHERE t.changed_at < c.since""",
    "told of outside the calendar": "told WHERE moment(changed_at) NOT BETWEEN '2024-07-01' AND '2026-07-01'",
}
A_CASE = {
    "deceased_still_reimbursed": """settlements JOIN dead USING (person)
        WHERE started_on > died_on + 1 AND pool_fund_fen > 0""",
    "deceased_still_paid": "paid JOIN dead USING (person) WHERE month > died_on",
    "exclusive_benefits: relief": """paid a JOIN paid b USING (person, month)
        WHERE a.benefit LIKE '低保%' AND b.benefit = '特困供养'""",
    "exclusive_benefits: disability": """paid a JOIN paid b USING (person, month)
        WHERE a.benefit IN ('特困供养', '工伤护理费') AND b.benefit IN ('生活补贴', '护理补贴')""",
    "exclusive_benefits: living": """paid a JOIN paid b USING (person, month)
        WHERE a.benefit IN ('孤儿基本生活费', '高龄津贴') AND b.benefit = '生活补贴'""",
    "exclusive_benefits: post": """paid a JOIN paid b USING (person, month)
        WHERE a.benefit IN ('低保一类', '低保二类') AND b.benefit = '乡村岗位'""",
    "public_staff_relief: member": "dibao JOIN public_employees USING (person)",
    "public_staff_relief: spouse": "dibao JOIN couples ON person = one JOIN public_employees e ON other = e.person",
    "dui_public_staff": "dui_cases JOIN public_employees USING (person)",
    "vehicle_and_relief": "dibao JOIN vehicles v USING (person) WHERE v.kind IN ('小型汽车', '大型汽车')",
    "detained_and_paid": """custody JOIN paid USING (person) WHERE benefit NOT IN ('生活补贴', '护理补贴')
        AND from_on <= month AND coalesce(to_on, ends(month)) >= ends(month)""",
    "double_enrolment": """enrolments a JOIN enrolments b USING (person)
        WHERE a.insurance_type = '310' AND b.insurance_type = '390' AND b.paid_on >= a.from_month
        AND a.from_month <= coalesce(b.to_month, DATE '9999-01-01')
        AND b.from_month <= coalesce(a.to_month, DATE '9999-01-01')""",
    "two_payrolls": """payroll a JOIN payroll b USING (person, month)
        WHERE a.kind = '工资' AND b.kind = '工资' AND a.unit <> b.unit""",
    "overlapping_stays, split_stays": """stays a JOIN stays b USING (person)
        WHERE a.record_no < b.record_no AND a.started_on <= b.ended_on + 20 AND b.started_on <= a.ended_on + 20""",
    "false_death_alarm": "seen JOIN dead USING (person) WHERE seen_on > died_on",
}
# What looks like a case and is none has to happen to ordinary people too.
LOOKALIKES = {
    "a pension that came back": "pensions JOIN dead USING (person) WHERE month > died_on AND returned_on IS NOT NULL",
    "arrears": "pensions WHERE kind = '补发'",
    "a funeral grant": "pensions JOIN dead USING (person) WHERE kind = '丧葬抚恤' AND month > died_on",
    "farmland of a dead head": "subsidy_payments p JOIN dead USING (person) WHERE paid_for = '户' AND month > died_on",
    "two disability subsidies": """disability_subsidy a JOIN disability_subsidy b USING (person, month)
        WHERE a.kind < b.kind""",
    "an allowance of another unit": """payroll a JOIN payroll b USING (person, month) JOIN appointments p USING (person)
        WHERE a.kind = '工资' AND b.kind = '津贴' AND a.unit <> b.unit AND p.kind IN ('借调', '挂职')""",
    "a new unit": """payroll a JOIN payroll b USING (person)
        WHERE a.kind = '工资' AND b.kind = '工资' AND a.unit <> b.unit AND a.month < b.month""",
    "a premium paid before being hired": """enrolments a JOIN enrolments b USING (person)
        WHERE a.insurance_type = '310' AND b.insurance_type = '390' AND b.paid_on < a.from_month
        AND b.to_month >= a.from_month""",
    "a resident again": """enrolments a JOIN enrolments b USING (person)
        WHERE a.insurance_type = '310' AND b.insurance_type = '390' AND b.from_month > a.to_month""",
    "a relief for one member alone": "dibao WHERE mode = '单人保'",
    "a three-wheeler on relief": "dibao JOIN vehicles v USING (person) WHERE v.kind = '三轮汽车'",
    "probation and a pension": "detentions JOIN paid USING (person) WHERE measure IN ('缓刑', '取保候审', '行政拘留')",
    "emigrated and alive": "household_cancellations WHERE reason = '出国'",
    "a divorce": "marriages WHERE divorced_on > '2024-07-01'",
    "a certificate withdrawn": "told WHERE dataset = 'death_certificates' AND valid = '0'",
    "an enrolment by mistake": "told WHERE dataset = 'enrolments' AND valid = '0'",
    "a number shared by two names": """told a JOIN told b ON a.number = b.number AND a.name < b.name
        JOIN id_changes c ON c.old_person = a.number""",
    "moved to another county": """paid_in a JOIN paid_in b
        ON a.person = b.person AND a.month < b.month AND a.county <> b.county""",
}


@pytest.fixture(scope="module")
def lives() -> Iterator[duckdb.DuckDBPyConnection]:
    """What is told of ordinary people alone, before any clerk has written it down."""
    drawn = live(make_people(np.random.default_rng([5, 0]), 0, 0, PEOPLE), np.random.default_rng(5))
    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'Asia/Shanghai'")
        for dataset in sorted(DATASETS, key=ID_CHANGES.__ne__):
            _load(db, dataset.split(".")[1], RECORDED[dataset](drawn, np.random.default_rng(5)))
        columns = "dataset, number, name, record_no, changed_at"
        tables = [
            f"SELECT {columns}, {_valid(d)} AS valid FROM told_{d.split('.')[1]}" for d in DATASETS if "id_ch" not in d
        ]
        db.execute(f"CREATE VIEW told AS {' UNION ALL '.join(tables)}")
        db.execute("CREATE VIEW paid_in AS SELECT person, month, county FROM pensions")
        db.execute(VIEWS)
        yield db


def _valid(dataset: str) -> str:
    return "valid" if "valid" in SCHEMAS[dataset].names else "NULL"


def _load(db: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    """The dataset as `told_<name>`, with each person's newest number, and its newest versions as `<name>`."""
    for nobody in {"person", "name"} - set(rows.column_names):
        rows = rows.append_column(nobody, pa.nulls(rows.num_rows, pa.string()))
    db.register("draft", rows)
    if name == "id_changes":
        db.execute(
            "CREATE TABLE id_changes AS SELECT *, min(changed_at) OVER (PARTITION BY person) AS since FROM draft"
        )
        db.execute("CREATE VIEW newer AS SELECT DISTINCT old_person, person, name FROM id_changes")
        return
    spouse = ", coalesce(s.person, draft.spouse) AS spouse" if "spouse" in rows.column_names else ""
    of_spouse = "LEFT JOIN newer s ON spouse = s.old_person AND spouse_name = s.name" if spouse else ""
    db.execute(f"""CREATE TABLE told_{name} AS
        SELECT draft.* REPLACE (coalesce(p.person, draft.person) AS person {spouse}), draft.person AS number,
               '{name}' AS dataset
        FROM draft LEFT JOIN newer p ON draft.person = p.old_person AND draft.name = p.name {of_spouse}""")
    newest = "QUALIFY row_number() OVER (PARTITION BY record_no ORDER BY changed_at DESC) = 1"
    kept = "WHERE valid = '1'" if "valid" in rows.column_names else ""
    db.execute(f"CREATE TABLE {name} AS FROM (FROM told_{name} {newest}) {kept}")


def _count(db: duckdb.DuckDBPyConnection, rows: str) -> int:
    found = db.execute(f"SELECT count(*) FROM {rows}").fetchone()
    assert found is not None
    return int(found[0])


@pytest.mark.parametrize("life", IMPOSSIBLE)
def test_nobody_lives_an_impossible_life(life: str, lives: duckdb.DuckDBPyConnection) -> None:
    assert _count(lives, IMPOSSIBLE[life]) == 0


@pytest.mark.parametrize("rule", A_CASE)
def test_no_ordinary_life_is_a_case(rule: str, lives: duckdb.DuckDBPyConnection) -> None:
    assert _count(lives, A_CASE[rule]) == 0


@pytest.mark.parametrize("lookalike", LOOKALIKES)
def test_ordinary_lives_hold_what_looks_like_a_case_and_is_none(
    lookalike: str, lives: duckdb.DuckDBPyConnection
) -> None:
    assert _count(lives, LOOKALIKES[lookalike]) > 0


# Rows that a thousand people leave behind in two years.
VOLUMES = {
    "deaths": (8, 30),
    "dibao": (400, 1_200),
    "special_hardship": (40, 200),
    "disability_subsidy": (120, 450),
    "marriages": (180, 320),
    "settlements": (4_400, 5_500),
    "death_certificates": (4, 15),
    "enrolments": (900, 1_300),
    "public_employees": (15, 45),
    "payroll": (300, 800),
    "pensions": (2_500, 4_500),
    "public_welfare_posts": (50, 200),
    "appointments": (5, 25),
    "household_cancellations": (8, 30),
    "dui_cases": (3, 12),
    "vehicles": (100, 200),
    "detentions": (3, 12),
    "id_changes": (0.5, 3),
    "subsidy_payments": (400, 900),
    "tenders": (10, 30),
    "bids": (20, 90),
    "contracts": (5, 30),
    "suppliers": (5, 30),
    "complaints": (40, 80),
    "collective_assets": (10, 50),
    "village_cadres": (5, 15),
}


@pytest.mark.parametrize("dataset", VOLUMES)
def test_a_province_leaves_a_plausible_number_of_rows(dataset: str, lives: duckdb.DuckDBPyConnection) -> None:
    least, most = VOLUMES[dataset]
    assert least < _count(lives, dataset) / (PEOPLE / 1_000) < most


def test_every_dataset_is_counted() -> None:
    assert set(VOLUMES) == {dataset.split(".")[1] for dataset in DATASETS}
