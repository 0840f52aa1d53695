"""What an agency holds arrives unchanged, once, in its order, by each way of delivery."""

from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from connectors import connector_for
from hedui.model.contract import Dataset
from hedui.model.credentials import Credentials
from hedui.model.interval import Interval
from tests.connectors import tiny_province

ALL = ["civil_affairs.deaths", "health.settlements", "hr.public_employees", "police.dui_cases"]
BY_CHANGE = ["civil_affairs.deaths", "health.settlements"]  # the others deliver whole days


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


def as_sent(rows: pa.Table, feed: pa.Table) -> pa.Table:
    """Native values in the form of the feed, so that the two compare."""
    columns = {}
    for name in feed.drop_columns("changed_at").column_names:
        column = rows[name]
        at = pa.types.is_timestamp(column.type)
        columns[name] = feed[name] if at and column.equals(feed["changed_at"]) else column.cast(pa.string())
    return pa.table(columns)


@pytest.mark.parametrize("name", ALL)
def test_history_and_day_together_are_exactly_the_feed_in_its_order(name, delivered, feed):
    rows = pa.concat_tables([delivered(name, tiny_province.HISTORY), delivered(name, tiny_province.DAILY)])
    whole = feed(name)
    assert as_sent(rows, whole).to_pylist() == whole.drop_columns("changed_at").to_pylist()


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
def test_each_row_says_where_it_stands(name, delivered):
    rows = delivered(name, tiny_province.HISTORY)
    places = list(zip(rows["_source"].to_pylist(), rows["_position"].to_pylist(), strict=True))
    assert len(set(places)) == rows.num_rows
    assert min(position for _, position in places) == 1
    assert rows.schema.field("_source").type == pa.string()
    assert rows.schema.field("_position").type == pa.int64()


@pytest.mark.parametrize("name", ALL)
def test_no_column_beyond_the_contract_leaves_the_connector(name, delivered, contracts):
    promised = [f.source for f in contracts[name].fields.values()]
    assert delivered(name, tiny_province.DAILY).column_names == [*promised, "_source", "_position"]


def test_many_pages_survive_a_busy_gateway(delivered):
    """Two rows to a page: the gateway answers 429 and 503 several times in between."""
    small = delivered("civil_affairs.deaths", tiny_province.DAILY, page_size=1)
    large = delivered("civil_affairs.deaths", tiny_province.DAILY)
    assert small.equals(large)


def test_batches_of_the_database_continue_the_numbering(delivered):
    rows = delivered("health.settlements", tiny_province.HISTORY, fetch_rows=10)
    assert rows["_position"].to_pylist() == list(range(1, rows.num_rows + 1))
    assert rows["_position"].num_chunks > 1


def test_the_history_of_files_comes_in_parts(delivered):
    assert len(delivered("hr.public_employees", tiny_province.HISTORY)["_source"].unique()) == 3
