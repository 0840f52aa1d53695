"""The rules once more: what each finds, in queries of the tests' own over what a province delivered."""

from pathlib import Path

import duckdb
import pyarrow as pa

from hedui import shelves
from hedui.model.contract import Dataset
from simulator.drafts import DATASETS, ID_CHANGES
from simulator.names import folded

# The middle dots, the wide blank and the private-use form of one character, as clerks vary them.
_FOLD = "CREATE MACRO fold(name) AS translate(lower(name), '\ue863·•・． \u3000', '䶮')"
_MONTH = "CREATE MACRO month_of(text) AS strptime(regexp_replace(text, '\\D', '')[1:6] || '01', '%Y%m%d')::DATE"

_BENEFITS = """
    benefit AS (
        SELECT person, name, month, record_no, area || '低保' || class AS benefit FROM civil_affairs.dibao
        UNION ALL SELECT person, name, month, record_no, '特困供养' FROM civil_affairs.special_hardship
        UNION ALL SELECT person, name, month, record_no, kind FROM civil_affairs.disability_subsidy
        UNION ALL SELECT person, name, month, record_no, area || '岗位' FROM hr.public_welfare_posts
        UNION ALL SELECT person, name, month, record_no, subsidy FROM finance.subsidy_payments
            WHERE paid_for = '个人' AND returned_on IS NULL)"""
_PAID = """
    paid AS (
        SELECT person, name, month, record_no, '低保' AS benefit FROM civil_affairs.dibao
        UNION ALL SELECT person, name, month, record_no, '特困供养' FROM civil_affairs.special_hardship
        UNION ALL SELECT person, name, month, record_no, '残疾补贴' FROM civil_affairs.disability_subsidy
        UNION ALL SELECT person, name, month, record_no, '岗位' FROM hr.public_welfare_posts
        UNION ALL SELECT person, name, month, record_no, kind FROM hr.payroll WHERE kind = '工资'
        UNION ALL SELECT person, name, month, record_no, kind FROM hr.pensions
            WHERE kind = '养老金' AND returned_on IS NULL
        UNION ALL SELECT person, name, month, record_no, subsidy FROM finance.subsidy_payments
            WHERE paid_for = '个人' AND returned_on IS NULL AND subsidy <> '丧葬补助')"""
_ENTRIES = """
    entry AS (
        SELECT person, name, died_on, record_no, 'civil affairs' AS register FROM civil_affairs.deaths
            WHERE status = '有效'
        UNION ALL SELECT person, name, died_on, record_no, 'health' FROM health.death_certificates WHERE valid = '1'
        UNION ALL SELECT person, name, died_on, record_no, 'police' FROM police.household_cancellations
            WHERE reason = '死亡' AND status = '有效')"""
_DEATHS = f"""{_ENTRIES},
    dead AS (SELECT person, name, max(died_on) AS died_on, list(record_no) AS entries FROM entry GROUP BY ALL)"""
# Every marriage from both sides.
_COUPLES = """
    couple AS (
        SELECT person AS one, name AS one_name, spouse AS other, spouse_name AS other_name, marriages.*
        FROM civil_affairs.marriages
        UNION ALL
        SELECT spouse, spouse_name, person, name, marriages.* FROM civil_affairs.marriages)"""
_STAYS = """
    stay AS (FROM health.settlements WHERE visit_type IN ('21', '23', '24') AND pool_fund_yuan > 0)"""

