"""Airflow's own folder below the home: its configuration, its keys, and whether its database is ready."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from simulator.introducing import write_secret

CODE = Path(__file__).parents[2]


@dataclass(frozen=True)
class AirflowHome:
    """What the servers of this Airflow have in common."""

    folder: Path
    port: int
    database_url: str

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """What makes a process one of this Airflow."""
        return {"AIRFLOW_HOME": str(self.folder), "AIRFLOW_CONFIG": str(self.folder / "airflow.cfg")}

    def write_config(self) -> None:
        """Write `airflow.cfg`, readable by its owner alone: it holds the keys."""
        sections = _options(self, _kept_keys(self.folder / "keys.json"))
        write_secret(self.folder / "airflow.cfg", "\n".join(_section(name, sections[name]) for name in sections))


def _options(home: AirflowHome, keys: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {
        "core": {
            "dags_folder": str(CODE / "dags"),
            "plugins_folder": str(CODE / "plugins"),
            "load_examples": "False",
            "executor": "hedui_airflow.executor.WarmLocalExecutor",
            "parallelism": "4",
            "auth_manager": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
            "execution_api_server_url": f"{home.address}/execution/",
            # The simulated agencies are back in seconds; a real one gets the five minutes of the default.
            "default_task_retry_delay": "5",
            "fernet_key": keys["fernet"],
        },
        "database": {"sql_alchemy_conn": home.database_url},
        "api": {
            "host": "127.0.0.1",
            "port": str(home.port),
            "base_url": home.address,
            "workers": "1",
            "instance_name": "hedui 核对",
            "secret_key": keys["session"],
        },
        "api_auth": {"jwt_secret": keys["jwt"]},
        "scheduler": {"scheduler_idle_sleep_time": "0.5"},
        # Reading all DAGs every thirty seconds, as is the default, costs a tenth of two cores.
        "dag_processor": {"parsing_processes": "1", "print_stats_interval": "0", "min_file_process_interval": "300"},
        "logging": {"base_log_folder": str(home.folder / "logs")},
    }


def _section(name: str, options: Mapping[str, str]) -> str:
    # A percent sign begins an interpolation in this format.
    return "\n".join(
        [f"[{name}]", *(f"{option} = {value.replace('%', '%%')}" for option, value in options.items()), ""]
    )


def _kept_keys(file: Path) -> dict[str, str]:
    """Made once for each home: a session outlives a restart, and what is encrypted in the database stays readable."""
    if not file.exists():
        fernet = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        made = {"jwt": secrets.token_urlsafe(64), "session": secrets.token_urlsafe(64), "fernet": fernet}
        write_secret(file, json.dumps(made))
    kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return kept
