"""Old rows of Airflow's database and old logs go, from within a task, which is kept from that database."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.sdk import CronTriggerTimetable

from hedui.model.errors import TerminalError
from hedui.pipeline.housekeeping import ROOMS
from hedui_airflow import housekeeping
from hedui_airflow.housekeeping import clean_database, clean_logs

NOW = datetime.now(UTC)
BEFORE = NOW - timedelta(days=30)
# What stands in the environment of a task in the place of the database's address.
IN_A_TASK = {
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "airflow-db-not-allowed:///",
    "AIRFLOW__CORE__SQL_ALCHEMY_CONN": "airflow-db-not-allowed:///",
    "_AIRFLOW_PROCESS_CONTEXT": "client",
    "__AIRFLOW_SUPERVISOR_FD": "99",
}


@pytest.fixture
def airflow(tmp_path: Path, database: Callable[[str], str]) -> tuple[dict[str, str], str]:
    """An Airflow with a database of its own that airflow.cfg names, and its environment."""
    url = database("airflow")
    (tmp_path / "airflow.cfg").write_text(f"[database]\nsql_alchemy_conn = {url.replace('%', '%%')}\n")
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")}
    environment = ours | {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW_CONFIG": str(tmp_path / "airflow.cfg")}
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], env=environment, check=True, capture_output=True)
    return environment, url


def told(url: str, *statements: str) -> list[str]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement), {"old": BEFORE - timedelta(1), "new": BEFORE + timedelta(1)})
        found = list(connection.scalars(sa.text("SELECT event FROM log WHERE event IN ('old', 'new') ORDER BY event")))
    engine.dispose()
    return found


def test_a_task_deletes_old_rows_whether_a_file_or_a_command_names_the_database(
    airflow: tuple[dict[str, str], str],
) -> None:
    environment, url = airflow
    by_command = {**environment, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD": f"printf %s '{url}'"}
    del by_command["AIRFLOW_CONFIG"]
    for around in (environment, by_command):
        told(url, "DELETE FROM log", "INSERT INTO log (dttm, event) VALUES (:old, 'old'), (:new, 'new')")
        clean_database(BEFORE, around | IN_A_TASK)
        assert told(url) == ["new"]
    assert told(url, "SELECT 1") == ["new"]
    assert archives(url) == []


def archives(url: str) -> list[str]:
    engine = sa.create_engine(url)
    try:
        return [name for name in sa.inspect(engine).get_table_names() if name.startswith("_airflow_deleted")]
    finally:
        engine.dispose()


@pytest.mark.parametrize("environment", [{}, {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql://seen-by-servers"}])
def test_where_a_task_cannot_find_the_database_it_says_so(tmp_path: Path, environment: Mapping[str, str]) -> None:
    around = {"AIRFLOW_HOME": str(tmp_path), **environment, **IN_A_TASK}
    with pytest.raises(TerminalError, match=r"^airflow: a task cannot see the database.*SQL_ALCHEMY_CONN_CMD"):
        clean_database(BEFORE, around)


def test_a_clean_that_fails_fails_the_task_and_quotes_nothing(tmp_path: Path) -> None:
    (tmp_path / "airflow.cfg").write_text(
        "[database]\nsql_alchemy_conn = postgresql+psycopg2://me:secret@127.0.0.1:1/x\n"  # pragma: allowlist secret
    )
    around = {**os.environ, "AIRFLOW_HOME": str(tmp_path), "AIRFLOW_CONFIG": str(tmp_path / "airflow.cfg")}
    with pytest.raises(TerminalError, match=r"`airflow db clean` ended with code [1-9]") as caught:
        clean_database(BEFORE, around | IN_A_TASK)
    assert "secret" not in str(caught.value)


def test_old_logs_go_with_their_folders(tmp_path: Path) -> None:
    old, new = (
        tmp_path / "dag_id=a" / "run_id=1" / "attempt=1.log",
        tmp_path / "dag_id=a" / "run_id=2" / "attempt=1.log",
    )
    for file, when in ((old, BEFORE - timedelta(1)), (new, NOW)):
        file.parent.mkdir(parents=True)
        file.write_text("said")
        for entry in (file, file.parent):
            os.utime(entry, (when.timestamp(), when.timestamp()))
    (tmp_path / "latest").symlink_to(tmp_path / "dag_id=a")
    assert clean_logs(tmp_path, BEFORE) == 1
    assert not old.parent.exists()
    assert new.exists()
    assert (tmp_path / "latest").is_symlink()


def test_every_room_has_a_task(bag: BundleDagBag) -> None:
    dag = bag.dags["housekeeping"]
    tidied = [room for task in dag.tasks if isinstance(task, housekeeping.Tidy) for room in task.rooms]
    assert sorted(tidied) == sorted(ROOMS)
    assert isinstance(dag.timetable, CronTriggerTimetable)
    assert dag.timetable.expression == "0 3 * * *"
