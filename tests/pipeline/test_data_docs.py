"""What a suite said of a batch is kept when it is judged, becomes pages, and goes when newer ones have come."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from hedui.cli import app
from hedui.model.errors import DeclarationInvalid
from hedui.model.facts import Tidied
from hedui.pipeline import Pipeline
from hedui.pipeline.stores import Stores
from hedui.retention import Retention
from hedui.settings import Settings
from tests.pipeline.registry import DEATHS, Register, days, death, open_register


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return Settings(settings.home, settings.database_urls, settings.connections, Retention(data_docs_results=1))


@pytest.fixture
def register(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Register:
    opened = open_register(stores, monkeypatch)
    opened.agree(opened.shelf[DEATHS])
    return opened


def test_a_judged_batch_gets_a_page_and_an_agency_of_which_nothing_came_none(register: Register) -> None:
    register.rows.append(death("N1", deathDate="2026-06-20"))
    batch = register.extract(days(1, 2))
    register.pipeline.validate(batch)
    [index] = register.pipeline.data_docs()
    assert index == register.stores.settings.data_docs / "civil_affairs" / "site" / "index.html"
    assert batch in index.read_text("utf-8")
    assert register.pipeline.data_docs("hr") == []


def test_only_the_newest_results_are_kept(register: Register) -> None:
    batches = []
    for day in (1, 2):
        register.rows[:] = [death(f"N{day}", changed=day)]
        batches.append(register.extract(days(day, day + 1)))
        register.pipeline.validate(batches[-1])
    kept = register.stores.settings.data_docs / "civil_affairs" / "results" / "deaths"
    assert register.pipeline.housekeep(["data_docs"], dry_run=True)[0].count == 1
    [gone] = register.pipeline.housekeep(["data_docs"])
    assert (gone.room, gone.where, gone.count) == ("data_docs", DEATHS, 1)
    assert [file.stem for file in kept.iterdir()] == [batches[1]]
    nothing: list[Tidied] = []
    assert register.pipeline.housekeep(["data_docs"]) == nothing


def test_an_agency_that_nobody_knows_is_an_error(register: Register) -> None:
    with pytest.raises(DeclarationInvalid, match="there is no such agency"):
        Pipeline(register.stores).data_docs("hrr")


def test_the_command_says_where_the_pages_are(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = register.stores.settings
    monkeypatch.setenv("HEDUI_HOME", str(settings.home))
    for purpose, url in settings.database_urls.items():
        monkeypatch.setenv(f"HEDUI_DATABASE_URL_{purpose.upper()}", url)
    assert "nothing was validated yet" in CliRunner().invoke(app, ["data-docs"]).stderr
    register.pipeline.validate(register.extract(days(1, 2)))
    said = CliRunner().invoke(app, ["data-docs", "civil_affairs"], catch_exceptions=False).stdout
    assert Path(said.strip()).is_file()
