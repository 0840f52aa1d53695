"""A site with one agency of two datasets and a real Airflow, whose calendar the test turns over.

One dataset comes at once, the other never. Both are due at one minute past midnight of the next working day, which the
site's calendar first puts in the future and then in the past: so nobody has to wait for it.
"""

import json
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from hedui.embedded import EmbeddedPostgres
from hedui.model.credentials import Credentials
from hedui.model.interval import PROVINCE_TIME
from hedui.settings import Settings
from simulator.agencies.certificates import kept_certificate
from simulator.demo.airflow_home import CODE, AirflowHome
from simulator.demo.children import Child, ask_to_end, child
from simulator.demo.waiting import Watch
from simulator.introducing import for_airflow
from tests.connectors.hostile_service import Answer, Asked, page, serving

LIMIT = 600.0  # seconds for whatever is waited for
_DATASET = """\
  {name}:
    version: 1
    stage: onboarding
    public: true
    title: {{zh: 测试, en: Test}}
    legal_basis: {{zh: 测试, en: Test}}
    programme: livelihood
    schedule: {{cron: "0 0 * * *", due: {{working_days: 0, at: "00:01"}}}}
    landing_retention_days: 7
    source: {{kind: rest, path: /{name}, records: data.items, paging: {{by: none}}}}
    key: [number]
    cursor: updated_at
    fields:
      number: {{source: number, title: {{zh: 编号, en: Number}}}}
      updated_at: {{source: updatedAt, type: timestamp, title: {{zh: 更新时间, en: Updated at}}}}
"""
_AGENCY = """\
agency: grain
title: {zh: 粮食, en: Grain}
office: {title: {zh: 数据科, en: Data section}, telephone: "0931-8000010"}
connection: grain
datasets:
"""
_SUITE = {
    "expectations": [
        {
            "type": "expect_column_values_to_not_be_null",
            "kwargs": {"column": "number"},
            "severity": "warning",
            "meta": {
                "on_failure": "quarantine_rows",
                "title": {"zh": "编号为空", "en": "No number"},
                "advice": {"zh": "补填", "en": "Enter it"},
            },
        }
    ],
    "meta": {},
}
_POOL = "INSERT INTO slot_pool (pool, slots, include_deferred) VALUES ('agency_grain', 1, false)"
# A DAG that is only made is Airflow's already, so the others must not be made.
_DAGS = """\
from hedui import shelves
from hedui_airflow.factory import _extract_dag

grain = shelves.agencies()["grain"]
globals().update({dataset.table: _extract_dag(grain, dataset) for dataset in grain.datasets.values()})
"""


@dataclass(frozen=True)
class Site:
    """The site at work. `airflow` is the database of its Airflow."""

    folder: Path
    settings: Settings
    airflow: sa.Engine
    watch: Watch

    def told(self, query: str) -> list[tuple[object, ...]]:
        with self.airflow.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    def let_the_day_pass(self) -> None:
        """Now the calendar says that the deliveries were due already, and the alarms that are still set ring."""
        write_calendar(self.folder, today_is_worked=True)
        with self.airflow.begin() as connection:
            connection.execute(sa.text("UPDATE deadline SET deadline_time = now() - interval '1 minute'"))


@contextmanager
def at_work(folder: Path, postgres: EmbeddedPostgres) -> Iterator[Site]:
    """The site, its agency, and an Airflow with scheduler, dag-processor and API server."""
    _declare(folder)
    write_calendar(folder, today_is_worked=False)
    purposes = ("ledger", "catalog", "door", "airflow")
    urls = {purpose: postgres.url(f"{folder.name.replace('-', '_')}_{purpose}") for purpose in purposes}
    engine = sa.create_engine(urls["airflow"], isolation_level="AUTOCOMMIT")
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        credentials = stack.enter_context(serving(kept_certificate(folder / "agency"), _answer))
        home = AirflowHome(folder / "airflow", _free_port(), urls.pop("airflow"))
        home.write_config()
        servers = _start(stack, folder, engine, _environment(folder, home, urls, credentials))
        settings = Settings(folder / "home", urls, folder / "connections.json")
        yield Site(folder, settings, engine, Watch(lambda: _check(servers), LIMIT, 0.2))


def write_calendar(folder: Path, today_is_worked: bool) -> None:
    today = datetime.now(PROVINCE_TIME).date()
    days = {today: today_is_worked, today + timedelta(1): True, today + timedelta(2): True}
    lines = [f"{day},{'yes' if worked else 'no'}" for day, worked in days.items()]
    draft = folder / "calendar.draft"
    draft.write_text("\n".join(["day,working", *lines, ""]), encoding="utf-8")
    draft.replace(folder / "calendar.csv")


def _declare(folder: Path) -> None:
    for place in ("contracts", "expectations/grain", "dags", "agency", "airflow", "home"):
        (folder / place).mkdir(parents=True)
    (folder / "contracts" / "grain.yaml").write_text(
        _AGENCY + _DATASET.format(name="prompt") + _DATASET.format(name="never"), encoding="utf-8"
    )
    for name in ("prompt", "never"):
        suite = json.dumps({"name": f"grain.{name}", **_SUITE})
        (folder / "expectations" / "grain" / f"{name}.json").write_text(suite, encoding="utf-8")
    (folder / "dags" / "grain.py").write_text(_DAGS, encoding="utf-8")


def _answer(asked: Asked) -> Answer:
    return page([]) if asked.path == "/prompt" else Answer(404, b"")


def _environment(folder: Path, home: AirflowHome, urls: Mapping[str, str], credentials: Credentials) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW_", "HEDUI_"))}
    return {
        **ours,
        **home.environment(),
        **{f"HEDUI_DATABASE_URL_{purpose.upper()}": url for purpose, url in urls.items()},
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        "AIRFLOW_CONN_GRAIN": json.dumps(for_airflow(credentials)),
        "HEDUI_HOME": str(folder / "home"),
        "HEDUI_CONTRACTS": str(folder / "contracts"),
        "HEDUI_EXPECTATIONS": str(folder / "expectations"),
        "HEDUI_HOLIDAYS": str(folder / "calendar.csv"),
        "PYTHONPATH": str(CODE / "plugins"),
    }


def _start(stack: ExitStack, folder: Path, engine: sa.Engine, environment: Mapping[str, str]) -> list[Child]:
    def airflow(*command: str) -> Child:
        return stack.enter_context(
            child(command[0], [sys.executable, "-m", "airflow", *command], folder / "logs", environment)
        )

    airflow("db", "migrate").finish()
    with engine.begin() as connection:  # what `hedui_airflow.preparing` does, which makes accounts besides
        connection.execute(sa.text(_POOL))
    servers = [
        airflow("scheduler", "--skip-serve-logs"),
        airflow("dag-processor"),
        airflow("api-server", "--apps", "execution"),
    ]
    stack.callback(lambda: [ask_to_end(server.process) for server in servers])
    return servers


def _check(servers: list[Child]) -> None:
    for server in servers:
        server.check()


def _free_port() -> int:
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        return int(attempt.getsockname()[1])
