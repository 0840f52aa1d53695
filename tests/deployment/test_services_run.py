"""The services of docker-compose.yaml start, become well, and take in a simulated agency's data."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import psycopg2
import pytest

from hedui.model.interval import Interval
from simulator.demo.accounts import Account
from simulator.demo.airflow_api import AirflowApi, Run
from simulator.demo.children import Child, ask_to_end
from simulator.demo.waiting import Watch
from tests.deployment.stack import Stack, stack_in

LIMIT = 240.0  # seconds
STAYING = ("api-server", "scheduler", "dag-processor", "triggerer", "agencies")
DAY = Interval.parse("2026-06-30", "2026-07-01")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    # Not below pytest's own folder, which is closed to the account of the server.
    with TemporaryDirectory() as folder, stack_in(Path(folder)) as made:
        made.once("province")
        made.once("airflow-init")
        yield made


@pytest.fixture(scope="module")
def services(stack: Stack) -> Iterator[Mapping[str, Child]]:
    with ExitStack() as running:
        started = {name: running.enter_context(stack.running(name)) for name in STAYING}
        running.callback(lambda: [ask_to_end(service.process) for service in started.values()])
        yield started


def await_that(condition: Callable[[], bool], what: str, services: Mapping[str, Child]) -> None:
    def check() -> None:
        for service in services.values():
            service.check()

    Watch(check, LIMIT).until(condition, what)


@pytest.mark.parametrize("name", STAYING)
def test_a_service_becomes_well(stack: Stack, services: Mapping[str, Child], name: str) -> None:
    await_that(lambda: stack.healthy(name), name, services)


def test_a_service_that_does_not_run_is_not_well(stack: Stack, services: Mapping[str, Child]) -> None:
    nowhere = Stack(stack.folder / "nowhere", stack.services, stack.postgres, ui=1, health=1)
    assert not any(nowhere.healthy(name) for name in STAYING)


def test_outside_of_containers_they_listen_on_the_loopback_alone(stack: Stack, services: Mapping[str, Child]) -> None:
    await_that(lambda: stack.healthy("agencies") and stack.healthy("api-server"), "agencies and API server", services)
    listening = {socket.laddr.ip for child in services.values() for socket in listening_sockets(child)}
    assert listening == {"127.0.0.1"}


def listening_sockets(child: Child) -> Iterator[Any]:
    parent = psutil.Process(child.process.pid)
    for process in (parent, *parent.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            yield from (s for s in process.net_connections("inet") if s.status == psutil.CONN_LISTEN)


@pytest.fixture
def api(stack: Stack, services: Mapping[str, Child]) -> AirflowApi:
    """Airflow as the first administrator sees it."""
    await_that(lambda: stack.healthy("agencies") and stack.healthy("api-server"), "agencies and API server", services)
    stack.once("connections")
    password = (stack.folder / "secrets" / "admin_password").read_text().strip()
    asked = AirflowApi(stack.address, Account("admin", password, "Admin", ""))
    await_that(lambda: {"civil_affairs__deaths", "housekeeping"} <= asked.dags(), "the DAGs to be read", services)
    return asked


@pytest.mark.parametrize(("dag_id", "interval"), [("civil_affairs__deaths", DAY), ("housekeeping", None)])
def test_what_airflow_is_asked_for_is_done(
    stack: Stack, services: Mapping[str, Child], api: AirflowApi, dag_id: str, interval: Interval | None
) -> None:
    api.unpause(dag_id)
    run = api.trigger(dag_id, interval)

    def now() -> Run:
        return next(one for one in api.runs([dag_id]) if one.run_id == run.run_id)

    await_that(lambda: now().ended, "the run to end", services)
    assert now().state == "success", api.last_error(run)
    assert list((stack.folder / "hedui" / "reports").rglob("*.html"))


def test_each_role_reaches_its_own_database_and_no_other(stack: Stack) -> None:
    names = ("airflow", "hedui_ledger", "hedui_catalog", "hedui_door")
    reached = set()
    for role in names:
        password = (stack.folder / "secrets" / f"{role}_password").read_text()
        for database in (*names, "postgres", "template1"):
            with suppress(psycopg2.OperationalError):
                psycopg2.connect(
                    host="127.0.0.1", port=stack.postgres, user=role, password=password, dbname=database
                ).close()
                reached.add((role, database))
    assert reached == {(name, name) for name in names}


def test_the_first_start_again_changes_nothing(stack: Stack) -> None:
    stack.once("airflow-init")


def test_the_connections_are_written_for_airflow_and_readable_by_their_owner_alone(
    stack: Stack, services: Mapping[str, Child]
) -> None:
    await_that(lambda: stack.healthy("agencies"), "the agencies", services)
    file = stack.folder / "hedui" / "airflow_connections.json"
    assert file.stat().st_mode & 0o077 == 0
    assert all(
        {"conn_type", "host", "login", "password"} <= fields.keys() for fields in json.loads(file.read_text()).values()
    )
