"""What an agency holds arrives unchanged, once, in its order, by each way of delivery."""

from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from connectors import connector_for
from hedui.model.contract import Dataset
from hedui.model.credentials import Credentials
from hedui.model.interval import Interval
from hedui.sealing import read_header
from tests.connectors import tiny_province

DATASETS = tiny_province.delivered()
ALL = sorted(DATASETS)
# The others deliver whole days.
BY_CHANGE = [name for name, dataset in DATASETS.items() if dataset.source.kind in ("rest", "database")]
SHEETS = [name for name, dataset in DATASETS.items() if getattr(dataset.source, "format", "") == "xlsx"]


@pytest.fixture
def delivered(connections: dict[str, Credentials], contracts: dict[str, Dataset]):
    def read(name: str, interval: Interval, **source: object) -> pa.Table:
        dataset = contracts[name]
        dataset = dataset.model_copy(update={"source": dataset.source.model_copy(update=source)})
        return pa.Table.from_batches(connector_for(dataset, connections[dataset.agency]).read(interval))

    return read


@pytest.fixture
def feed(province: Path):
    return lambda name: pq.read_table(province / "feeds" / f"{name}.parquet")


def sources(contract: Dataset) -> list[str]:
    return list(dict.fromkeys(field.source for field in contract.fields.values()))


def as_text(rows: pa.Table, feed: pa.Table, contract: Dataset) -> list[dict[str, str | None]]:
    """What arrived, native values in the form of the feed, so that the two compare."""
    columns = {}
    for name in sources(contract):
        column = rows[name]
        at = pa.types.is_timestamp(column.type)
        columns[name] = feed[name] if at and column.equals(feed["changed_at"]) else column.cast(pa.string())
    return pa.table(columns).to_pylist()


def as_shown(feed: pa.Table, contract: Dataset) -> list[dict[str, str | None]]:
    """The feed's columns of the contract; a sheet, or a number of JSON, shows an amount without zeros at its end."""
    rows = feed.select(sources(contract)).to_pylist()
    numbers = contract.full_name in SHEETS or getattr(contract.source, "decoding", "") == "ocds"
    amounts = {f.source for f in contract.fields.values() if f.type == "decimal" and numbers}
    return [{name: f"{float(v):g}" if v and name in amounts else v for name, v in row.items()} for row in rows]


@pytest.mark.parametrize("name", ALL)
def test_history_and_day_together_are_exactly_the_feed_in_its_order(name, delivered, feed, contracts):
    rows = pa.concat_tables([delivered(name, tiny_province.HISTORY), delivered(name, tiny_province.DAILY)])
    assert as_text(rows, feed(name), contracts[name]) == as_shown(feed(name), contracts[name])


@pytest.mark.parametrize("name", ALL)
def test_a_row_changed_on_the_bound_belongs_to_the_later_interval(name, delivered, feed, contracts):
    first = pc.index(feed(name)["changed_at"], pa.scalar(tiny_province.DAILY.start, pa.timestamp("us", "UTC"))).as_py()
    key = contracts[name].fields["record_no"].source
    bound = feed(name)[key][first].as_py()
    assert bound in delivered(name, tiny_province.DAILY)[key].to_pylist()
    assert bound not in delivered(name, tiny_province.HISTORY)[key].to_pylist()


@pytest.mark.parametrize("name", BY_CHANGE)
def test_an_interval_of_any_length_holds_its_start_and_not_its_end(name, delivered, feed):
    start, end = (feed(name)["changed_at"][n].as_py() for n in (3, 7))
    assert delivered(name, Interval(start, end)).num_rows == 4
    assert delivered(name, Interval(start, end + timedelta(microseconds=1))).num_rows == 5


@pytest.mark.parametrize("name", BY_CHANGE)
def test_nothing_changed_is_no_error(name, connections, contracts):
    dataset = contracts[name]
    assert not list(
        connector_for(dataset, connections[dataset.agency]).read(Interval.parse("2020-01-01", "2020-01-02"))
    )


@pytest.mark.parametrize("name", ALL)
def test_each_row_says_where_it_stands(name, delivered, contracts):
    rows = delivered(name, tiny_province.HISTORY)
    places = list(zip(rows["_source"].to_pylist(), rows["_position"].to_pylist(), strict=True))
    assert len(set(places)) == rows.num_rows
    first = contracts[name].source.title_rows + 2 if name in SHEETS else 1  # a clerk counts titles and header too
    assert min(position for _, position in places) == first
    assert rows.schema.field("_source").type == pa.string()
    assert rows.schema.field("_position").type == pa.int64()


@pytest.mark.parametrize("name", ALL)
def test_no_column_beyond_the_contract_leaves_the_connector(name, delivered, contracts):
    assert delivered(name, tiny_province.DAILY).column_names == [
        *sources(contracts[name]),
        "_source",
        "_position",
        "_drift",
    ]


def test_many_pages_survive_a_busy_gateway(delivered):
    """One row to a page: the gateway answers 429 and 503 several times in between."""
    small = delivered("civil_affairs.deaths", tiny_province.HISTORY, page_size=1)
    large = delivered("civil_affairs.deaths", tiny_province.HISTORY)
    assert small.equals(large)


def test_batches_of_the_database_continue_the_numbering(delivered):
    rows = delivered("health.settlements", tiny_province.HISTORY, fetch_rows=10)
    assert rows["_position"].to_pylist() == list(range(1, rows.num_rows + 1))
    assert rows["_position"].num_chunks > 1


@pytest.mark.parametrize("name", [name for name, dataset in DATASETS.items() if dataset.source.kind == "file_drop"])
def test_the_history_of_files_comes_in_parts(name, delivered):
    assert len(delivered(name, tiny_province.HISTORY)["_source"].unique()) == 3


def test_the_clerk_finds_the_row_in_the_sheet(delivered, province):
    """By the number the spreadsheet shows beside it."""
    rows = delivered("hr.public_welfare_posts", tiny_province.HISTORY)
    folder = province / "agencies" / "hr" / "root" / "outbox" / "public_welfare_posts"
    for place in rows.to_pylist()[::7]:
        sheet = CalamineWorkbook.from_path(folder / place["_source"]).get_sheet_by_index(0)
        assert place["补贴编号"] in list(sheet.iter_rows())[place["_position"] - 1]


def test_every_dataset_of_a_sender_is_in_one_numbered_series(delivered, province):
    packages = [read_header(file.read_bytes()) for file in sorted((province / "agencies/police/drop").iterdir())]
    assert [header["sequence"] for header in packages] == list(range(1, len(packages) + 1))
    police = {name for name in ALL if name.startswith("police.")}
    for day in ("2026-06-29", "2026-06-30"):
        assert sorted(h["dataset"] for h in packages if h.get("last_of") == day) == sorted(police)


def test_a_week_of_a_weekly_series_can_be_read_alone(delivered, feed):
    week = Interval.parse("2026-06-22", "2026-06-29")
    changed = feed("police.vehicles")["changed_at"].to_pylist()
    expected = sum(week.start <= at < week.end for at in changed)
    assert delivered("police.vehicles", week).num_rows == expected > 0
