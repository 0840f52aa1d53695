"""`hedui simulate`: the whole way without Airflow, and what came of it against the truth."""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from hedui import shelves
from hedui.pipeline import Pipeline
from hedui.settings import Settings
from simulator.province import read_facts, write_province
from simulator.site import deliveries

# Of a dataset that is onboarding nothing is kept: it is judged, and that is all.
DONE = ("loaded", "judged")


def hedui(settings: Settings, *arguments: str) -> "subprocess.CompletedProcess[str]":
    urls = {f"HEDUI_DATABASE_URL_{purpose.upper()}": url for purpose, url in settings.database_urls.items()}
    environment = {**os.environ, **urls, "HEDUI_HOME": str(settings.home), "COLUMNS": "160"}
    command = [str(Path(sys.executable).with_name("hedui")), "simulate", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def lines(printed: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed.splitlines()]


def test_a_province_goes_the_whole_way_and_is_scored(settings: Settings) -> None:
    # Not below pytest's own folder, which is closed to the account of an agency's database server.
    with TemporaryDirectory() as home:
        folder = Path(home) / "province"
        write_province(folder, seed=5, people=2_000)
        done = hedui(settings, "run", "--folder", str(folder), "--format", "json")
        assert done.returncode == 0, done.stderr
        scored = lines(done.stdout)
        assert {rule["rule"] for rule in scored} == set(shelves.rules())
        assert all(rule["found"] > 0 for rule in scored)
        assert all((rule["missed"], rule["false"]) == (0, 0) for rule in scored)
        with Pipeline.open(settings) as pipeline:
            taken = [(batch.dataset, batch.interval) for batch in pipeline.batches() if batch.state in DONE]
        assert sorted(taken, key=str) == sorted(deliveries(read_facts(folder)), key=str)

        again = hedui(settings, "score", "--folder", str(folder), "--format", "json")
        assert lines(again.stdout) == scored
        table = hedui(settings, "score", "--folder", str(folder)).stdout
        assert "number_of_another" in table


@pytest.mark.parametrize("command", ["serve", "score"])
def test_without_a_province_the_command_says_what_to_do(settings: Settings, tmp_path: Path, command: str) -> None:
    done = hedui(settings, command, "--folder", str(tmp_path / "nowhere"))
    assert done.returncode == 2
    assert "write the province first" in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


def test_a_hamlet_without_leads_scores_nothing(settings: Settings, tmp_path: Path) -> None:
    write_province(tmp_path / "empty", seed=1, people=10)
    done = hedui(settings, "score", "--folder", str(tmp_path / "empty"), "--format", "json")
    assert done.returncode == 0
    assert {(rule["leads"], rule["planted"]) for rule in lines(done.stdout)} == {(0, False)}
