"""A real site, tidied long after: the rows, the leads and the account of every row are what they were."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hedui.cli import main
from hedui.embedded import EmbeddedPostgres
from hedui.ledger.tables import Batch
from hedui.model.facts import BatchFacts
from hedui.pipeline import Pipeline
from hedui.pipeline.stores import Stores
from hedui.retention import Retention
from hedui.settings import Settings
from hedui.warehouse.door import BATCHES
from tests.housekeeping.tables import LATER
from tests.pipeline.sites import DAILY, HISTORY, Province

DATASETS = ("police.dui_cases", "hr.public_employees")
RULE = "dui_public_staff"


@dataclass(frozen=True)
class Standing:
    rows: dict[str, list[str]]
    leads: list[str]


@pytest.fixture(scope="module")
def site(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("tidied")
    urls = {purpose: postgres.url(f"{folder.name}_{purpose}") for purpose in ("ledger", "catalog", "door")}
    return Settings(folder / "home", urls, folder / "connections.json", Retention(compaction_min_files=2))


@pytest.fixture(scope="module")
def before(site: Settings, lively_province: Province) -> Standing:
    """What stands after two deliveries of each dataset, matched after each."""
    work(site, lively_province)
    return standing(site)


@pytest.fixture(scope="module")
def tidied(site: Settings, before: Standing) -> list[BatchFacts]:
    """The batches after a turn a year later."""
    with Pipeline.open(site) as pipeline:
        pipeline.housekeep(now=datetime.now(UTC) + LATER)
        return pipeline.batches()


def work(site: Settings, province: Province) -> list[str]:
    with Pipeline.open(site) as pipeline:
        modes = []
        for interval in (HISTORY, DAILY):
            for dataset in DATASETS:
                pipeline.run(dataset, interval, province.of(dataset))
            modes.append(pipeline.match(RULE).mode)
    return modes


def standing(site: Settings) -> Standing:
    with Pipeline.open(site) as pipeline:
        leads = sorted(f"{x.id} {x.state} {x.explanation}" for x in pipeline.leads())
        with pipeline.query_engine() as engine:
            rows = {name: sorted(map(str, engine.query(f"SELECT * FROM {name}").to_pylist())) for name in DATASETS}
    return Standing(rows, leads)


def test_rows_and_leads_are_what_they_were(site: Settings, before: Standing, tidied: list[BatchFacts]) -> None:
    assert before.leads and all(before.rows.values())
    assert standing(site) == before


def test_deliveries_held_rows_and_reports_are_gone(site: Settings, tidied: list[BatchFacts]) -> None:
    for folder in (site.landing, site.quarantine, site.reports):
        assert [file for file in folder.rglob("*") if file.is_file()] == []


def test_a_table_lies_in_one_file(site: Settings, tidied: list[BatchFacts]) -> None:
    for dataset in DATASETS:
        table = dataset.replace(".", "__")
        (data,) = site.warehouse.glob(f"*/{table}/data")
        assert len(list(data.iterdir())) == 1


def test_every_row_is_still_in_exactly_one_state(tidied: list[BatchFacts]) -> None:
    assert sum(batch.expired for batch in tidied) > 0
    for batch in tidied:
        assert (batch.state, batch.quarantined) == ("loaded", 0)
        assert batch.pulled == batch.loaded + batch.superseded + batch.duplicate + batch.expired


def test_the_same_deliveries_again_change_nothing_and_bring_nothing_back(
    site: Settings, lively_province: Province, before: Standing, tidied: list[BatchFacts]
) -> None:
    assert work(site, lively_province) == ["nothing new", "nothing new"]
    assert standing(site) == before
    with Pipeline.open(site) as pipeline:
        assert [replace(b, seconds=0) for b in pipeline.batches()] == [replace(b, seconds=0) for b in tidied]
    test_deliveries_held_rows_and_reports_are_gone(site, tidied)


@pytest.fixture
def by_hand(site: Settings, tidied: list[BatchFacts], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for purpose, url in site.database_urls.items():
        monkeypatch.setenv(f"HEDUI_DATABASE_URL_{purpose.upper()}", url)
    monkeypatch.setenv("HEDUI_HOME", str(site.home))
    old = site.reports / "hr__payroll" / "left.partial"
    old.parent.mkdir(parents=True, exist_ok=True)
    old.touch()
    age(old)
    yield
    old.unlink(missing_ok=True)


def age(file: Path) -> None:
    long_ago = (datetime.now(UTC) - timedelta(days=9)).timestamp()
    os.utime(file, (long_ago, long_ago))


def hedui(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.argv", ["hedui", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.usefixtures("by_hand")
def test_the_command_says_what_goes(
    site: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (draft,) = site.reports.rglob("*.partial")
    assert hedui("housekeep", "scratch", "--dry-run", "--format", "json", monkeypatch=monkeypatch) == 0
    assert json.loads(capsys.readouterr().out) == {
        "room": "scratch", "where": "home", "what": "drafts", "count": 1, "freed_mb": 0.0, "left": ""
    }  # fmt: skip
    assert draft.exists()
    assert hedui("housekeep", monkeypatch=monkeypatch) == 0
    assert "drafts" in capsys.readouterr().out
    assert not draft.exists()
    assert hedui("housekeep", monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out == "nothing to show\n"


def test_a_rejected_batch_whose_rows_are_gone_begins_again_when_it_is_delivered_again(
    stores: Stores, lively_province: Province
) -> None:
    dataset, pipeline = DATASETS[0], Pipeline(stores)
    batch = pipeline.extract(dataset, HISTORY, lively_province.of(dataset))
    with stores.ledger.session() as session:
        session.get_one(Batch, batch).state = "rejected"
    pipeline.housekeep(["landing"], now=datetime.now(UTC) + LATER)
    gone = pipeline.batch(batch)
    assert (gone.state, gone.expired) == ("rejected", gone.pulled)
    assert pipeline.extract(dataset, HISTORY, lively_province.of(dataset)) == batch
    again = pipeline.batch(batch)
    assert (again.state, again.expired, again.received_at > gone.received_at) == ("landed", 0, True)
    assert pipeline.housekeep(["landing"]) == []
    assert pipeline.validate(batch)


def test_a_door_of_an_earlier_release_gets_the_new_column(stores: Stores) -> None:
    engine = sa.create_engine(stores.settings.database_urls["door"])
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema("hedui"))
        BATCHES.create(connection)
        connection.execute(sa.text("ALTER TABLE hedui.batches DROP COLUMN expired"))
    stores.door.publish_facts(BATCHES, {"batch": "b"}, [{"batch": "b", "expired": 7}])
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT expired FROM hedui.batches")) == 7
    engine.dispose()
