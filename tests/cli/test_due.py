"""`hedui due`: which deliveries are due, and what became of them."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from hedui.cli import app
from hedui.ledger.tables import ContractVersion
from hedui.model.errors import DeclarationInvalid
from hedui.pipeline.stores import Stores
from hedui.settings import Settings

DEATHS = "civil_affairs.deaths"


@pytest.fixture(autouse=True)
def site(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """A site that began to ask for one dataset two weeks ago and never got anything."""
    monkeypatch.setenv("HEDUI_HOME", str(settings.home))
    for purpose, url in settings.database_urls.items():
        monkeypatch.setenv(f"HEDUI_DATABASE_URL_{purpose.upper()}", url)
    asked_at = datetime.now(UTC) - timedelta(days=14)
    with Stores(settings) as stores, stores.ledger.session() as session:
        session.add(ContractVersion(dataset=DEATHS, version=1, body={}, first_used_at=asked_at))


def said(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["due", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_deliveries_are_listed_with_what_became_of_them() -> None:
    listed = [json.loads(line) for line in said("--format", "json").splitlines()]
    assert {due["dataset"] for due in listed} == {DEATHS}
    assert [due["state"] for due in listed if due["state"] == "missing"]
    assert listed[-1]["state"] == "awaited"
    assert listed == sorted(listed, key=lambda due: str(due["due_at"]))
    assert "missing" in said("--dataset", DEATHS)


def test_only_a_few_days_or_another_dataset_may_be_asked_for() -> None:
    assert len(said("--days", "1", "--format", "json")) < len(said("--format", "json"))
    assert said("--dataset", "hr.payroll") == "nothing to show\n"


def test_only_those_of_one_state_may_be_asked_for_and_columns_that_say_nothing_are_left_out() -> None:
    listed = [json.loads(line) for line in said("--state", "missing", "--format", "json").splitlines()]
    assert {due["state"] for due in listed} == {"missing"}
    assert "pause" not in said("--state", "missing")
    refused = CliRunner().invoke(app, ["due", "--state", "lost"])
    assert refused.exit_code == 2 and "awaited, in time, late" in refused.stderr


def test_a_dataset_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(DeclarationInvalid, match="no such dataset"):
        CliRunner().invoke(app, ["due", "--dataset", "hr.payrol"], catch_exceptions=False)
