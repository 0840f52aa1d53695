"""The command writes a province, tells what it holds, and says in one line what is wrong."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from simulator.__main__ import app
from simulator.province import read_facts


def test_the_command_writes_a_province_and_tells_what_it_holds(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["write", "--seed", "3", "--people", "2100", "--folder", str(tmp_path / "p")])
    assert done.exit_code == 0
    facts = read_facts(tmp_path / "p")
    assert (facts.seed, facts.people) == (3, 2100)
    for dataset, rows in facts.rows.items():
        assert f"{dataset}: {rows:,} rows" in done.output
    for rule, kinds in facts.planted.items():
        assert isinstance(kinds, dict)
        assert f"{rule}: {sum(kinds['planted'].values())} planted" in done.output


def test_the_command_takes_the_months_of_the_history(tmp_path: Path) -> None:
    wished = ["write", "--people", "10", "--folder", str(tmp_path / "p"), "--months"]
    assert CliRunner().invoke(app, [*wished, "4"]).exit_code == 0
    assert read_facts(tmp_path / "p").history["from"] == "2026-03-01"
    assert CliRunner().invoke(app, [*wished, "2"]).exit_code == 2


def test_the_command_refuses_the_pipelines_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEDUI_HOME", str(tmp_path))
    done = CliRunner().invoke(app, ["write", "--people", "10", "--folder", str(tmp_path / "p")])
    assert done.exit_code == 2
    assert "HEDUI_HOME" in done.output and "Traceback" not in done.output
    assert not (tmp_path / "p").exists()


def test_a_hamlet_is_told_to_hold_no_planted_case(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["write", "--people", "10", "--folder", str(tmp_path / "p")])
    assert "deceased_still_reimbursed: not planted" in done.output
