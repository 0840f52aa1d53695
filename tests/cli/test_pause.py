"""`hedui pause`: one agency is left alone for a while."""

import json

import pytest
from typer.testing import CliRunner

from hedui.cli import app
from hedui.model.errors import AgencyPaused, DeclarationInvalid
from hedui.settings import Settings


@pytest.fixture(autouse=True)
def site(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("HEDUI_HOME", str(settings.home))
    monkeypatch.setenv("HEDUI_CONNECTIONS", str(settings.connections))
    settings.connections.write_text(json.dumps({"hr": {"conn_type": "sftp", "host": "127.0.0.1"}}))
    for purpose, url in settings.database_urls.items():
        monkeypatch.setenv(f"HEDUI_DATABASE_URL_{purpose.upper()}", url)


def said(*arguments: str) -> list[dict[str, str]]:
    done = CliRunner().invoke(app, ["pause", *arguments, "--format", "json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_pause_is_listed_until_it_ends() -> None:
    assert said() == []
    said("police", "--reason", "the gateway is rebuilt")
    both = said("hr", "--reason", "moving house")
    assert [(pause["agency"], pause["reason"]) for pause in both] == [
        ("hr", "moving house"),
        ("police", "the gateway is rebuilt"),
    ]
    assert said() == both
    assert [pause["agency"] for pause in said("hr", "--end")] == ["police"]


def test_the_end_of_a_pause_is_told_though_nothing_is_left_to_list() -> None:
    said("hr", "--reason", "moving house")
    assert "hr is pulled from again" in CliRunner().invoke(app, ["pause", "hr", "--end"]).stderr


def test_a_run_says_that_and_why_the_agency_is_paused() -> None:
    said("hr", "--reason", "moving house")
    with pytest.raises(AgencyPaused, match="moving house"):
        CliRunner().invoke(
            app, ["run", "hr.payroll", "--from", "2026-06-30", "--to", "2026-07-01"], catch_exceptions=False
        )


@pytest.mark.parametrize("arguments", [["hr"], ["hr", "--end", "--reason", "x"], ["--end"], ["--reason", "x"]])
def test_it_takes_an_agency_and_a_reason_or_an_end(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["pause", *arguments]).exit_code == 2


def test_drifts_of_a_dataset_that_nobody_knows_are_an_error() -> None:
    assert CliRunner().invoke(app, ["drifts", "--dataset", "hr.payroll"]).exit_code == 0
    with pytest.raises(DeclarationInvalid, match="no such dataset"):
        CliRunner().invoke(app, ["drifts", "--dataset", "hr.payrol"], catch_exceptions=False)
