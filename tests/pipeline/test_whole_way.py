"""A row's way from the agencies to a lead, against the truth of the province it was made from."""

import json
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hedui import shelves
from hedui.ledger.ledger import first_broken_link
from hedui.model.errors import ApprovalMissing, TerminalError
from hedui.pipeline import Pipeline
from hedui.pipeline.stores import Stores
from hedui.sealing import open_sealed
from hedui.settings import Settings
from simulator import site
from simulator.score import RuleScore
from tests.pipeline.sites import Province, delivered, door, files_with, kept, standing, work


def scores(settings: Settings, province: Province) -> list[RuleScore]:
    with Pipeline.open(settings) as pipeline:
        return site.scores(pipeline, province.folder / "truth.jsonl")


def test_every_planted_case_is_found_and_nobody_whom_the_data_excuse(
    worked_site: Settings, lively_province: Province
) -> None:
    results = scores(worked_site, lively_province)
    assert {result.rule for result in results} == set(shelves.rules())
    for result in results:
        assert result.planted
        assert result.found >= 3
        assert (result.missed, result.false) == (0, 0)


def test_every_pulled_row_is_in_exactly_one_state(worked_site: Settings, lively_province: Province) -> None:
    with Pipeline.open(worked_site) as pipeline:
        batches = pipeline.batches()
    assert len(batches) == 2 * len(delivered())
    for batch in batches:
        assert batch.state == ("loaded" if batch.dataset in kept() else "judged")
        if batch.state == "loaded":
            assert batch.pulled == batch.loaded + batch.superseded + batch.duplicate + batch.quarantined
    for dataset in delivered():
        rows = pq.read_metadata(lively_province.folder / "feeds" / f"{dataset}.parquet").num_rows
        assert sum(b.pulled for b in batches if b.dataset == dataset) == rows
    assert sum(b.quarantined for b in batches) > 0
    assert sum(b.repaired for b in batches) > 0
    assert sum(b.duplicate for b in batches) > 0


def test_leads_are_withdrawn_when_the_evidence_goes(worked_site: Settings) -> None:
    with Pipeline.open(worked_site) as pipeline:
        states = {(lead.rule, lead.state) for lead in pipeline.leads()}
    assert {rule for rule, state in states if state == "open"} == set(shelves.rules())
    # The daily interval takes back what the history alone had shown.
    assert {"deceased_still_reimbursed", "dui_public_staff", "false_death_alarm"} <= {
        rule for rule, state in states if state == "withdrawn"
    }


def test_the_sql_door_shows_the_same_rows_with_tokens_of_its_own(worked_site: Settings) -> None:
    shown = door(worked_site)
    with Pipeline.open(worked_site) as pipeline, pipeline.query_engine() as engine:
        tokens = set()
        for name, dataset in kept().items():
            rows = engine.query(f"SELECT {'NULL' if dataset.public else 'person'} AS person FROM {name}")
            assert shown[name] == rows.num_rows > 0
            tokens.update(rows["person"].drop_null().to_pylist())
    outside = sa.create_engine(worked_site.database_urls["door"])
    with outside.connect() as connection:
        seen = {bytes(token) for token in connection.scalars(sa.text("SELECT person FROM health.settlements"))}
        joined = connection.scalar(
            sa.text("SELECT count(*) FROM health.settlements s JOIN civil_affairs.deaths d ON s.person = d.person")
        )
    outside.dispose()
    assert seen.isdisjoint(tokens)
    assert joined


def test_the_sql_door_accounts_for_every_batch(worked_site: Settings) -> None:
    with Pipeline.open(worked_site) as pipeline:
        known = {(b.batch, b.state, b.pulled, b.loaded, b.quarantined) for b in pipeline.batches()}
    outside = sa.create_engine(worked_site.database_urls["door"])
    with outside.connect() as connection:
        shown = connection.execute(sa.text("SELECT batch, state, pulled, loaded, quarantined FROM hedui.batches")).all()
    outside.dispose()
    assert {tuple(row) for row in shown} == known


def test_no_identifier_of_the_feeds_stands_in_clear_anywhere(
    worked_site: Settings, lively_province: Province, postgres_files: Path
) -> None:
    marks = known_identifiers(lively_province)
    personal = [name for name, dataset in shelves.datasets().items() if not dataset.public]
    assert len(files_with(lively_province.folder / "feeds", marks)) == len(personal)
    assert files_with(worked_site.home, marks) == []
    assert files_with(postgres_files, marks) == []


