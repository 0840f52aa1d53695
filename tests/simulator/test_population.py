"""The province is the same for the same seed, its people live plausible lives, and its feeds are well-formed."""

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hedui import shelves
from simulator import feeds
from simulator.drafts import DATASETS
from simulator.identity import COUNTIES, GUESTS, check_character, former_number, short_form
from simulator.people import make_people
from simulator.province import read_facts, write_province
from simulator.times import USUAL
from simulator.writing import FORMS

WRITE = """
import resource, sys
from pathlib import Path
from simulator import feeds, province
if len(sys.argv) > 3:
    province.PEOPLE_A_CHUNK = int(sys.argv[3])
    feeds._MONTHS_A_SPAN = 24 * int(sys.argv[3])
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
    few, many = (_in_a_process_of_its_own(tmp_path / str(people), people, 3_000) for people in (6_000, 30_000))
    assert many < few + 40, "MB"


def test_cutting_time_into_spans_changes_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_province(tmp_path / "one span", 4, 2_500)
    monkeypatch.setattr(feeds, "_MONTHS_A_SPAN", 24 * 300)
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
def test_a_feed_has_the_contracts_columns_and_perhaps_more_as_text_and_the_moment_of_change(
    dataset: str, dirty: Path
) -> None:
    contract = shelves.dataset(dataset)
    schema = pq.read_schema(dirty / "feeds" / f"{dataset}.parquet")
    assert {field.source for field in contract.fields.values()} <= set(schema.names)
    assert schema.names[-1] == "changed_at"
    assert schema.field("changed_at").type == pa.timestamp("us", tz="UTC")
    assert all(field.type == pa.string() for field in list(schema)[:-1])
    assert FORMS[dataset].cursor == contract.fields[contract.cursor].source
    written = {ours.replace("_fen", "_yuan"): theirs for ours, theirs in FORMS[dataset].columns.items()}
    asked = {name: field.source for name, field in contract.fields.items()}
    assert {name: source for name, source in written.items() if name in asked}.items() <= asked.items()


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_feed_is_in_the_order_of_change_and_its_cursor_says_the_same_moment(dataset: str, dirty: Path) -> None:
    feed = pq.read_table(dirty / "feeds" / f"{dataset}.parquet")
    changed = np.asarray(feed["changed_at"].cast(pa.int64())) // 1_000_000
    assert (np.diff(changed) >= 0).all()
    assert changed[0] >= USUAL.history_starts and changed[-1] < USUAL.daily_ends
    for text, moment in zip(feed[FORMS[dataset].cursor].to_pylist()[::97], changed[::97], strict=True):
        told = datetime.fromisoformat(text if "+" in text else text + "+08:00")
        assert told.timestamp() == moment


def _counted(folder: Path, dataset: str, of: str) -> int:
    key = FORMS[dataset].columns["record_no"]
    feed = duckdb.sql(f"""
        SELECT {of} FROM (
            SELECT *, "{key}" AS key, changed_at >= to_timestamp({USUAL.daily_starts}) AS daily,
                   changed_at > min(changed_at) OVER (PARTITION BY "{key}") AS corrected
            FROM read_parquet('{folder}/feeds/{dataset}.parquet'))
    """).fetchone()
    assert feed is not None
    return int(feed[0])


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_feed_corrects_some_of_its_records(dataset: str, dirty: Path) -> None:
    facts = read_facts(dirty)
    assert _counted(dirty, dataset, "count(*)") == facts.rows[dataset]
    assert _counted(dirty, dataset, "count(*) FILTER (daily)") == facts.rows_daily[dataset]
    assert _counted(dirty, dataset, "count(DISTINCT key) FILTER (corrected)") > 0


@pytest.mark.parametrize("dataset", [d for d in DATASETS if shelves.dataset(d).schedule.cron == "0 0 * * *"])
def test_what_is_fetched_daily_has_new_rows_and_corrections_on_the_daily_day(dataset: str, dirty: Path) -> None:
    assert _counted(dirty, dataset, "count(*) FILTER (daily AND NOT corrected)") > 0
    assert _counted(dirty, dataset, "count(*) FILTER (daily AND corrected)") > 0


@pytest.mark.parametrize(("months", "begins"), [(3, "2026-04-01"), (30, "2024-01-01")])
def test_a_history_is_as_long_as_wished(months: int, begins: str, tmp_path: Path) -> None:
    # A hamlet: no scenes, which may speak of months before.
    facts = write_province(tmp_path, 6, 900, dirt={}, months=months)
    assert facts.history == {"from": begins, "to": "2026-06-30"}
    told = duckdb.sql(f"SELECT min(changed_at) FROM '{tmp_path}/feeds/health.settlements.parquet'").fetchone()
    starts = datetime.fromisoformat(begins + "T00:00+08:00")
    assert told and starts <= told[0] < starts + timedelta(days=12)
    pensions = f"read_parquet('{tmp_path}/feeds/hr.pensions.parquet') WHERE 项目 = '养老金'"
    paid = duckdb.sql(f"SELECT count(DISTINCT 所属期), min(所属期), max(所属期) FROM {pensions}").fetchone()
    assert paid == (months, begins[:7].replace("-", ""), "202606")


@pytest.mark.parametrize("months", [2, 121])
def test_a_history_of_too_few_or_many_months_is_refused_before_anything_is_written(months: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="3 to 120 months"):
        write_province(tmp_path / "p", 1, 100, months=months)
    assert not (tmp_path / "p").exists()


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
        numbers += [former_number(number) for number in people.id.to_pylist()[:1_000]]
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
