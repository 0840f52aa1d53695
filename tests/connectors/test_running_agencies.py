"""Agencies start together, stop together, and none is left behind however their parent ends."""

import json
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from hedui.model.credentials import Credentials
from simulator.agencies import running_agencies
from tests.connectors import tiny_province
from tests.connectors.conftest import read

PATIENCE = 20.0  # seconds


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One for all tests: starting again where another start was killed is part of what they show."""
    with TemporaryDirectory(prefix="province-") as folder:
        tiny_province.write_province(Path(folder), rows=20)
        yield Path(folder)


def started(folder: Path) -> tuple[subprocess.Popen[bytes], list[psutil.Process]]:
    """`python -m simulator.agencies`, once its agencies answer, and all processes below it."""
    child = subprocess.Popen([sys.executable, "-m", "simulator.agencies", str(folder)], stdout=subprocess.PIPE)
    assert child.stdout.readline().decode().strip() == str(folder / "connections.json")
    return child, psutil.Process(child.pid).children(recursive=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_signal_ends_parent_and_agencies_and_their_database(number, folder):
    child, below = started(folder)
    assert any(process.name() == "postgres" for process in below)
    child.send_signal(number)
    child.wait(PATIENCE)
    _, alive = psutil.wait_procs(below, PATIENCE)
    assert not alive


def test_a_database_whose_own_process_is_killed_ends_too(folder):
    child, below = started(folder)
    postgres = [process for process in below if process.name() == "postgres"]
    (postmaster,) = [process for process in postgres if process.parent() not in postgres]
    postmaster.parent().kill()
    _, alive = psutil.wait_procs(postgres, PATIENCE)
    child.terminate()
    child.wait(PATIENCE)
    assert not alive


def test_connections_are_readable_by_their_owner_alone_and_hold_the_secrets(province, connections):
    file = province / "connections.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = {name: Credentials.model_validate(c) for name, c in json.loads(file.read_text()).items()}
    assert written == connections


def test_the_same_province_starts_again_with_the_same_keys_and_rows(folder, contracts):
    former = json.loads((folder / "connections.json").read_text())
    with running_agencies(folder) as connections:
        now = json.loads((folder / "connections.json").read_text())
        assert {read(dataset, connections[dataset.agency]) for dataset in contracts.values()} == {18}
    assert [{**c, "port": 0} for c in now.values()] == [{**c, "port": 0} for c in former.values()]


def test_a_new_province_in_the_same_folder_is_what_they_then_serve(folder, contracts):
    shutil.rmtree(folder / "feeds")
    tiny_province.write_province(folder, rows=40)
    with running_agencies(folder) as connections:
        assert {read(dataset, connections[dataset.agency]) for dataset in contracts.values()} == {36}


def test_an_agency_that_cannot_start_is_named_and_the_others_end(folder):
    (folder / "feeds" / "hr.public_employees.parquet").unlink()
    with pytest.raises(RuntimeError, match="the agency hr did not start"), running_agencies(folder):
        pass
    assert not [child for child in psutil.Process().children(recursive=True) if str(folder) in child.cmdline()]
