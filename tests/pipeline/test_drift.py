"""A delivery changes its form: what the ledger, the warehouse and the agency's report make of it."""

from collections.abc import Callable, Iterator

import pyarrow as pa
import pytest
from pyarrow import csv

from connectors.base import Connector, Offer, Page, Wanted
from hedui import shelves
from hedui.model.contract import Dataset, DriftPolicy
from hedui.model.credentials import Credentials
from hedui.model.drift import Drift
from hedui.model.errors import AgencyUnavailable, SchemaDrift
from hedui.model.facts import BatchFacts
from hedui.model.interval import Interval
from hedui.pipeline import Pipeline, extracting

DEATHS = "civil_affairs.deaths"
MONDAY, TUESDAY, WEDNESDAY = (Interval.parse(f"2026-07-0{day}", f"2026-07-0{day + 1}") for day in (6, 7, 8))
Deliver = Callable[..., BatchFacts]


@pytest.fixture
def usual() -> pa.RecordBatch:
    """Ten good rows as the agency writes them."""
    sample = shelves.ROOT / "connectors" / "samples" / f"{DEATHS}.csv"
    text = csv.ConvertOptions(strings_can_be_null=True, default_column_type=pa.string())
    table = csv.read_csv(sample, convert_options=text)
    return table.combine_chunks().to_batches()[0]


@pytest.fixture
def deliver(settings, monkeypatch) -> Deliver:
    """Run one interval in which the agency gives these tables, under a contract with this policy."""

    def run(interval: Interval, *tables: pa.RecordBatch, breaks_off: bool = False, **policy: str) -> BatchFacts:
        class Scripted(Connector):
            def records(self, interval, after) -> Iterator[Page]:
                for number, table in enumerate(tables):
                    if number < int(after or 0):
                        continue
                    place = [pa.repeat(pa.scalar(f"part{number}"), len(table)), pa.array(range(1, len(table) + 1))]
                    names = [*table.schema.names, "_source", "_position"]
                    yield Page(pa.record_batch([*table.columns, *place], names), str(number + 1))
                    if breaks_off and after is None:
                        raise AgencyUnavailable(DEATHS, "the line broke off", "Try again")

            def steps(self) -> Iterator[str]:
                yield "it is there"

            def offer(self) -> Offer:
                return Offer(tables[0].schema)

        def scripted(dataset: Dataset, credentials: Credentials) -> Connector:
            changed = dataset.model_copy(update={"drift": DriftPolicy(**policy)})
            return Scripted(Wanted.of(changed), credentials)

        monkeypatch.setattr(extracting, "connector_for", scripted)
        with Pipeline.open(settings) as pipeline:
            return pipeline.run(DEATHS, interval, Credentials(conn_type="scripted"))

    return run


def with_column(rows: pa.RecordBatch, name: str) -> pa.RecordBatch:
    return rows.append_column(name, pa.array(["x"] * len(rows)))


def noted(settings) -> list[tuple[Interval, Drift]]:
    with Pipeline.open(settings) as pipeline:
        return [(facts.interval, facts.drift) for facts in pipeline.drifts()]


def test_a_new_column_is_an_event_in_ledger_and_report_and_the_rows_are_loaded(deliver, settings, usual):
    deliver(MONDAY, usual.slice(0, 5))
    batch = deliver(TUESDAY, with_column(usual.slice(5), "cause"))
    assert (batch.state, batch.loaded) == ("loaded", 5)
    assert noted(settings) == [(TUESDAY, Drift("new_column", "cause", "ignore"))]
    report = (settings.reports / shelves.dataset(DEATHS).table / batch.batch / "report.zh.html").read_text("utf-8")
    assert "新增列“cause”" in report
    deliver(WEDNESDAY, with_column(usual, "cause"))
    assert len(noted(settings)) == 1


def test_what_stops_a_delivery_leaves_an_event_and_nothing_else(deliver, settings, usual):
    for _ in range(2):
        with pytest.raises(SchemaDrift, match="lacks the column status"):
            deliver(MONDAY, usual.drop_columns(["status"]))
    with Pipeline.open(settings) as pipeline:
        assert pipeline.batches() == []
    assert noted(settings) == [(MONDAY, Drift("missing_column", "status", "freeze"))]


def test_rows_of_the_changed_part_are_held_back_and_the_others_loaded(deliver, settings, usual):
    batch = deliver(MONDAY, usual.slice(0, 5), usual.slice(5).drop_columns(["status"]), missing_columns="quarantine")
    assert (batch.state, batch.pulled, batch.loaded, batch.quarantined) == ("loaded", 10, 5, 5)
    report = (settings.reports / shelves.dataset(DEATHS).table / batch.batch / "report.en.html").read_text("utf-8")
    assert "The form changed: the column status is missing" in report


def test_a_form_that_was_held_back_is_held_back_again(deliver, usual):
    deliver(MONDAY, usual.slice(0, 2))
    for interval in (TUESDAY, WEDNESDAY):
        batch = deliver(interval, with_column(usual.slice(2), "cause"), new_columns="quarantine")
        assert (batch.loaded, batch.quarantined) == (0, 8)
    batch = deliver(Interval.parse("2026-07-09", "2026-07-10"), usual, new_columns="quarantine")
    assert batch.quarantined == 0


def test_the_same_rows_in_another_form_are_the_same_delivery(deliver, usual):
    first = deliver(MONDAY, usual)
    again = deliver(MONDAY, with_column(usual, "cause"))
    assert again.batch == first.batch


def test_a_change_is_noted_once_though_reading_broke_off_behind_it(deliver, settings, usual):
    deliver(MONDAY, usual)
    parts = [with_column(part, "cause") for part in (usual.slice(0, 5), usual.slice(5))]
    with pytest.raises(AgencyUnavailable):
        deliver(TUESDAY, *parts, breaks_off=True)
    assert deliver(TUESDAY, *parts, breaks_off=True).pulled == 10
    assert noted(settings) == [(TUESDAY, Drift("new_column", "cause", "ignore"))]


def test_rows_that_were_held_back_for_their_form_are_loaded_when_they_come_in_the_right_one(deliver, usual):
    deliver(MONDAY, usual.slice(0, 2))
    wrong = deliver(TUESDAY, with_column(usual.slice(2), "cause"), new_columns="quarantine")
    assert deliver(TUESDAY, with_column(usual.slice(2), "cause"), new_columns="quarantine").batch == wrong.batch
    right = deliver(TUESDAY, usual.slice(2), new_columns="quarantine")
    assert (wrong.quarantined, right.quarantined, right.loaded) == (8, 0, 8)


@pytest.mark.parametrize("name", ["amount, yuan", "a:b", 'a\n"b"', "nul\0", "long" * 1000])
def test_rows_are_held_back_whatever_the_new_column_is_called(name, deliver, usual):
    deliver(MONDAY, usual.slice(0, 2))
    batch = deliver(TUESDAY, with_column(usual.slice(2), name), new_columns="quarantine")
    assert (batch.state, batch.quarantined) == ("loaded", 8)
