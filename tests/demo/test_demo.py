"""The whole demo as a user runs it, killed in the middle and run again in the same home."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from hedui import shelves
from hedui.embedded import EmbeddedPostgres
from hedui.sealing import MAGIC
from simulator.clerk import ANSWERS
from simulator.demo.database import DATABASES
from tests.demo.clear_text import Identities, places

PEOPLE = 2_000
SHEET = "待更正清单 To mend"
LIMIT = 900.0  # seconds for a run


@dataclass(frozen=True)
class Played:
    """A home in which the demo was played to its end."""

    home: Path
    province: Path
    code: int
    printed: str

    @property
    def summary(self) -> dict[str, Any]:
        return json.loads((self.home / "demo" / "summary.json").read_text())  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("demo")
    return folder / "home", folder / "province"


@pytest.fixture(scope="module")
def left_by_a_kill(folders: tuple[Path, Path]) -> list[psutil.Process]:
    """What still runs after the demo was killed while batches were on their way."""
    home, _ = folders
    demo = start(folders)
    try:
        await_that(lambda: demo.poll() is not None or any(home.glob("landing/*/*")), LIMIT)
    finally:
        demo.kill()
        printed, _ = demo.communicate()
    assert any(home.glob("landing/*/*")), printed
    with suppress(TimeoutError):
        await_that(lambda: not processes_of(home), 60)
    return processes_of(home)


@pytest.fixture(scope="module")
def played(folders: tuple[Path, Path], left_by_a_kill: list[psutil.Process]) -> Played:
    demo = start(folders)
    try:
        printed, _ = demo.communicate(timeout=LIMIT)
    finally:
        demo.kill()
        demo.communicate()
    return Played(*folders, demo.returncode, printed)


def start(folders: tuple[Path, Path]) -> "subprocess.Popen[str]":
    home, province = folders
    environment = {**os.environ, "HEDUI_HOME": str(home), "HEDUI_PROVINCE": str(province), "COLUMNS": "120"}
    command = [sys.executable, "-m", "simulator.demo", "--people", str(PEOPLE)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def processes_of(home: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("HEDUI_HOME") == str(home) or str(home) in " ".join(process.cmdline()):
                found.append(process)
    return found


def await_that(condition: Callable[[], bool], limit: float) -> None:
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.2)


def test_nothing_outlives_a_killed_demo(left_by_a_kill: list[psutil.Process]) -> None:
    assert left_by_a_kill == []


def test_every_run_succeeds_after_a_kill_in_the_middle(played: Played) -> None:
    assert (played.code, played.summary["ok"], played.summary["failures"]) == (0, True, []), played.printed


def test_every_planted_case_is_found_and_no_excused_innocent(played: Played) -> None:
    rules = played.summary["rules"]
    assert {rule["rule"] for rule in rules} == set(shelves.rules())
    for rule in rules:
        assert rule["found"] >= 3, rule
        assert (rule["missed"], rule["false"]) == (0, 0), rule


def test_every_delivered_row_was_pulled_once(played: Played) -> None:
    """Of what changed on the last day, only the datasets that are due each day are asked."""
    facts = json.loads((played.province / "province.json").read_text())
    due = {name for name in facts["rows"] if shelves.dataset(name).schedule.cron == "0 0 * * *"}
    assert len(due) == 4
    rows = {name: rows - (0 if name in due else facts["rows_daily"][name]) for name, rows in facts["rows"].items()}
    rows[ANSWERS] = played.summary["answers"]["asked"]
    assert {figures["dataset"]: figures["pulled"] for figures in played.summary["datasets"]} == rows
    onboarding = {name for name, dataset in shelves.datasets().items() if dataset.stage == "onboarding"}
    kept = {figures["dataset"] for figures in played.summary["datasets"] if figures["loaded"] > 0}
    assert kept == shelves.datasets().keys() - onboarding


def test_the_summary_names_every_dataset_and_rule_and_where_to_look(played: Played) -> None:
    for name in (*shelves.datasets(), *shelves.rules()):
        assert name in played.printed
    for place in (played.home / "reports", played.home / "outbox", played.home / "demo" / "summary.json"):
        assert place.exists()
        assert str(place) in played.printed


def test_the_release_is_approved_by_two_and_leaves_sealed(played: Played) -> None:
    [sheet] = (played.home / "outbox" / "health").iterdir()
    assert sheet.read_bytes().startswith(MAGIC)
    assert "simulated" in played.printed


def test_every_report_is_handed_over_by_the_channel_of_its_agency(played: Played) -> None:
    reports = {of_agency["agency"]: of_agency for of_agency in played.summary["reports"]}
    channels = {name: agency.report_channel.kind for name, agency in shelves.agencies().items()}
    assert {name: of_agency["channel"] for name, of_agency in reports.items()} == channels
    assert {*channels.values()} == {"sftp", "sealed", "mail", "webhook"}
    facts = json.loads((played.province / "province.json").read_text())
    dailies = [name for name in facts["rows"] if shelves.dataset(name).schedule.cron == "0 0 * * *"]
    for name, of_agency in reports.items():
        runs = len(shelves.agencies()[name].datasets) + sum(daily.startswith(f"{name}.") for daily in dailies)
        assert of_agency["reports"] >= runs, of_agency
        assert of_agency["receipt"]
        assert name in played.printed


def test_the_clerks_find_pages_and_lists_in_their_inboxes(played: Played) -> None:
    own = played.province / "agencies"
    for agency, channel in ((a.agency, a.report_channel.kind) for a in shelves.agencies().values()):
        places = {"sftp": own / agency / "root" / "inbox", "sealed": played.home / "outbox" / agency / "reports"}
        place = places.get(channel, own / agency / "inbox")
        found = {file.suffix for file in place.rglob("*") if file.is_file()}
        # In the answers nothing is to be mended.
        documents = {".html"} if agency == shelves.dataset(ANSWERS).agency else {".html", ".xlsx"}
        assert {".pkg"} == found if channel == "sealed" else documents <= found, (agency, found)


def test_what_the_clerk_answered_is_not_asked_again(played: Played) -> None:
    answers = played.summary["answers"]
    assert answers["asked"] > answers["answered"] == -(-answers["asked"] // 2) > 0
    assert answers["asked_again"] == 0
    told = f"{answers['answered']} of the {answers['asked']} records that {answers['agency']} was asked for"
    assert told in played.printed


def test_the_newest_list_asks_for_what_was_not_answered_alone(played: Played) -> None:
    inbox = played.province / "agencies" / "finance" / "root" / "inbox"
    lists = sorted(inbox.glob("*/*-records.xlsx"), key=lambda file: file.stat().st_mtime_ns)
    asked = [len(CalamineWorkbook.from_path(str(file)).get_sheet_by_name(SHEET).to_python()) - 1 for file in lists]
    answers = played.summary["answers"]
    assert (asked[0], asked[-1]) == (answers["asked"], answers["asked"] - answers["answered"])


def test_nothing_outlives_the_demo(played: Played) -> None:
    assert processes_of(played.home) == []


@pytest.fixture(scope="module")
def identities(played: Played) -> Identities:
    columns = [
        (dataset.full_name, dataset.fields[str(field.of)].source, field.source)
        for dataset in shelves.datasets().values()
        for field in dataset.fields.values()
        if field.identifier == "name"
    ]
    assert {feed for feed, _, _ in columns} == {d.full_name for d in shelves.datasets().values() if not d.public}
    return Identities.of(played.province / "feeds", columns)


@pytest.fixture(scope="module")
def database_urls(played: Played) -> Iterator[list[str]]:
    with EmbeddedPostgres(played.home / "postgres") as server:
        yield [server.url(name).replace("+psycopg2", "") for name in DATABASES.values()]


def test_no_identity_stands_in_clear_anywhere(played: Played, identities: Identities, database_urls: list[str]) -> None:
    assert len(identities.numbers) > 100 and len(identities.names) > 100
    assert list(places(played.home, database_urls, identities)) == []


def test_the_search_would_find_one(tmp_path: Path, identities: Identities) -> None:
    number, name = min(identities.numbers).decode(), min(identities.names)
    (tmp_path / "task.log").write_text(f"could not convert {name}", encoding="utf-8")
    pq.write_table(pa.table({"person": [number]}), tmp_path / "data.parquet", compression="zstd")
    found = {place.partition(":")[0] for place in places(tmp_path, [], identities)}
    assert found == {"task.log", "data.parquet", "data.parquet, columns"}