def known_identifiers(province: Province) -> set[str]:
    """Whole identity numbers and record keys, as delivered."""
    marks = set()
    for name, dataset in delivered().items():
        sources = [f.source for f in dataset.fields.values() if f.identifier in ("person", "record")]
        for column in pq.read_table(province.folder / "feeds" / f"{name}.parquet", columns=sources).columns:
            marks.update(column.filter(pc.greater_equal(pc.utf8_length(column), 15)).unique().to_pylist())
    return marks


def test_a_second_run_changes_nothing(worked_site: Settings, lively_province: Province) -> None:
    before = standing(worked_site)
    with Pipeline.open(worked_site) as pipeline:
        snapshots = _snapshots(worked_site)
        work(pipeline, lively_province)
    assert standing(worked_site) == before
    assert _snapshots(worked_site) == snapshots


def _snapshots(settings: Settings) -> dict[str, int | None]:
    with Stores(settings) as stores:
        return {name: stores.warehouse.snapshot(dataset) for name, dataset in kept().items()}


def test_intervals_may_come_in_any_order(worked_site: Settings, backward_site: Settings) -> None:
    assert explanations(backward_site) == explanations(worked_site)


def explanations(settings: Settings) -> set[tuple[str, str]]:
    with Pipeline.open(settings) as pipeline:
        return {(lead.rule, str(lead.explanation)) for lead in pipeline.leads() if lead.state != "withdrawn"}


def test_reports_are_written_in_both_languages_and_name_the_office(worked_site: Settings) -> None:
    with Pipeline.open(worked_site) as pipeline:
        names = [batch.batch for batch in pipeline.batches()]
    for name in names:
        for language in ("zh", "en"):
            (page,) = worked_site.reports.rglob(f"{name}/report.{language}.html")
            text = page.read_text(encoding="utf-8")
            assert "0931-800000" in text
            assert "http://" not in text.replace("http://www.w3.org/", "")
            assert "https://" not in text


def test_a_release_needs_two_people_and_shows_the_office_its_own_keys_alone(
    lively_province: Province, backward_site: Settings
) -> None:
    settings = backward_site
    with Pipeline.open(settings) as pipeline:
        proposed = pipeline.propose_release("health")
        assert proposed is not None
        for approvers in ([], ["甲"], ["甲", "甲 "]):
            with pytest.raises(ApprovalMissing, match="different people have approved"):
                pipeline.release(proposed.id, approvers)
        with pytest.raises(TerminalError, match="no public key of this office"):
            pipeline.release(proposed.id, ["甲", "乙"])
        assert not list(settings.outbox.rglob("*"))

        office = X25519PrivateKey.generate()
        (settings.keys / "offices").mkdir()
        (settings.keys / "offices" / "health.pub").write_bytes(office.public_key().public_bytes_raw())
        sheet = pipeline.release(proposed.id, ["甲", "乙"])
        assert pipeline.release(proposed.id, ["甲", "乙"]) == sheet
        assert pipeline.propose_release("health") is None
        states = [lead.state for lead in pipeline.leads() if lead.agency == "health"]
    assert states.count("released") == proposed.leads
    assert door(settings)["released leads"] == proposed.leads

    sender = Ed25519PublicKey.from_public_bytes((settings.keys / "sender.pub").read_bytes())
    _, page = open_sealed(sheet.read_bytes(), office, sender)
    text = page.decode()
    truth = [json.loads(line) for line in (lively_province.folder / "truth.jsonl").read_text("utf-8").splitlines()]
    planted = [case for case in truth if case["rule"] == "deceased_still_reimbursed" and case["lead_expected"]]
    own = {key for case in planted for key in case["records"]["health.settlements"]}
    others = {key for case in planted for key in case["records"].get("civil_affairs.deaths", [])}
    assert sum(key in text for key in own) >= 3
    assert not any(key in text for key in others)
    assert not any(person in text for case in planted for person in case["people"])
    with Stores(settings) as stores, stores.ledger.session() as session:
        assert first_broken_link(session) is None