# Each returns a lead a row: the subject, what else tells leads apart, and the records it rests on.
DEFINITIONS = {
    "deceased_still_reimbursed": f"""WITH {_DEATHS}
        SELECT s.person, '', list(DISTINCT s.record_no) || any_value(entries)
        FROM health.settlements s JOIN dead USING (person, name)
        WHERE started_on > died_on + 1 AND pool_fund_yuan > 0 GROUP BY ALL""",
    "deceased_still_paid": f"""WITH {_DEATHS}, {_PAID}
        SELECT person, benefit, list(record_no) || any_value(entries) FROM paid JOIN dead USING (person, name)
        WHERE month > died_on GROUP BY ALL""",
    "exclusive_benefits": f"""WITH {_BENEFITS}
        SELECT a.person, a.benefit || b.benefit, list(a.record_no) || list(b.record_no)
        FROM benefit a JOIN benefit b USING (person, name, month)
        WHERE (a.benefit = '特困供养' AND (b.benefit LIKE '%低保%' OR b.benefit IN ('生活补贴', '护理补贴')))
           OR (a.benefit = '工伤护理费' AND b.benefit IN ('生活补贴', '护理补贴'))
           OR (a.benefit IN ('孤儿基本生活费', '高龄津贴') AND b.benefit = '生活补贴')
           OR (a.benefit = '乡村岗位' AND b.benefit IN ('城市低保一类', '城市低保二类'))
        GROUP BY ALL""",
    "public_staff_relief": f"""WITH {_COUPLES},
        related AS (
            SELECT household, month, record_no, person, name, NULL AS wedding FROM civil_affairs.dibao
            WHERE mode = '整户'
            UNION ALL
            SELECT household, month, d.record_no, other, other_name, couple.record_no
            FROM civil_affairs.dibao d JOIN couple ON one = d.person AND one_name = d.name
            WHERE mode = '整户' AND married_on <= month AND coalesce(divorced_on > last_day(month), true))
        SELECT household, '', list_filter(list(r.record_no) || list(p.record_no) || list(wedding), k -> k IS NOT NULL)
        FROM related r JOIN hr.public_employees p USING (person, name)
        WHERE staffing IN ('行政', '事业') AND posted_on <= month AND coalesce(left_on > last_day(month), true)
        GROUP BY household""",
    "dui_public_staff": """
        SELECT c.person, c.record_no, list(c.record_no) || list(p.record_no)
        FROM police.dui_cases c JOIN hr.public_employees p USING (person, name)
        WHERE identity <> '冒用' AND vehicle = '机动车' AND coalesce(retest_mg, 20) >= 20
          AND staffing IN ('行政', '事业') AND posted_on <= caught_on AND coalesce(caught_on < left_on, true)
        GROUP BY c.person, c.record_no""",
    "vehicle_and_relief": """
        SELECT household, '', list(d.record_no) || list(v.record_no)
        FROM civil_affairs.dibao d JOIN police.vehicles v USING (person, name)
        WHERE kind IN ('小型汽车', '大型汽车') AND registered_on < month AND coalesce(ended_on > last_day(month), true)
        GROUP BY household""",
    "detained_and_paid": f"""WITH {_PAID}
        SELECT d.person, benefit, list(d.record_no) || list(paid.record_no)
        FROM police.detentions d JOIN paid USING (person, name)
        WHERE measure IN ('刑事拘留', '逮捕', '服刑') AND outcome IS DISTINCT FROM '无罪'
          AND from_on <= month AND coalesce(to_on >= last_day(month), true)
          AND benefit IN ('低保', '养老金', '工资', '岗位')
        GROUP BY ALL""",
    "double_enrolment": """
        SELECT e.person, '', list(e.record_no) || list(r.record_no)
        FROM health.enrolments e JOIN health.enrolments r USING (person, name)
        WHERE e.insurance_type = '310' AND r.insurance_type = '390' AND e.valid = '1' AND r.valid = '1'
          AND r.paid_on >= e.from_month AND coalesce(e.from_month <= r.to_month, true)
          AND coalesce(r.from_month <= e.to_month, true)
        GROUP BY ALL""",
    "two_payrolls": """
        SELECT a.person, '', list(a.record_no) || list(b.record_no)
        FROM hr.payroll a JOIN hr.payroll b USING (person, name, month)
        WHERE a.unit < b.unit AND a.kind = '工资' AND b.kind = '工资' AND NOT EXISTS (
            FROM hr.appointments p WHERE p.person = a.person AND p.name = a.name AND p.unit IN (a.unit, b.unit)
            AND p.kind IN ('借调', '挂职') AND from_on <= last_day(a.month) AND coalesce(to_on >= a.month, true))
        GROUP BY ALL""",
    "overlapping_stays": f"""WITH {_STAYS}
        SELECT a.person, '', list(a.record_no) || list(b.record_no) FROM stay a JOIN stay b USING (person, name)
        WHERE a.hospital < b.hospital AND least(a.ended_on, b.ended_on) - greatest(a.started_on, b.started_on) > 1
        GROUP BY ALL""",
    "split_stays": f"""WITH {_STAYS}
        SELECT a.person, hospital, list(a.record_no) || list(b.record_no)
        FROM stay a JOIN stay b USING (person, name, hospital)
        WHERE a.record_no <> b.record_no AND a.visit_type = '21' AND b.visit_type = '21'
          AND a.diagnosis[1:3] = b.diagnosis[1:3] AND a.diagnosis[1:3] NOT IN ('Z51', 'N18', 'Z49')
          AND a.diagnosis[1] <> 'F' AND b.started_on - a.ended_on BETWEEN 0 AND 15
          AND NOT (strftime(a.ended_on, '%m%d') = '1231' AND b.started_on - a.ended_on <= 1)
        GROUP BY ALL""",
    "false_death_alarm": f"""WITH {_ENTRIES},
        seen AS (
            SELECT person, name, married_on AS seen_on, record_no FROM civil_affairs.marriages
            UNION ALL SELECT spouse, spouse_name, married_on, record_no FROM civil_affairs.marriages
            UNION ALL SELECT person, name, caught_on, record_no FROM police.dui_cases WHERE identity = '已核实'
            UNION ALL SELECT person, name, from_on, record_no FROM police.detentions)
        SELECT entry.person, register, list(entry.record_no) || list(seen.record_no)
        FROM entry JOIN seen USING (person, name) WHERE seen_on > died_on GROUP BY ALL""",
}


