"""The province is the same for the same seed, its people live plausible lives, and its feeds are well-formed."""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hedui import shelves
from simulator import feeds, write_province
from simulator.drafts import DATASETS
from simulator.identity import COUNTIES, GUESTS, check_character, short_form
from simulator.people import make_people
from simulator.province import read_facts
from simulator.times import DAILY_ENDS, DAILY_STARTS, HISTORY_STARTS
from simulator.writing import FORMS

WRITE = """
import resource, sys
from pathlib import Path
from simulator import feeds, province
if len(sys.argv) > 3:
    province.PEOPLE_A_CHUNK = feeds._PEOPLE_A_SPAN["health.settlements"] = int(sys.argv[3])
province.write_province(Path(sys.argv[1]), 9, int(sys.argv[2]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def _in_a_process_of_its_own(*arguments: object, hash_seed: str = "0") -> int:
    """Write a province (folder, people, people a chunk) and tell how many MB that took at most."""
    done = subprocess.run(
        [sys.executable, "-c", WRITE, *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    return int(done.stdout)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_same_seed_and_size_give_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    for hash_seed, name in enumerate(("one", "two")):
        _in_a_process_of_its_own(tmp_path / name, 2_500, hash_seed=str(hash_seed))
    assert _bytes(tmp_path / "one") == _bytes(tmp_path / "two")


def test_another_seed_gives_another_province(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_province(tmp_path / str(seed), seed, 2_500)
    one, two = _bytes(tmp_path / "1"), _bytes(tmp_path / "2")
    assert one.keys() == two.keys()
    assert all(one[file] != two[file] for file in one)


def test_memory_does_not_grow_with_the_people(tmp_path: Path) -> None:
    few, many = (_in_a_process_of_its_own(tmp_path / str(people), people, 4_000) for people in (8_000, 64_000))
    assert many < few + 60, "MB"


def test_cutting_time_into_spans_changes_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_province(tmp_path / "one span", 4, 2_500)
    monkeypatch.setattr(feeds, "_PEOPLE_A_SPAN", dict.fromkeys(DATASETS, 300))
    write_province(tmp_path / "many spans", 4, 2_500)
    for dataset in DATASETS:
        one, many = (pq.read_table(tmp_path / f / "feeds" / f"{dataset}.parquet") for f in ("one span", "many spans"))
        assert one.equals(many)


def test_nothing_but_feeds_truth_and_facts_is_left_in_the_folder(dirty: Path) -> None:
    feed_files = {f"feeds/{dataset}.parquet" for dataset in DATASETS}
    assert _bytes(dirty).keys() == {*feed_files, "truth.jsonl", "province.json"}


@pytest.mark.parametrize("people", [1, 3, 40])
def test_a_hamlet_is_a_province_without_planted_cases(people: int, tmp_path: Path) -> None:
    facts = write_province(tmp_path / "hamlet", 1, people)
    assert set(facts.planted.values()) == {"not planted"}  # type: ignore[arg-type]
    assert (tmp_path / "hamlet" / "truth.jsonl").read_text() == ""
    assert read_facts(tmp_path / "hamlet") == facts


def test_a_folder_below_the_pipelines_home_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEDUI_HOME", str(tmp_path))
    with pytest.raises(ValueError, match="HEDUI_HOME"):
        write_province(tmp_path / "province", 1, 10)


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_feed_has_the_contracts_columns_as_text_and_the_moment_of_change(dataset: str, dirty: Path) -> None:
    contract = shelves.dataset(dataset)
    schema = pq.read_schema(dirty / "feeds" / f"{dataset}.parquet")
    assert {field.name for field in schema} == {f.source for f in contract.fields.values()} | {"changed_at"}
    assert schema.names[-1] == "changed_at"
    assert schema.field("changed_at").type == pa.timestamp("us", tz="UTC")
    assert all(field.type == pa.string() for field in list(schema)[:-1])
    assert FORMS[dataset].cursor == contract.fields[contract.cursor].source
    named = {ours: theirs for ours, theirs in FORMS[dataset].columns.items() if not ours.endswith("_fen")}
    assert named.items() <= {name: field.source for name, field in contract.fields.items()}.items()


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_feed_is_in_the_order_of_change_and_its_cursor_says_the_same_moment(dataset: str, dirty: Path) -> None:
    feed = pq.read_table(dirty / "feeds" / f"{dataset}.parquet")
    changed = np.asarray(feed["changed_at"].cast(pa.int64())) // 1_000_000
    assert (np.diff(changed) >= 0).all()
    assert changed[0] >= HISTORY_STARTS and changed[-1] < DAILY_ENDS
    for text, moment in zip(feed[FORMS[dataset].cursor].to_pylist()[::97], changed[::97], strict=True):
        told = datetime.fromisoformat(text if "+" in text else text + "+08:00")
        assert told.timestamp() == moment


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_feed_has_rows_of_the_daily_interval_and_corrections_among_them(dataset: str, dirty: Path) -> None:
    facts = read_facts(dirty)
    key = FORMS[dataset].columns["record_no"]
    feed = duckdb.sql(f"""
        SELECT count(*), count(*) FILTER (changed_at >= to_timestamp({DAILY_STARTS})),
               count(DISTINCT "{key}") FILTER (changed_at >= to_timestamp({DAILY_STARTS}) AND earlier)
        FROM (SELECT *, min(changed_at) OVER (PARTITION BY "{key}") < to_timestamp({DAILY_STARTS}) AS earlier
              FROM read_parquet('{dirty}/feeds/{dataset}.parquet'))
    """).fetchone()
    assert feed is not None
    rows, daily, corrected = feed
    assert (rows, daily) == (facts.rows[dataset], facts.rows_daily[dataset])
    assert daily > 0 and corrected > 0


def test_check_characters_agree_with_published_numbers() -> None:
    published = ["11010519491231002X", "440524188001010014", "610104196209276908", "110101199003078670"]
    permits = ["810000199408230021", "830000199201300022", "911124198108030024", "932682198501010017"]
    for number in published + permits:
        assert check_character(number[:17]) == number[17]
    assert short_form("610104196209276908") == "610104620927690"


def test_no_two_people_of_the_province_share_a_number() -> None:
    numbers: list[str] = []
    for chunk in range(6):
        people = make_people(np.random.default_rng([1, chunk]), chunk, chunk * 20_000, 20_000)
        numbers += people.id.to_pylist()
        assert people.id[0].as_py()[17] == check_character(people.id[0].as_py()[:17])
    assert len(set(numbers)) == len(numbers)
    assert {number[:6] for number in numbers} > set(GUESTS)


def test_no_county_code_stands_for_two_counties() -> None:
    codes = [code for pair in COUNTIES for code in pair if code]
    assert len(set(codes)) == len(codes)


def test_families_have_parents_of_an_age_to_have_children() -> None:
    people = make_people(np.random.default_rng(1), 0, 0, 20_000)
    head_born = {
        int(h): int(b) for h, b, role in zip(people.household, people.born, people.role, strict=True) if not role
    }
    child, parent = people.role == 2, people.role == 3
    of_head = np.array([head_born[int(h)] for h in people.household])
    assert ((people.born - of_head)[child] > 18 * 365).all()
    assert ((of_head - people.born)[parent & (people.age_years() < 100)] > 18 * 365).all()
    assert people.age_years().min() >= 0 and people.age_years().max() <= 103
    assert 33 < people.age_years().mean() < 50


# Over clean feeds; `dead` are those with an entry, `ordinary` those of them who play in no planted scene.
IMPOSSIBLE = {
    "treated before birth": "settlements WHERE begndate::DATE < born(certno)",
    "ended before it began": "settlements WHERE enddate::DATE < begndate::DATE",
    "settled before the end": "settlements WHERE setl_date::DATE < enddate::DATE",
    "delivered before it was settled": "settlements WHERE updt_time::TIMESTAMPTZ < setl_date::DATE",
    "paid more than the total": """settlements WHERE
        fund_pay_sumamt::DECIMAL(18,2) + acct_pay::DECIMAL(18,2) > medfee_sumamt::DECIMAL(18,2)""",
    "treated when dead": "settlements JOIN ordinary ON certno = person WHERE begndate::DATE > died_on",
    "mother at an unlikely age": """settlements WHERE med_type = '52'
        AND begndate::DATE - born(certno) NOT BETWEEN 18 * 365 AND 46 * 365""",
    "father in the maternity ward": "settlements WHERE med_type = '52' AND substr(certno, 17, 1)::INT % 2 = 1",
    "dead before birth": "deaths WHERE deathDate::DATE <= born(idCard)",
    "told before the death": "deaths WHERE updatedAt::TIMESTAMPTZ::DATE < deathDate::DATE",
    "died twice": "(SELECT idCard FROM deaths GROUP BY 1 HAVING count(DISTINCT recordNo) > 1)",
    "hired as a child": "public_employees WHERE 任职日期::DATE - born(身份证号) < 20 * 365",
    "in post after seventy": """public_employees WHERE
        coalesce(离职日期::DATE, DATE '2026-06-30') - born(身份证号) > 70 * 366""",
    "left before hired": "public_employees WHERE 离职日期::DATE <= 任职日期::DATE",
    "told of the leaving beforehand": "public_employees WHERE 更新时间::DATE < 离职日期::DATE",
    "hired when dead": "public_employees JOIN dead ON 身份证号 = person WHERE 任职日期::DATE >= died_on",
    "left in post when dead": """(FROM public_employees QUALIFY row_number() OVER (PARTITION BY 人员编号 ORDER BY
        更新时间 DESC) = 1) JOIN ordinary ON 身份证号 = person WHERE 离职日期 IS NULL AND died_on < '2026-05-01'""",
    "caught as a child": "dui_cases WHERE caughtOn::DATE - born(idNo) < 18 * 365",
    "caught when dead": "dui_cases JOIN dead ON idNo = person WHERE caughtOn::DATE >= died_on",
    "told before caught": "dui_cases WHERE updatedAt::TIMESTAMPTZ::DATE < caughtOn::DATE",
}


@pytest.fixture(scope="module")
def lives(clean: Path) -> duckdb.DuckDBPyConnection:
    db = duckdb.connect()
    db.execute("SET TimeZone = 'Asia/Shanghai'")
    for dataset in DATASETS:
        db.execute(f"CREATE VIEW {dataset.split('.')[1]} AS FROM read_parquet('{clean}/feeds/{dataset}.parquet')")
    db.execute(f"CREATE TABLE played AS SELECT DISTINCT person FROM read_json('{clean}/truth.jsonl')")
    db.execute("CREATE MACRO born(number) AS strptime(substr(number, 7, 8), '%Y%m%d')::DATE")
    db.execute(
        "CREATE VIEW dead AS SELECT idCard AS person, any_value(deathDate::DATE) AS died_on FROM deaths GROUP BY 1"
    )
    db.execute("CREATE VIEW ordinary AS FROM dead WHERE person NOT IN (FROM played)")
    return db


@pytest.mark.parametrize("life", IMPOSSIBLE)
def test_nobody_lives_an_impossible_life(life: str, lives: duckdb.DuckDBPyConnection) -> None:
    assert lives.execute(f"SELECT count(*) FROM {IMPOSSIBLE[life]}").fetchone() == (0,)


def test_a_fourteenth_of_the_visits_are_chronic_and_some_are_paid_from_the_account_alone(clean: Path) -> None:
    shares = duckdb.sql(f"""
        SELECT avg((med_type = '14')::INT), avg((fund_pay_sumamt = '0.00')::INT), count(*) / 20000
        FROM read_parquet('{clean}/feeds/health.settlements.parquet')
    """).fetchone()
    assert shares is not None
    chronic, account_alone, a_person = shares
    assert 0.06 < chronic < 0.09
    assert 0.1 < account_alone < 0.3
    assert 4 < a_person < 6


def test_names_of_minorities_and_rare_characters_occur(clean: Path) -> None:
    names = "".join(pq.read_table(clean / "feeds" / "health.settlements.parquet")["psn_name"].to_pylist())
    assert {"·", "䶮", "㛃", "𬱖"} <= set(names)
