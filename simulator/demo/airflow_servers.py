"""The processes of Airflow: its database is made ready, then four servers run."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from importlib.metadata import version

import sqlalchemy as sa

from hedui import shelves
from hedui.model.credentials import Credentials
from simulator.demo.airflow_home import AirflowHome
from simulator.demo.children import Child, ask_to_end, child
from simulator.demo.place import Place
from simulator.introducing import for_airflow
from simulator.province import ProvinceFacts

# The scheduler would serve task logs on all interfaces; the API server reads them from the same disk.
_SERVERS = {
    "api-server": [],
    "scheduler": ["--skip-serve-logs"],
    "dag-processor": [],
    "triggerer": ["--skip-serve-logs"],
}


def begin_boot(stack: ExitStack, place: Place, airflow: AirflowHome) -> Child | None:
    """Begin to make the database ready, unless it is; `end_boot` waits for it."""
    if _ready_for(airflow.database_url) == _readiness(place):
        return None
    command = [sys.executable, "-m", "simulator.demo.boot", str(place.accounts)]
    return stack.enter_context(child("airflow-boot", command, place.logs, _environment(airflow)))


def end_boot(boot: Child | None, place: Place, airflow: AirflowHome) -> None:
    """Wait for the database to be ready. Raises ChildEndedError if it cannot be made so."""
    if boot:
        boot.finish()
        _say_ready_for(airflow.database_url, _readiness(place))
    _bury_jobs_of_the_killed(airflow.database_url)


def start(
    stack: ExitStack,
    place: Place,
    airflow: AirflowHome,
    connections: Mapping[str, Credentials],
    facts: ProvinceFacts,
) -> list[Child]:
    """Start API server, scheduler, dag-processor and triggerer."""
    environment = {**_environment(airflow), **_connections(connections), **_calendar(facts)}
    servers = [
        stack.enter_context(
            child(f"airflow-{name}", [sys.executable, "-m", "airflow", name, *options], place.logs, environment)
        )
        for name, options in _SERVERS.items()
    ]
    # All are asked first and waited for afterwards, so that ending them takes as long as the slowest alone.
    stack.callback(_ask_all_to_end, servers)
    return servers


def _ask_all_to_end(servers: Sequence[Child]) -> None:
    for server in servers:
        ask_to_end(server.process)


def _environment(airflow: AirflowHome) -> dict[str, str]:
    """Ours, without what it may say of another Airflow."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")}
    return {**ours, **airflow.environment()}


def _connections(connections: Mapping[str, Credentials]) -> dict[str, str]:
    """Airflow reads a Connection out of the environment before it looks anywhere else."""
    return {f"AIRFLOW_CONN_{agency.upper()}": json.dumps(for_airflow(c)) for agency, c in connections.items()}


def _calendar(facts: ProvinceFacts) -> dict[str, str]:
    """The scheduler makes exactly the daily run of the simulated calendar."""
    day = facts.daily["from"]
    return {"HEDUI_SCHEDULE_FROM": day, "HEDUI_SCHEDULE_UNTIL": day}


def _readiness(place: Place) -> str:
    """What the database was made ready for. It stands in the database's comment, to live and die with it."""
    versions = [version(name) for name in ("apache-airflow-core", "apache-airflow-providers-fab")]
    accounts = place.accounts.stat().st_mtime_ns if place.accounts.exists() else 0
    slots = {agency.agency: agency.calls_at_once for agency in shelves.agencies().values()}
    return json.dumps([versions, accounts, slots])


def _ready_for(database_url: str) -> str | None:
    with _connected(database_url) as connection:
        query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        comment: str | None = connection.scalar(sa.text(query))
        return comment


def _say_ready_for(database_url: str, readiness: str) -> None:
    with _connected(database_url) as connection:
        name = connection.engine.url.database
        quoted = readiness.replace("'", "''")
        connection.exec_driver_sql(f"COMMENT ON DATABASE {name} IS '{quoted}'".replace("%", "%%"))


def _bury_jobs_of_the_killed(database_url: str) -> None:
    """A scheduler that was killed counts as alive for a while, and so long nobody takes over its tasks."""
    with _connected(database_url) as connection:
        connection.execute(sa.text("UPDATE job SET state = 'failed' WHERE state = 'running'"))


def _connected(database_url: str) -> sa.Connection:
    engine = sa.create_engine(database_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    return engine.connect()