END_OF_HISTORY, END = "2026-06-30 00:00:00+08:00", "2026-07-01 00:00:00+08:00"


def known(folder: Path, known_at: str = END, held_back: str = "false") -> duckdb.DuckDBPyConnection:
    """Tables `agency.dataset` of the newest versions delivered by then, people under their newest numbers.

    `held_back` is a condition on the deliveries that never arrived; `key` stands for the column of the record key.
    """
    db = duckdb.connect()
    db.execute(_FOLD)
    db.execute(_MONTH)
    for dataset in (ID_CHANGES, *(dataset for dataset in DATASETS if dataset != ID_CHANGES)):
        contract = shelves.dataset(dataset)
        db.execute(f"CREATE SCHEMA IF NOT EXISTS {contract.agency}")
        db.execute(f"CREATE OR REPLACE TEMP VIEW current AS {_current(contract, folder, known_at, held_back)}")
        if dataset == ID_CHANGES:
            db.register("newest", _newest_numbers(db))
        db.execute(f"CREATE TABLE {dataset} AS {_under_newest_numbers(contract)}")
    return db


def leads(db: duckdb.DuckDBPyConnection, rule: str) -> dict[tuple[str, str], set[str]]:
    """By subject and what else tells leads apart, the records that each rests on."""
    return {(subject, also): set(records) for subject, also, records in db.execute(DEFINITIONS[rule]).fetchall()}


def subjects(db: duckdb.DuckDBPyConnection, rule: str) -> set[str]:
    return {subject for subject, _ in leads(db, rule)}


def _current(contract: Dataset, folder: Path, known_at: str, held_back: str) -> str:
    key = f'"{contract.fields["record_no"].source}"'
    return f"""FROM read_parquet('{folder}/feeds/{contract.full_name}.parquet')
        WHERE changed_at < TIMESTAMPTZ '{known_at}' AND NOT ({held_back.replace("key", key)})
        QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY changed_at DESC) = 1"""


def _newest_numbers(db: duckdb.DuckDBPyConnection) -> pa.Table:
    rows = db.execute("SELECT oldIdNo, name, idNo FROM current").fetchall()
    changes = {(old, folded(name)): new for old, name, new in rows}
    newest = dict(changes)
    for (old, name), new in changes.items():
        while (new, name) in changes:
            new = changes[new, name]
        newest[old, name] = new
    whose = [{"old": old, "whose": name, "new": new} for (old, name), new in newest.items()]
    return pa.Table.from_pylist(whose, schema=pa.schema(dict.fromkeys(("old", "whose", "new"), pa.string())))


def _under_newest_numbers(contract: Dataset) -> str:
    shown, joins = list[str](), list[str]()
    for person, name in contract.named_persons.items():
        number, called = contract.fields[person].source, contract.fields[name].source
        joins.append(f"""LEFT JOIN newest AS of_{person}
            ON of_{person}.old = its."{number}" AND of_{person}.whose = fold(its."{called}")""")
        shown += [f'coalesce(of_{person}.new, its."{number}") AS {person}', f'fold(its."{called}") AS {name}']
    for field, about in contract.fields.items():
        if field not in {*contract.named_persons, *contract.named_persons.values()}:
            shown.append(f'{_typed(about.type, about.source)} AS "{field}"')
    return f"SELECT {', '.join(shown)} FROM current AS its {' '.join(joins)}"


def _typed(kind: str, source: str) -> str:
    if kind == "month":
        return f'month_of(its."{source}")'
    native = {"date": "DATE", "decimal": "DECIMAL(18, 2)", "integer": "BIGINT"}.get(kind, "VARCHAR")
    return f'its."{source}"::{native}'
