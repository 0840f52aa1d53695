"""A reading that broke off goes on where it was, and ends like one that nothing disturbed."""

import multiprocessing
import signal
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hedui import shelves
from hedui.landing import Enough
from hedui.ledger.tables import Batch, Reading
from hedui.model.contract import Dataset
from hedui.model.errors import AgencyUnavailable, DeliveryBroken
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.pipeline import extracting, reading
from hedui.pipeline.bookmarks import Bookmark, Progress
from hedui.pipeline.housekeeping import housekeep
from hedui.pipeline.stores import Stores
from hedui.settings import Settings
from tests.histories import dataset
from tests.pipeline.dying_agency import RECORDS, Agency, Killed, attempt, attempt_in_process, killed, unavailable
from tests.pipeline.sites import HISTORY, Province

_DAYS = iter(range(10_000))


@pytest.fixture
def things() -> Dataset:
    return dataset()


@pytest.fixture
def only_things(things: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Housekeeping knows nothing else."""
    monkeypatch.setattr(shelves, "datasets", lambda: {things.full_name: things})


def some_day() -> Interval:
    """Another one each time."""
    start = datetime(2026, 1, 1, tzinfo=PROVINCE_TIME) + timedelta(days=next(_DAYS))
    return Interval(start, start + timedelta(days=1))


def landed(stores: Stores, things: Dataset, name: str) -> pa.Table:
    return pa.Table.from_batches(stores.landing(things).read(name))


def told(stores: Stores, name: str) -> Batch:
    with stores.ledger.session() as session:
        return session.get_one(Batch, name)


def readings(stores: Stores) -> list[Reading]:
    with stores.ledger.session() as session:
        return list(session.scalars(sa.select(Reading)))


def files(stores: Stores, things: Dataset) -> list[str]:
    return sorted(file.name for file in (stores.settings.landing / things.table).glob("*"))


def batches(stores: Stores) -> list[Batch]:
    with stores.ledger.session() as session:
        return list(session.scalars(sa.select(Batch)))


def undisturbed(stores: Stores, things: Dataset) -> tuple[bytes, int, pa.Table]:
    name = attempt(stores, Agency(), some_day(), things, rows=10_000)
    batch = told(stores, name)
    return batch.digest, batch.pulled, landed(stores, things, name)


def test_a_delivery_that_fits_one_segment_is_one_file_and_leaves_no_trace(stores: Stores, things: Dataset) -> None:
    name = attempt(stores, Agency(), some_day(), things, rows=10_000)
    assert files(stores, things) == [f"{name}.key", f"{name}.parquet"]
    assert readings(stores) == []


def test_wherever_an_attempt_dies_the_next_ends_the_same(stores: Stores, things: Dataset) -> None:
    """Every place on the way once: each page, each segment before and after it is kept and noted, the ledger."""
    whole, steps = undisturbed(stores, things), 0
    for steps in range(1000):
        agency, day = Agency(steps=steps), some_day()
        try:
            name = attempt(stores, agency, day, things)
            break  # it lived longer than so many steps
        except Killed:
            name = attempt(stores, agency, day, things)
        batch = told(stores, name)
        assert (batch.digest, batch.pulled) == whole[:2], steps
        assert landed(stores, things, name).equals(whole[2]), steps
        assert readings(stores) == []
        assert stores.landing(things).names() == {batch.id for batch in batches(stores)}
    assert steps > 24 + 6 * 4  # pages, and what is done for each segment


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    attempts=st.lists(st.tuples(st.integers(0, 40), st.sampled_from([killed, unavailable])), max_size=6),
    every=st.integers(1, 6),
    rows=st.integers(1, 60),
)
def test_whatever_the_history_of_attempts_the_landed_content_is_the_same(
    stores: Stores,
    things: Dataset,
    attempts: list[tuple[int, object]],
    every: int,
    rows: int,
) -> None:
    agency, day, name = Agency(positions=lambda page: page % every == 0), some_day(), None
    for steps, dies in [*attempts, (1000, killed)]:
        agency.steps, agency.dies = steps, dies
        try:
            name = attempt(stores, agency, day, things, rows)
        except (Killed, AgencyUnavailable):
            continue
    assert name is not None
    batch, whole = told(stores, name), undisturbed(stores, things)
    assert (batch.digest, batch.pulled) == whole[:2]
    assert landed(stores, things, name).equals(whole[2])
    assert readings(stores) == []
    assert [b.id for b in batches(stores) if b.interval_start == day.start] == [name]


def test_a_process_that_was_killed_outright_is_gone_on_with(
    settings: Settings, stores: Stores, things: Dataset
) -> None:
    whole, day = undisturbed(stores, things), some_day()
    for steps in (6, 30, 1):  # in the first segment, in the fourth, at the first page after them
        server = multiprocessing.get_context("forkserver")
        run = server.Process(target=attempt_in_process, args=(settings, day, steps))
        run.start()
        run.join(timeout=120)
        assert run.exitcode == -signal.SIGKILL
    agency = Agency()
    name = attempt(stores, agency, day, things)
    assert agency.asked_after != [None]
    assert agency.pages_given < RECORDS // 5
    assert (told(stores, name).digest, told(stores, name).pulled) == whole[:2]
    assert landed(stores, things, name).equals(whole[2])


def test_what_an_agency_gave_before_it_failed_is_not_asked_for_again(stores: Stores, things: Dataset) -> None:
    agency, day = Agency(steps=3, dies=unavailable), some_day()
    with pytest.raises(AgencyUnavailable):
        attempt(stores, agency, day, things, rows=10_000)
    attempt(stores, agency, day, things, rows=10_000)
    assert agency.asked_after == [None, "behind record 15"]
    assert agency.pages_given == RECORDS // 5


def begun(stores: Stores, things: Dataset, day: Interval) -> Agency:
    """Two segments of 20 records are landed, and the agency is well again."""
    agency = Agency(steps=20)
    with pytest.raises(Killed):
        attempt(stores, agency, day, things)
    (reading,) = readings(stores)
    assert (reading.segments, reading.rows) == (2, 40)
    agency.asked_after.clear()
    return agency


def test_the_place_stands_sealed(stores: Stores, things: Dataset) -> None:
    begun(stores, things, some_day())
    (reading,) = readings(stores)
    assert b"record" not in reading.position


def test_a_damaged_segment_means_to_begin_anew(stores: Stores, things: Dataset) -> None:
    day = some_day()
    agency = begun(stores, things, day)
    for file in (stores.settings.landing / things.table).glob("*~2.parquet"):
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    name = attempt(stores, agency, day, things)
    assert agency.asked_after == [None]
    assert told(stores, name).digest == undisturbed(stores, things)[0]


def test_a_place_that_the_agency_no_longer_knows_means_to_begin_anew(stores: Stores, things: Dataset) -> None:
    day = some_day()
    agency = begun(stores, things, day)

    def no_such_place() -> None:
        raise DeliveryBroken("agency.things", "there is no such place", "Ask")

    agency.steps, agency.dies = 0, no_such_place
    name = attempt(stores, agency, day, things)
    assert agency.asked_after == ["behind record 40", None]
    assert told(stores, name).digest == undisturbed(stores, things)[0]


def test_a_delivery_that_contradicts_itself_is_not_gone_on_with(stores: Stores, things: Dataset) -> None:
    def contradicts() -> None:
        raise DeliveryBroken("agency.things", "the digest differs", "Ask")

    agency = Agency(steps=20, dies=contradicts)
    with pytest.raises(DeliveryBroken):
        attempt(stores, agency, some_day(), things)
    assert (readings(stores), files(stores, things)) == ([], [])


@pytest.mark.parametrize("changed", ["version", "column", "reach"])
def test_another_contract_or_reach_means_to_begin_anew(
    stores: Stores, things: Dataset, changed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = some_day()
    agency = begun(stores, things, day)
    monkeypatch.setattr(extracting, "admitted", lambda stores, dataset, interval: dataset)
    if changed == "version":
        things = things.model_copy(update={"version": 2})
    elif changed == "column":
        fields = {**things.fields, "again": things.fields["value"].model_copy(update={"source": "person"})}
        things = things.model_copy(update={"fields": {n: f for n, f in fields.items() if n != "value"}})
    else:
        longer = Interval(day.start - timedelta(days=1), day.end)
        monkeypatch.setattr(extracting, "asked", lambda stores, dataset, interval: longer)
    name = attempt(stores, agency, day, things)
    assert agency.asked_after == [None]
    assert landed(stores, things, name).num_rows == RECORDS
    assert stores.landing(things).names() == {name}
    assert told(stores, name).read_from == (day.start - timedelta(days=1) if changed == "reach" else None)


def test_a_reading_belongs_to_its_interval(stores: Stores, things: Dataset) -> None:
    agency = begun(stores, things, some_day())
    attempt(stores, agency, some_day(), things)
    assert agency.asked_after == [None]
    assert len(readings(stores)) == 1


@pytest.mark.usefixtures("only_things")
def test_what_nobody_goes_on_with_for_a_day_is_deleted(stores: Stores, things: Dataset) -> None:
    begun(stores, things, some_day())
    housekeep(stores, ["landing"], None, dry_run=False)
    assert len(readings(stores)) == 1
    with stores.ledger.session() as session:
        session.execute(sa.update(Reading).values(changed_at=datetime.now(UTC) - timedelta(hours=25)))
    housekeep(stores, ["landing"], None, dry_run=False)
    assert (readings(stores), files(stores, things)) == ([], [])


@pytest.mark.usefixtures("only_things")
def test_housekeeping_deletes_all_segments_of_a_batch(stores: Stores, things: Dataset) -> None:
    name = attempt(stores, Agency(), some_day(), things)
    assert len(files(stores, things)) == 14
    with stores.ledger.session() as session:
        session.get_one(Batch, name).state = "rejected"
    (gone,) = housekeep(stores, ["landing"], datetime.now(UTC) + timedelta(days=3), dry_run=False)
    assert (gone.count, gone.freed_bytes > 0) == (1, True)
    assert files(stores, things) == []


def test_an_agency_hears_that_its_delivery_is_safe_each_time_it_comes(stores: Stores, things: Dataset) -> None:
    agency, day = Agency(), some_day()
    assert attempt(stores, agency, day, things) == attempt(stores, agency, day, things)
    assert agency.handed_back == [day, day]


def test_a_delivery_that_cannot_be_put_away_is_landed_all_the_same(
    stores: Stores, things: Dataset, caplog: pytest.LogCaptureFixture
) -> None:
    agency, day = Agency(), some_day()

    def fails(interval: Interval) -> None:
        raise ValueError("620102194503120015")

    agency.handed_back = type("Full", (), {"append": staticmethod(fails)})()
    name = attempt(stores, agency, day, things)
    assert told(stores, name).state == "landed"
    assert "agency.things" in caplog.text and "could not be put away" in caplog.text
    assert "620102194503120015" not in caplog.text


def test_the_rows_of_another_interval_are_recognised(
    stores: Stores, things: Dataset, caplog: pytest.LogCaptureFixture
) -> None:
    first = attempt(stores, Agency(), some_day(), things)
    second = attempt(stores, Agency(), some_day(), things)
    assert (told(stores, first).repeats, told(stores, second).repeats) == (None, first)
    assert first in caplog.text
    empty = [attempt(stores, Agency(records=0), some_day(), things) for _ in range(2)]
    assert [told(stores, name).repeats for name in empty] == [None, None]


def test_the_form_of_a_delivery_is_noted_though_it_was_read_in_two_attempts(stores: Stores, things: Dataset) -> None:
    day = some_day()
    name = attempt(stores, begun(stores, things, day), day, things)
    alone = attempt(stores, Agency(), some_day(), things)
    assert told(stores, name).delivered == dict.fromkeys(["no", "person", "value", "updated"], "text")
    assert told(stores, name).fingerprint == told(stores, alone).fingerprint


def test_a_damaged_batch_of_several_segments_is_mended_when_it_comes_again(stores: Stores, things: Dataset) -> None:
    agency, day = Agency(), some_day()
    name = attempt(stores, agency, day, things)
    before = landed(stores, things, name)
    for file in (stores.settings.landing / things.table).glob("*~3.parquet"):
        file.unlink()
    assert attempt(stores, agency, day, things) == name
    assert landed(stores, things, name).equals(before)


@pytest.mark.parametrize(
    ("name", "interval", "smaller"),
    [
        ("civil_affairs.deaths", HISTORY, {"page_size": 10}),
        ("health.settlements", HISTORY, {"fetch_rows": 500}),
        ("hr.payroll", HISTORY, {}),
        ("police.dui_cases", Interval.parse("2026-01-01", "2026-06-30"), {}),
    ],
    ids=["rest", "database", "file_drop", "sealed_drop"],
)
def test_a_real_agency_is_gone_on_with_wherever_it_says_that_one_can(
    stores: Stores,
    lively_province: Province,
    name: str,
    interval: Interval,
    smaller: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = shelves.dataset(name)
    table = table.model_copy(update={"source": table.source.model_copy(update=smaller)})
    monkeypatch.setattr(reading, "_ENOUGH", Enough(rows=1))
    remember, written = Bookmark.remember, []

    def dies_at_every_second(bookmark: Bookmark, progress: Progress) -> None:
        remember(bookmark, progress)
        written.append(progress.segments)
        if len(written) % 2 == 0:
            raise Killed

    monkeypatch.setattr(Bookmark, "remember", dies_at_every_second)
    while True:
        try:
            batch = extracting.extract(stores, table, interval, lively_province.of(name))
            break
        except Killed:
            continue
    assert written == list(range(1, len(written) + 1))
    assert len(written) > 2
    monkeypatch.undo()
    # The same content, read in one go, is the same batch.
    assert extracting.extract(stores, table, interval, lively_province.of(name)) == batch
