"""Deliveries, held rows, reports and sheets go when their time is over and no day earlier; every row stays counted."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa

from hedui.ledger.ledger import first_broken_link
from hedui.ledger.tables import Batch, HeldRow
from hedui.model.contract import Dataset
from hedui.model.errors import DeclarationInvalid
from hedui.model.facts import Tidied
from hedui.pipeline.extracting import lock_of_extract
from hedui.pipeline.housekeeping import ROOMS, housekeep, papers
from hedui.pipeline.housekeeping.turn import Turn
from hedui.pipeline.stores import Stores
from hedui.retention import Retention

# In the province it is one in the morning of 2 July: five hours in UTC lie on another day.
RECEIVED = datetime(2026, 7, 1, 17, tzinfo=UTC)
ROW = pa.record_batch({"_row": [0, 1, 2]})


def landed(stores: Stores, table: Dataset, name: str, state: str, **counts: int) -> None:
    """A batch of three rows with its files, as the steps up to `state` leave it."""
    with stores.ledger.session() as session:
        session.add(
            Batch(
                id=name, dataset=table.full_name, interval_start=RECEIVED - timedelta(1), interval_end=RECEIVED,
                sequence=1, digest=name.encode(), contract_version=1, received_at=RECEIVED, state=state, pulled=3,
                reported_at=RECEIVED, **counts,
            )
        )  # fmt: skip
        session.flush()
        for row in range(counts.get("quarantined", 0)):
            session.add(
                HeldRow(
                    batch_id=name, row=row, dataset=table.full_name, state="held", source="a.csv", position=row,
                    findings=[], reminded=1, changed_at=RECEIVED,
                )
            )  # fmt: skip
    stores.landing(table).write(name, ROW.schema, [ROW])
    if state != "landed":
        for part in ("", ".faults", ".places", ".repairs"):
            stores.quarantine(table).write(name + part, ROW.schema, [ROW])


def tidy(stores: Stores, days: int, *rooms: str, dry_run: bool = False) -> list[Tidied]:
    """A turn at three in the morning, so many days after the batch was received."""
    return housekeep(stores, rooms, RECEIVED + timedelta(days=days, hours=2), dry_run)


def told(stores: Stores, name: str) -> Batch:
    with stores.ledger.session() as session:
        return session.get_one(Batch, name)


def balance(batch: Batch) -> int:
    return batch.loaded + batch.superseded + batch.duplicate + batch.quarantined + batch.expired


def at_the_door(stores: Stores, name: str) -> tuple[int, int]:
    engine = sa.create_engine(stores.settings.database_urls["door"])
    with engine.connect() as connection:
        query = sa.text("SELECT quarantined, expired FROM hedui.batches WHERE batch = :name")
        found = connection.execute(query, {"name": name}).one()
    engine.dispose()
    return found[0], found[1]


@pytest.mark.parametrize("state", ["loaded", "rejected", "judged"])
def test_a_delivery_is_kept_to_the_end_of_its_last_day(stores: Stores, things: Dataset, state: str) -> None:
    landed(stores, things, "b", state)
    days = things.landing_retention_days
    assert tidy(stores, days, "landing") == []
    assert stores.landing(things).names() == {"b"}
    (gone,) = tidy(stores, days + 1, "landing")
    assert (gone.what, gone.count, gone.freed_bytes > 0) == ("batches", 1, True)
    assert list((stores.settings.landing / things.table).iterdir()) == []
    batch = told(stores, "b")
    assert (batch.state, batch.landing_deleted_at) == (state, RECEIVED + timedelta(days=days + 1, hours=2))
    assert tidy(stores, days + 2, "landing") == []


@pytest.mark.parametrize("state", ["landed", "validated", "pseudonymised"])
def test_a_batch_on_its_way_is_never_touched_but_named(stores: Stores, things: Dataset, state: str) -> None:
    landed(stores, things, "b", state, quarantined=1)
    said = tidy(stores, 4000)
    assert [(t.where, t.what, t.count, t.left) for t in said] == [("b", "overdue", 3, f"still {state}: finish its run")]
    assert stores.landing(things).readable("b")
    assert state == "landed" or stores.quarantine(things).readable("b")
    assert told(stores, "b").quarantined == 1


def test_held_rows_expire_and_every_row_stays_in_one_state(stores: Stores, things: Dataset) -> None:
    landed(stores, things, "b", "loaded", quarantined=2, loaded=1)
    days = stores.settings.retention.quarantine_retention_days
    tidy(stores, days, "quarantine")
    assert stores.quarantine(things).readable("b")
    tidy(stores, days + 1, "quarantine")
    assert list((stores.settings.quarantine / things.table).iterdir()) == []
    batch = told(stores, "b")
    assert (batch.loaded, batch.quarantined, batch.expired) == (1, 0, 2)
    assert balance(batch) == batch.pulled
    assert at_the_door(stores, "b") == (0, 2)


@pytest.mark.parametrize("state", ["rejected", "judged"])
def test_the_rows_of_a_batch_of_which_nothing_is_loaded_expire_with_its_delivery(
    stores: Stores, things: Dataset, state: str
) -> None:
    landed(stores, things, "b", state)
    tidy(stores, 30)
    assert balance(told(stores, "b")) == 3
    tidy(stores, 400)
    batch = told(stores, "b")
    assert (batch.state, batch.expired, balance(batch)) == (state, 3, 3)
    assert at_the_door(stores, "b") == (0, 3)


def test_a_turn_that_died_between_deletion_and_ledger_is_finished_by_the_next(stores: Stores, things: Dataset) -> None:
    landed(stores, things, "b", "loaded", quarantined=3)
    stores.landing(things).remove("b")
    stores.quarantine(things).remove("b")
    tidy(stores, 400)
    batch = told(stores, "b")
    assert batch.landing_deleted_at and batch.quarantine_deleted_at
    assert batch.expired == 3


def test_reports_and_sheets_have_a_time_of_their_own(stores: Stores, things: Dataset) -> None:
    landed(stores, things, "b", "loaded")
    report = stores.settings.reports / things.table / "b" / "report.zh.html"
    sheet = stores.settings.outbox / "agency" / "release-000001.sealed"
    package = stores.settings.outbox / "agency" / "reports" / "000001.pkg"
    month = stores.settings.reports / "agency" / "2026-07" / "report.zh.html"
    for file in (report, sheet, package, month):
        written(file, RECEIVED)
    days = stores.settings.retention.report_retention_days
    tidy(stores, days)
    assert report.exists() and sheet.exists() and package.exists() and month.exists()
    gone = {(t.room, t.what, t.count) for t in tidy(stores, days + 1)}
    assert gone >= {("reports", "reports", 1), ("reports", "months", 1)}
    assert gone >= {("outbox", "sheets", 1), ("outbox", "reports", 1)}
    assert not month.parent.exists()
    assert not report.parent.exists() and not sheet.exists() and not package.exists()


def test_what_killed_processes_left_goes_after_a_day(stores: Stores, things: Dataset) -> None:
    home = stores.settings
    left = [home.reports / things.table / "b" / "report.zh.partial", home.outbox / "agency" / "r.partial"]
    left += [home.quarantine / things.table / "q.partial", home.spill / "duckdb_temp_storage_DEFAULT-0.tmp"]
    for file in left:
        written(file, RECEIVED)
    tidy(stores, 0)
    assert all(file.exists() for file in left)
    tidy(stores, 1)
    assert not any(file.exists() for file in left)


def test_files_that_go_meanwhile_stop_nothing(stores: Stores, things: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    left = [stores.settings.spill / things.table / name for name in ("a.tmp", "b.tmp", "c.tmp")]
    for file in left:
        written(file, RECEIVED)
    kept, removed = papers._changed, Turn.remove

    def seen(file: Path) -> datetime:
        left[0].unlink(missing_ok=True)
        return kept(file)

    def gone(turn: Turn, files: list[Path]) -> int:
        left[1].unlink(missing_ok=True)
        return removed(turn, files)

    monkeypatch.setattr(papers, "_changed", seen)
    monkeypatch.setattr(Turn, "remove", gone)
    assert [(t.what, t.count > 0) for t in tidy(stores, 1, "scratch")] == [("spilled pages", True)]
    assert not any(file.exists() for file in left)


def test_landed_files_that_no_batch_owns_go(stores: Stores, things: Dataset) -> None:
    stores.landing(things).write("agency.things-forgotten", ROW.schema, [ROW])
    tidy(stores, 0)
    assert stores.landing(things).names() == set()


def test_who_only_looks_hears_the_same_and_nothing_goes(stores: Stores, things: Dataset) -> None:
    landed(stores, things, "b", "loaded", quarantined=3)
    landed(stores, things, "c", "loaded")
    written(stores.settings.reports / things.table / "c" / "report.zh.html", RECEIVED)
    looked = tidy(stores, 400, dry_run=True)
    assert stores.landing(things).readable("b") and stores.quarantine(things).readable("b")
    assert told(stores, "b").expired == 0
    assert tidy(stores, 400) == looked
    assert {t.room for t in looked} == {"landing", "quarantine", "reports"}


def test_what_somebody_is_at_waits_for_the_next_turn(stores: Stores, things: Dataset) -> None:
    landed(stores, things, "b", "loaded")
    with stores.ledger.only_one(lock_of_extract(things)):
        (said,) = tidy(stores, 400, "landing")
    assert (said.what, "another run is at this" in said.left) == ("put off", True)
    assert stores.landing(things).readable("b")


def test_what_went_is_in_the_audit_log(stores: Stores, things: Dataset) -> None:
    landed(stores, things, "b", "loaded", quarantined=3)
    tidy(stores, 400)
    with stores.ledger.session() as session:
        entries = session.execute(sa.text("SELECT action, detail FROM audit ORDER BY id")).all()
        assert first_broken_link(session) is None
    assert [(action, detail["room"], detail["count"]) for action, detail in entries] == [
        ("tidied", "landing", 1),
        ("tidied", "quarantine", 1),
        ("tidied", "quarantine", 3),
    ]


def test_an_unknown_room_is_named(stores: Stores, things: Dataset) -> None:
    with pytest.raises(DeclarationInvalid, match=f"cellar: there is no such room.*{', '.join(ROOMS)}"):
        tidy(stores, 0, "cellar")


@pytest.mark.parametrize("said", ["", "0", "-1", "1.5", "forever", "１"])
def test_a_setting_is_a_number_of_days(said: str) -> None:
    environment = {"HEDUI_SNAPSHOT_RETENTION_DAYS": said}
    if not said:
        assert Retention.from_environment(environment) == Retention()
        return
    with pytest.raises(DeclarationInvalid, match="HEDUI_SNAPSHOT_RETENTION_DAYS: this is no whole number from 1 on"):
        Retention.from_environment(environment)


def test_settings_are_read_from_the_environment() -> None:
    said = Retention.from_environment({"HEDUI_REPORT_RETENTION_DAYS": "7", "HEDUI_COMPACTION_TARGET_MB": "64"})
    assert (said.report_retention_days, said.compaction_target_mb, said.quarantine_retention_days) == (7, 64, 90)


def written(file: Path, at: datetime) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")
    os.utime(file, (at.timestamp(), at.timestamp()))
