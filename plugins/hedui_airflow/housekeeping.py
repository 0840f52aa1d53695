"""The DAG that deletes what has been kept long enough, in our stores and in Airflow's own."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from configparser import RawConfigParser
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pendulum
from airflow.sdk import DAG, BaseOperator, Context, CronTriggerTimetable
from airflow.sdk.configuration import conf

from hedui.model.errors import TerminalError
from hedui.pipeline import Pipeline
from hedui.settings import Settings
from hedui_airflow.credentials import credentials
from hedui_airflow.failures import RETRIES, RETRY_POLICY, only_safe_words
from hedui_airflow.operators import Step

_ZONE = "Asia/Shanghai"
# Not `dag` and `dag_version`: they hold no data, and a dag-processor that was off for long would seem to have no DAGs.
_TABLES = (
    "asset_event",
    "callback",
    "dag_run",
    "deadline",
    "import_error",
    "job",
    "log",
    "revoked_token",
    "session",
    "task_instance",
    "task_instance_history",
    "task_reschedule",
    "trigger",
    "xcom",
)
_CONNECTION = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
_CONNECTION_OF_OLD = "AIRFLOW__CORE__SQL_ALCHEMY_CONN"
_SUPERVISED = ("_AIRFLOW_", "__AIRFLOW_")  # what makes a process a task's
_PAGE = """\
### 数据清理 · housekeeping

Deletes what has been kept long enough: landed batches, held rows, reports, sealed sheets, files that no table of the
warehouse needs any more, and Airflow's own runs, XComs and logs. Merges the warehouse's small files.
What is still in use is left for the next night; the log names it. How long each is kept: `docs/housekeeping.md`.

**When it fails.** The last line of the task's log says where, what happened and what to do. When that is done, clear
the task. Doing it twice changes nothing.
"""


def housekeeping_dag() -> DAG:
    """Every night at three, when the day's extracts are through."""
    with DAG(
        dag_id="housekeeping",
        dag_display_name="数据清理  housekeeping",
        description="Deletes what has been kept long enough",
        doc_md=_PAGE,
        tags={"housekeeping"},
        default_args={"owner": "Platform operations", "retries": RETRIES, "retry_policy": RETRY_POLICY},
        schedule=CronTriggerTimetable("0 3 * * *", timezone=_ZONE),
        start_date=pendulum.datetime(2026, 1, 1, tz=_ZONE),
        catchup=False,
        max_active_runs=1,
    ) as dag:
        Tidy(task_id="landing", task_display_name="落地区 landing", rooms=["landing"])
        Tidy(task_id="quarantine", task_display_name="隔离区 quarantine", rooms=["quarantine"])
        Tidy(task_id="reports", task_display_name="报告 reports", rooms=["reports", "outbox", "scratch"])
        Tidy(task_id="warehouse", task_display_name="数据仓 warehouse", rooms=["warehouse"])
        old_results = Tidy(task_id="data_docs", task_display_name="校验结果 data docs", rooms=["data_docs"])
        old_results >> DataDocs(task_id="pages", task_display_name="校验结果页面 pages", where="data_docs")
        TellMissing(task_id="deadlines", task_display_name="逾期报送 deadlines", where="housekeeping")
        CleanAirflow(task_id="airflow", task_display_name="调度记录 airflow")
    return dag


class Tidy(Step):
    """Tidy these rooms of the pipeline, and say what went and what had to stay."""

    def __init__(self, *, rooms: Sequence[str], **kwargs: Any) -> None:
        super().__init__(where="housekeeping", **kwargs)
        self.rooms = rooms

    def work(self, pipeline: Pipeline, context: Context) -> None:
        for tidied in pipeline.housekeep(self.rooms):
            self.log.info("%s", tidied)


class DataDocs(Step):
    """Build the pages of what the suites said, for engineers."""

    def work(self, pipeline: Pipeline, context: Context) -> None:
        for index in pipeline.data_docs():
            self.log.info("%s", index)


class TellMissing(Step):
    """Tell of deliveries that are overdue and of which no alarm could: it failed, or the scheduler was not there."""

    def work(self, pipeline: Pipeline, context: Context) -> None:
        pipeline.tell_missing(credentials)


class CleanAirflow(BaseOperator):
    """Delete old rows of Airflow's database and old log files."""

    def execute(self, context: Context) -> None:
        with only_safe_words("airflow"):
            before = datetime.now(UTC) - timedelta(days=Settings.from_environment().retention.airflow_retention_days)
            clean_database(before, os.environ)
            files = clean_logs(Path(conf.get("logging", "base_log_folder")), before)
            self.log.info("airflow: rows of before %s and %s log files are deleted", before, files)


def clean_database(before: datetime, environment: Mapping[str, str]) -> None:
    """Run `airflow db clean` as an administrator would. Raises TerminalError where it cannot reach the database.

    A task is kept from Airflow's database: in its environment stands another address in the place of the database's.
    Without it, a process of its own finds the real one where the servers have it: in airflow.cfg, or by a command.
    """
    outside = {name: value for name, value in environment.items() if not name.startswith(_SUPERVISED)}
    for blocked in (_CONNECTION, _CONNECTION_OF_OLD):
        outside.pop(blocked, None)
    if not _names_database(outside):
        raise TerminalError(
            "airflow",
            f"a task cannot see the database that {_CONNECTION} names",
            f"Name it in airflow.cfg or by {_CONNECTION}_CMD, or run `airflow db clean` outside of Airflow",
        )
    moment = before.isoformat(timespec="seconds")
    command = [sys.executable, "-m", "airflow", "db", "clean", "--yes", "--skip-archive", "--error-on-cleanup-failure"]
    command += ["--clean-before-timestamp", moment, "--tables", ",".join(_TABLES)]
    done = subprocess.run(command, env=outside, capture_output=True, stdin=subprocess.DEVNULL, check=False)  # noqa: S603
    if done.returncode:
        raise TerminalError(
            "airflow",
            f"`airflow db clean` ended with code {done.returncode}",
            "Run it on the scheduler's machine and see",
        )


def clean_logs(folder: Path, before: datetime) -> int:
    """Delete log files last written before that moment, and folders that were quiet as long. Returns how many files."""
    quiet = [entry for entry in _entries(folder) if entry.lstat().st_mtime < before.timestamp()]
    files = [entry for entry in quiet if entry.is_file() and not entry.is_symlink()]
    for file in files:
        file.unlink(missing_ok=True)
    for entry in quiet:
        if entry.is_dir() and not entry.is_symlink():
            with suppress(OSError):  # something is in it that stays
                entry.rmdir()
    return len(files)


def _entries(folder: Path) -> Iterator[Path]:
    """Everything below `folder`, what is in a folder before the folder itself."""
    for where, folders, files in os.walk(folder, topdown=False):
        yield from (Path(where) / name for name in (*files, *folders))


def _names_database(environment: Mapping[str, str]) -> bool:
    if f"{_CONNECTION}_CMD" in environment or f"{_CONNECTION}_SECRET" in environment:
        return True
    home = Path(environment.get("AIRFLOW_HOME", Path.home() / "airflow"))
    config = RawConfigParser()
    config.read(environment.get("AIRFLOW_CONFIG", home / "airflow.cfg"), encoding="utf-8")
    options = ("sql_alchemy_conn", "sql_alchemy_conn_cmd", "sql_alchemy_conn_secret")
    return any(config.get("database", option, fallback="") for option in options)
