"""The private database spills nothing readable; each patch of Great Expectations is needed."""

import subprocess
import sys

import pyarrow as pa

from hedui.validation.duckdb_engine import judging_database

# In a process of its own, because the patch stays once it is made.
STEP_BY_STEP = """
import logging, os, sys
os.environ["GX_ANALYTICS_ENABLED"] = "false"
logging.disable(logging.CRITICAL)
from pathlib import Path
import great_expectations as gx
from great_expectations.data_context.types.base import ProgressBarsConfig
from duckdb_engine import ConnectionWrapper
from hedui.validation.duckdb_engine import call_regexp_matches, judging_database, reading

connection = judging_database(Path(sys.argv[1]))
connection.execute("CREATE TABLE batch AS SELECT range AS _row, 'a' || range AS text FROM range(30)")

def evaluated(wrapped):
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    source = context.data_sources.add_sql(
        name="b", connection_string="duckdb:///:memory:", kwargs={"creator": lambda: wrapped(connection.cursor())}
    )
    batch = source.add_table_asset("batch", table_name="batch").add_batch_definition_whole_table("all").get_batch()
    result = batch.validate(gx.expectations.ExpectColumnValuesToNotMatchRegex(column="text", regex="^a1[0-9]$"))
    return result.result.get("unexpected_count")

print("connection alone", evaluated(reading))
call_regexp_matches()
print("expressions alone", evaluated(ConnectionWrapper))
print("both", evaluated(reading))
"""


def test_great_expectations_needs_our_connection_and_our_regular_expressions(tmp_path):
    command = [sys.executable, "-c", STEP_BY_STEP, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.splitlines() == ["connection alone None", "expressions alone None", "both 10"]


def test_what_does_not_fit_into_memory_is_spilled_enciphered(tmp_path):
    with judging_database(tmp_path, memory="60MB") as connection:
        assert connection.execute("SELECT current_setting('temp_file_encryption')").fetchone() == (True,)
        secrets = pa.table({"person": [f"62010219{n:010d}" for n in range(400_000)]})
        connection.register("secrets", secrets)
        connection.execute("CREATE TABLE held AS SELECT person, person || 'x' AS again FROM secrets, range(12)")
        spilled = [file for file in tmp_path.rglob("*") if file.is_file()]
        assert sum(file.stat().st_size for file in spilled) > 1_000_000, "nothing was spilled: the test shows nothing"
        assert not any(b"62010219" in file.read_bytes() for file in spilled)


def test_the_database_keeps_the_provinces_time(tmp_path):
    with judging_database(tmp_path) as connection:
        midnight = "SELECT TIMESTAMPTZ '2025-01-31 16:00:00+00' = DATE '2025-02-01'"
        for asked in (connection, connection.cursor()):
            assert asked.execute(midnight).fetchone() == (True,)
