"""Start everything in the order in which one needs the other, and end it in the reverse."""

import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hedui.settings import Settings
from simulator.agencies.running import running_agencies
from simulator.demo import airflow_servers
from simulator.demo.accounts import Account, kept_accounts
from simulator.demo.airflow_api import answers
from simulator.demo.airflow_home import AirflowHome
from simulator.demo.children import Child, child
from simulator.demo.place import Place
from simulator.demo.waiting import Watch
from simulator.introducing import introduce
from simulator.province import ProvinceFacts

_START = 180.0  # seconds in which a server must answer
_USUAL_PORT = 8080


@dataclass(frozen=True)
class Servers:
    """Everything that runs."""

    address: str
    accounts: dict[str, Account]
    facts: ProvinceFacts
    children: tuple[Child, ...]

    def check(self) -> None:
        """Raises ChildEndedError if one has ended by itself."""
        for running in self.children:
            running.check()


@contextmanager
def running(place: Place, say: Callable[[str], None]) -> Iterator[Servers]:
    """Start the servers, saying of each step that it begins; end them when we leave.

    While we are within, the environment names the databases, and `connections.json` in the home the agencies.
    """
    with ExitStack() as stack:
        say("starting PostgreSQL")
        database, urls = _database(stack, place)
        accounts = kept_accounts(place.accounts)
        airflow = AirflowHome(place.home / "airflow", _port(), urls.pop("airflow"))
        airflow.write_config()
        os.environ.update({f"HEDUI_DATABASE_URL_{purpose.upper()}": url for purpose, url in urls.items()})
        boot = airflow_servers.begin_boot(stack, place, airflow)
        say(f"province of {place.people:,} people, seed {place.seed}")
        facts = place.province_facts()
        say("starting the agencies")
        connections = stack.enter_context(running_agencies(place.province))
        introduce(place.province, connections, Settings.from_environment())
        say("starting Airflow")
        airflow_servers.end_boot(boot, place, airflow)
        servers = airflow_servers.start(stack, place, airflow, connections, facts)
        everything = Servers(airflow.address, accounts, facts, (database, *servers))
        Watch(everything.check, _START).until(lambda: answers(airflow.address), "Airflow's API server")
        yield everything


def _database(stack: ExitStack, place: Place) -> tuple[Child, dict[str, str]]:
    command = [sys.executable, str(Path(__file__).with_name("database.py")), str(place.home / "postgres")]
    database = stack.enter_context(child("postgresql", command, place.logs))
    said: list[str] = []

    def announced() -> bool:
        said[:] = [line for line in database.log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
        return bool(said)

    Watch(database.check, _START).until(announced, "PostgreSQL")
    return database, json.loads(said[0])


def _port() -> int:
    """HEDUI_UI_PORT, else the usual one where it is free, else any free one."""
    if wanted := os.environ.get("HEDUI_UI_PORT"):
        return int(wanted)
    for port in (_USUAL_PORT, 0):
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(attempt.getsockname()[1])
    raise RuntimeError("no free port on 127.0.0.1")
