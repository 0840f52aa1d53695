"""A real, dirty file of 6,422 public contracts goes the whole way as it is, by a contract and a suite of its own."""

import csv
import hashlib
import os
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import asyncssh
import pyarrow as pa
import pytest
import sqlalchemy as sa
from anyio.from_thread import start_blocking_portal

from hedui.embedded import EmbeddedPostgres
from hedui.model.credentials import Credentials
from hedui.model.facts import BatchFacts
from hedui.model.interval import Interval
from hedui.pipeline import Pipeline
from hedui.settings import Settings
from simulator.agencies.sftp import outbox_server

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("HEDUI_SHARED_DATA", HERE.parents[2] / "shared" / "data"))
FILE = SHARED / "procurement" / "us_government_it_contracts.csv"
DATASET = "us_government.it_contracts"
DAY = Interval.parse("2026-06-30", "2026-07-01")
Contract = dict[str, str]

pytestmark = pytest.mark.skipif(
    not FILE.exists(), reason=f"{FILE.name} is not there: set HEDUI_SHARED_DATA to the folder that holds procurement/"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Credentials]:
    """An SFTP server that offers the file as it is, and a control file."""
    root = tmp_path_factory.mktemp("contracts")
    outbox = root / "outbox"
    outbox.mkdir()
    shutil.copy(FILE, outbox)
    line = f"{FILE.name},{len(contracts())},{hashlib.sha256(FILE.read_bytes()).hexdigest()}\n"
    (outbox / "it_contracts_20260630.ctl").write_text(line)
    serving = outbox_server(root, asyncssh.generate_private_key("ssh-ed25519"), "password")
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serving) as reached:
        yield Credentials.model_validate(reached)


@pytest.fixture(scope="module")
def arrived(
    server: Credentials, postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """A site to which the delivery came, by declarations that stand outside the shelves."""
    home = tmp_path_factory.mktemp("procurement")
    urls = {purpose: postgres.url(f"{home.name}_{purpose}") for purpose in ("ledger", "catalog", "door")}
    settings = Settings(home / "home", urls, home / "connections.json")
    with pytest.MonkeyPatch.context() as environment, Pipeline.open(settings) as pipeline:
        environment.setenv("HEDUI_CONTRACTS", str(HERE / "contracts"))
        environment.setenv("HEDUI_EXPECTATIONS", str(HERE / "expectations"))
        pipeline.run(DATASET, DAY, server)
        yield settings


def contracts() -> list[Contract]:
    """The file, read without any of our code."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def ends_before_it_starts(contract: Contract) -> bool:
    return "" != contract["End Date"] < contract["Start Date"]


def is_not_positive(contract: Contract) -> bool:
    return Decimal(contract["Total value of Contract"]) <= 0


def has_no_award(contract: Contract) -> bool:
    """Without one it cannot take its place among versions of a record."""
    return contract["Date of Award"] == ""


def has_an_award_in_the_year_nought(contract: Contract) -> bool:
    return contract["Date of Award"].startswith("0000")


def has_no_supplier(contract: Contract) -> bool:
    return contract["Contractor Name"] == ""


def held_back(contract: Contract) -> bool:
    faults = (ends_before_it_starts, is_not_positive, has_no_award, has_an_award_in_the_year_nought)
    return any(fault(contract) for fault in faults)


def batch_of(settings: Settings) -> BatchFacts:
    with Pipeline.open(settings) as pipeline:
        (batch,) = pipeline.batches()
    return batch


def findings(settings: Settings) -> dict[tuple[str, str], int]:
    """How many rows fail, by field and what is done about it, as the SQL door shows them."""
    engine = sa.create_engine(settings.database_urls["door"])
    with engine.connect() as connection:
        shown = connection.execute(sa.text("SELECT field, expectation, rows FROM hedui.quality WHERE rows > 0"))
        found = {(row.field, row.expectation): row.rows for row in shown}
    engine.dispose()
    return found


def test_the_faults_are_the_known_ones_and_every_contract_with_several_counts_for_each(arrived: Settings) -> None:
    dirty = contracts()
    found = findings(arrived)
    assert found == {
        ("supplier", "expect_column_values_to_not_be_null"): sum(map(has_no_supplier, dirty)),
        ("ends_on", "expect_column_pair_values_a_to_be_greater_than_b"): sum(map(ends_before_it_starts, dirty)),
        ("value_million_usd", "expect_column_values_to_match_regex"): sum(map(is_not_positive, dirty)),
        ("awarded_at", "expect_column_values_to_not_be_null"): sum(map(has_no_award, dirty)),
        ("awarded_at", "expect_column_values_to_be_null"): sum(
            map(has_an_award_in_the_year_nought, dirty)
        ),  # unreadable
    }
    assert sorted(found.values()) == [19, 26, 47, 96, 4_873]


def test_every_contract_is_in_one_state_and_only_faults_that_matter_hold_one_back(arrived: Settings) -> None:
    batch = batch_of(arrived)
    assert (batch.state, batch.pulled) == ("loaded", 6_422)
    assert batch.quarantined == sum(map(held_back, contracts())) == 183  # five have two faults: 26 + 96 + 47 + 19 - 5
    assert batch.pulled == batch.loaded + batch.superseded + batch.duplicate + batch.quarantined
    assert batch.loaded == 6_239


def test_the_table_holds_the_good_contracts_in_clear(arrived: Settings) -> None:
    with Pipeline.open(arrived) as pipeline, pipeline.query_engine() as engine:
        rows = engine.query(f"SELECT contract_no, supplier, value_million_usd, buyer, starts_on FROM {DATASET}")
    expected = {
        (
            good["Contract ID"],
            good["Contractor Name"].strip() or None,
            good["Total value of Contract"],
            good["Agency ID"],
            good["Start Date"][:10] or None,
        )
        for good in contracts()
        if not held_back(good)
    }
    shown = [tuple(None if v is None else str(v) for v in row.values()) for row in rows.to_pylist()]
    assert len(shown) == len(expected)
    assert set(shown) == expected


def test_nothing_in_it_was_made_a_pseudonym(arrived: Settings) -> None:
    with Pipeline.open(arrived) as pipeline, pipeline.query_engine() as engine:
        columns = engine.query(f"SELECT * FROM {DATASET}").schema
    assert not [column.name for column in columns if pa.types.is_binary(column.type)]


def test_the_report_lists_what_to_mend(arrived: Settings) -> None:
    batch = batch_of(arrived)
    (report,) = arrived.reports.glob(f"*/{batch.batch}/report.en.html")
    page = report.read_text(encoding="utf-8")
    for told in ("Earlier than “Starts on”", "Not a positive amount", "4,873", "6,422", "6,239", "183"):
        assert told in page
