"""`hedui pause`: one agency is left alone for a while."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import Result
from typer.testing import CliRunner

from hedui.cli import app
from hedui.ledger.tables import AuditEntry, ContractVersion, Pause
from hedui.model.errors import AgencyPaused, DeclarationInvalid
from hedui.pipeline.pausing import PAUSED
from hedui.pipeline.stores import Stores
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
    assert said("hr", "--end") == []
    assert [pause["agency"] for pause in said()] == ["police"]
    said("police", "--end")
    assert CliRunner().invoke(app, ["pause"]).stdout == "no agency is paused\n"


def test_the_end_of_a_pause_is_told_though_nothing_is_left_to_list() -> None:
    said("hr", "--reason", "moving house")
    ended, again = (CliRunner().invoke(app, ["pause", "hr", "--end"]) for _ in range(2))
    assert (ended.stdout, ended.stderr) == ("", "hr is pulled from again\n")
    assert (again.stdout, again.stderr) == ("", "hr was not paused\n")


def test_what_a_pause_kept_back_is_listed_at_its_end_as_it_is_to_be_made_up(settings: Settings) -> None:
    """The dataset is due every working day; paused for three weeks, it is made up by one run."""
    began = datetime.now(UTC) - timedelta(days=21)
    with Stores(settings) as stores, stores.ledger.session() as session:
        session.add(ContractVersion(dataset="hr.public_employees", version=1, body={}, first_used_at=began))
        session.add(Pause(agency="hr", since=began, reason="moving house"))
        detail = {"agency": "hr", "reason": "moving house"}
        session.add(AuditEntry(at=began, action=PAUSED, detail=detail, previous_hash=b"", entry_hash=b""))
    [kept_back] = [json.loads(line) for line in _end_of("hr").stdout.splitlines()]
    first, after = (datetime.fromisoformat(kept_back["interval"][edge]) for edge in ("from", "to"))
    assert kept_back["dataset"] == "hr.public_employees"
    assert first <= began and timedelta(days=20) <= after - first <= timedelta(days=35)
    assert datetime.fromisoformat(kept_back["due_at"]) > datetime.now(UTC)
    assert "It was kept back by a pause" in _end_of("hr").stderr


def _end_of(agency: str) -> Result:
    return CliRunner().invoke(app, ["pause", agency, "--end", "--format", "json"], catch_exceptions=False)


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
