"""Which deliveries are due, which came in time, and who is told of those that did not."""

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_bytes

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import SecretStr

from hedui import shelves, working_days
from hedui.ledger.tables import AuditEntry, Batch, ContractVersion, Overdue, Pause
from hedui.model.channels import SealedChannel
from hedui.model.contract import Dataset, Due
from hedui.model.credentials import Credentials
from hedui.model.errors import AgencyUnavailable
from hedui.model.facts import DueFacts
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.pipeline import Pipeline
from hedui.pipeline.delivering import deliveries
from hedui.pipeline.freshness import due
from hedui.pipeline.pausing import PAUSED, RESUMED
from hedui.pipeline.reminding import by_channel, tell_missing
from hedui.pipeline.stores import Stores
from hedui.reports.letters import of_missing

DEATHS = "civil_affairs.deaths"
CONTRACT = shelves.dataset(DEATHS)


def at(day: int, hour: int = 0, month: int = 7) -> datetime:
    """In July of 2026, whose first day is a Wednesday."""
    return datetime(2026, month, day, hour, tzinfo=PROVINCE_TIME)


def days(first: int, after: int) -> Interval:
    return Interval(at(first), at(after))


@pytest.fixture(autouse=True)
def shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    """One dataset alone, each day's delivery due on the working day after, at ten."""
    schedule = CONTRACT.schedule.model_copy(update={"due": Due(working_days=1, at="10:00")})
    shelf: dict[str, Dataset] = {DEATHS: CONTRACT.model_copy(update={"schedule": schedule})}
    monkeypatch.setattr(shelves, "datasets", lambda: shelf)


@pytest.fixture
def asked_since_june(stores: Stores) -> Iterator[Stores]:
    with stores.ledger.session() as session:
        session.add(ContractVersion(dataset=DEATHS, version=1, body={}, first_used_at=at(1, month=6)))
    yield stores


def came(stores: Stores, interval: Interval, received_at: datetime, state: str = "loaded") -> None:
    with stores.ledger.session() as session:
        batch = Batch(
            id=f"deaths-{received_at:%m%d%H}-{token_bytes(4).hex()}",
            dataset=DEATHS,
            interval_start=interval.start,
            interval_end=interval.end,
            sequence=1,
            digest=token_bytes(32),
            contract_version=1,
            received_at=received_at,
            state=state,
            pulled=1,
        )
        session.add(batch)


def said(stores: Stores, action: str, moment: datetime, **detail: str) -> None:
    with stores.ledger.session() as session:
        session.add(AuditEntry(at=moment, action=action, detail=detail, previous_hash=b"", entry_hash=token_bytes(32)))


def states(stores: Stores, now: datetime, back: int = 31) -> dict[str, str]:
    return {str(facts.interval): facts.state for facts in due(stores, back, now)}


def of_day(stores: Stores, day: int, now: datetime) -> DueFacts:
    [found] = [facts for facts in due(stores, 31, now) if facts.interval == days(day, day + 1)]
    return found


def test_a_delivery_is_awaited_until_it_is_due_and_missing_from_then_on(asked_since_june: Stores) -> None:
    """The interval of Wednesday ends with Thursday's first moment and is due on Friday."""
    assert of_day(asked_since_june, 1, at(3, 9)).state == "awaited"
    assert of_day(asked_since_june, 1, at(3, 10)).state == "missing"
    assert of_day(asked_since_june, 1, at(3, 9)).due_at == at(3, 10)


def test_what_came_by_then_is_in_time_and_what_came_later_is_late(asked_since_june: Stores) -> None:
    came(asked_since_june, days(1, 2), at(2, 1))
    came(asked_since_june, days(2, 3), at(6, 11))
    assert of_day(asked_since_june, 1, at(7)).state == "in time"
    assert of_day(asked_since_june, 2, at(7)).state == "late"
    assert of_day(asked_since_june, 2, at(7)).received_at == at(6, 11)


def test_a_rejected_batch_was_there_in_time(asked_since_june: Stores) -> None:
    came(asked_since_june, days(1, 2), at(2, 1), state="rejected")
    assert of_day(asked_since_june, 1, at(7)).state == "in time"


def test_a_second_delivery_of_an_interval_makes_nothing_late(asked_since_june: Stores) -> None:
    came(asked_since_june, days(1, 2), at(20))
    came(asked_since_june, days(1, 2), at(2, 1))
    assert of_day(asked_since_june, 1, at(21)).received_at == at(2, 1)


@pytest.mark.parametrize("stated", ["", "2098-01-01,no\n"])
def test_in_a_year_without_known_holidays_deliveries_are_due_on_weekdays_and_engineers_are_told_a_month_before(
    asked_since_june: Stores,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    stated: str,
) -> None:
    """31 December 2097 is a Tuesday. The first of January is free where the site says so."""
    working_days._say_unknown.cache_clear()
    (tmp_path / "calendar.csv").write_text(f"day,working\n2097-10-01,no\n{stated}", encoding="utf-8")
    monkeypatch.setenv("HEDUI_HOLIDAYS", str(tmp_path / "calendar.csv"))
    due(asked_since_june, 1, datetime(2097, 11, 28, tzinfo=PROVINCE_TIME))
    assert caplog.messages == []
    for _ in range(2):
        due(asked_since_june, 1, datetime(2097, 12, 2, tzinfo=PROVINCE_TIME))
    assert [message.partition(" are ")[0] for message in caplog.messages] == [
        "The holidays of 2098" for _ in range(not stated)
    ]
    january = due(asked_since_june, 6, datetime(2098, 1, 6, 12, tzinfo=PROVINCE_TIME))
    moments = {str(facts.interval): f"{facts.due_at:%m-%d %H:%M}" for facts in january}
    assert moments["2097-12-30..2097-12-31"] == ("01-02 10:00" if stated else "01-01 10:00")
    assert moments["2098-01-02..2098-01-03"] == moments["2098-01-04..2098-01-05"] == "01-06 10:00"


def test_a_delivery_of_several_days_is_one_of_each(asked_since_june: Stores) -> None:
    came(asked_since_june, days(1, 4), at(4))
    found = states(asked_since_june, at(6), back=3)
    assert found == {
        "2026-07-01..2026-07-02": "late",  # it was due on Friday at ten
        "2026-07-02..2026-07-03": "in time",
        "2026-07-03..2026-07-04": "in time",
        "2026-07-04..2026-07-05": "awaited",
        "2026-07-05..2026-07-06": "awaited",
        "2026-07-06..2026-07-07": "awaited",
    }


def test_a_part_of_an_interval_is_not_the_delivery(asked_since_june: Stores) -> None:
    came(asked_since_june, Interval(at(1), at(1, 12)), at(1, 13))
    assert of_day(asked_since_june, 1, at(7)).state == "missing"


def test_nothing_is_due_before_the_dataset_was_first_asked_for(stores: Stores) -> None:
    assert states(stores, at(20)) == {}
    with stores.ledger.session() as session:
        session.add(ContractVersion(dataset=DEATHS, version=1, body={}, first_used_at=at(16, 12)))
    came(stores, Interval(at(1, month=1), at(1)), at(16, 12))  # the history
    assert next(iter(states(stores, at(20, 12)).items())) == ("2026-07-15..2026-07-16", "missing")


def test_a_dataset_without_due_time_is_never_late(asked_since_june: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "datasets", lambda: {DEATHS: _undated()})
    assert due(asked_since_june, 31, at(20)) == []
    assert tell_missing(asked_since_june, _refuse, (_undated(), days(1, 2)), at(20)) == []


def _undated() -> Dataset:
    return CONTRACT.model_copy(update={"schedule": CONTRACT.schedule.model_copy(update={"due": None})})


def _refuse(facts: DueFacts) -> None:
    raise AssertionError(facts)


def test_an_agency_from_which_nothing_was_pulled_is_not_late_and_it_is_said_why(asked_since_june: Stores) -> None:
    said(asked_since_june, PAUSED, at(2, 8), agency="civil_affairs", reason="moving house")
    said(asked_since_june, RESUMED, at(7), agency="civil_affairs")
    came(asked_since_june, days(1, 2), at(8))
    first = of_day(asked_since_june, 1, at(9))
    assert (first.state, first.pause, first.received_at) == ("paused", "moving house", at(8))


def test_what_fell_due_during_a_pause_is_due_anew_once_it_has_ended(asked_since_june: Stores) -> None:
    """The pause ends on Tuesday, so what it kept back is due on Wednesday, with the delivery of Monday."""
    said(asked_since_june, PAUSED, at(2, 8), agency="civil_affairs", reason="moving house")
    assert of_day(asked_since_june, 1, at(3, 11)).state == "paused"
    said(asked_since_june, RESUMED, at(7, 15), agency="civil_affairs")
    came(asked_since_june, days(4, 5), at(8, 11))
    waited, missing = of_day(asked_since_june, 1, at(7, 16)), of_day(asked_since_june, 1, at(8, 11))
    assert (waited.state, waited.due_at, waited.pause) == ("awaited", at(8, 10), "moving house")
    assert (missing.state, missing.due_at) == ("missing", at(8, 10))
    assert of_day(asked_since_june, 4, at(8, 12)).state == "late"
    assert of_day(asked_since_june, 7, at(8, 12)).due_at == at(9, 10)  # its interval ended after the pause


def test_a_pause_within_the_time_that_was_left_moves_nothing(asked_since_june: Stores) -> None:
    said(asked_since_june, PAUSED, at(2, 8), agency="civil_affairs", reason="a new disk")
    said(asked_since_june, RESUMED, at(2, 9), agency="civil_affairs")
    came(asked_since_june, days(1, 2), at(3, 11))
    assert (of_day(asked_since_june, 1, at(4)).state, of_day(asked_since_june, 1, at(4)).due_at) == ("late", at(3, 10))


def test_of_two_pauses_in_a_row_the_second_counts_as_well(asked_since_june: Stores) -> None:
    for action, moment in ((PAUSED, at(2, 8)), (RESUMED, at(6, 9)), (PAUSED, at(6, 18)), (RESUMED, at(9, 9))):
        said(asked_since_june, action, moment, agency="civil_affairs", reason="moving house")
    assert of_day(asked_since_june, 1, at(9, 12)).due_at == at(10, 10)
    assert of_day(asked_since_june, 1, at(10, 11)).state == "missing"


def test_after_a_long_pause_what_is_still_missing_is_told_once_by_one_letter(asked_since_june: Stores) -> None:
    with asked_since_june.ledger.session() as session:
        session.add(Pause(agency="civil_affairs", since=at(2, 8), reason="moving house"))
    said(asked_since_june, PAUSED, at(2, 8), agency="civil_affairs", reason="moving house")
    assert tell_missing(asked_since_june, _refuse, now=at(20)) == []
    assert tell_missing(asked_since_june, _refuse, (shelves.dataset(DEATHS), days(1, 2)), at(20)) == []
    with asked_since_june.ledger.session() as session:
        session.execute(sa.delete(Pause))
    said(asked_since_june, RESUMED, at(27, 9), agency="civil_affairs")  # a Monday
    came(asked_since_june, days(26, 27), at(27, 12))
    assert tell_missing(asked_since_june, _refuse, now=at(28, 9)) == []
    told: list[DueFacts] = []
    assert tell_missing(asked_since_june, told.append, now=at(28, 10)) == told
    assert [(str(facts.interval), facts.due_at) for facts in told] == [("2026-06-30..2026-07-26", at(28, 10))]
    assert tell_missing(asked_since_june, _refuse, now=at(28, 11)) == []
    assert {f.told_at for f in due(asked_since_june, 3, at(28, 11)) if f.state == "missing"} == {at(28, 10)}


def test_what_was_due_before_a_pause_is_not_told_during_it(asked_since_june: Stores) -> None:
    Pipeline(asked_since_june).pause("civil_affairs", "moving house")
    one = shelves.dataset(DEATHS), days(1, 2)
    assert of_day(asked_since_june, 1, at(3, 10)).state == "missing"
    assert tell_missing(asked_since_june, _refuse, one, at(3, 10)) == []
    Pipeline(asked_since_june).resume("civil_affairs")
    assert len(tell_missing(asked_since_june, lambda _: None, one, at(4, 10))) == 1


def test_a_pause_of_which_nobody_has_said_the_end_goes_on(asked_since_june: Stores) -> None:
    said(asked_since_june, PAUSED, at(2, 8), agency="civil_affairs", reason="moving house")
    said(asked_since_june, PAUSED, at(4), agency="civil_affairs", reason="still moving")
    said(asked_since_june, PAUSED, at(4), agency="hr", reason="another agency")
    assert {(f.state, f.pause) for f in due(asked_since_june, 5, at(15))} == {
        ("paused", "still moving"),
        ("awaited", "still moving"),
    }
    assert tell_missing(asked_since_june, _refuse, now=at(15)) == []


def test_of_a_weekend_one_letter_speaks(asked_since_june: Stores) -> None:
    """The deliveries of Thursday, Friday and Saturday end on days up to Sunday, and are due on Monday at ten."""
    came(asked_since_june, days(1, 2), at(2, 1))
    told: list[DueFacts] = []
    tell_missing(asked_since_june, told.append, (shelves.dataset(DEATHS), days(3, 4)), at(6, 10))
    tell_missing(asked_since_june, told.append, (shelves.dataset(DEATHS), days(2, 3)), at(6, 10))
    assert [str(facts.interval) for facts in told] == ["2026-07-02..2026-07-05"]


def test_a_missing_delivery_is_told_once(asked_since_june: Stores) -> None:
    for day in range(25):
        came(asked_since_june, Interval(at(day + 5, month=6), at(day + 6, month=6)), at(day + 6, 1, month=6))
    told: list[DueFacts] = []
    assert tell_missing(asked_since_june, told.append, now=at(2, 9)) == []
    assert tell_missing(asked_since_june, told.append, now=at(2, 10)) == told
    [facts] = told
    assert (facts.dataset, str(facts.interval), facts.due_at) == (DEATHS, "2026-06-30..2026-07-01", at(2, 10))
    assert tell_missing(asked_since_june, _refuse, now=at(2, 11)) == []
    [told_at] = {f.told_at for f in due(asked_since_june, 3, at(2, 11))} - {None}
    assert told_at == at(2, 10)


def test_once_it_has_come_it_is_late_and_nobody_is_told_anything(asked_since_june: Stores) -> None:
    expected = shelves.dataset(DEATHS), days(1, 2)
    came(asked_since_june, days(1, 2), at(3, 11))
    assert tell_missing(asked_since_june, _refuse, expected, at(3, 12)) == []
    assert of_day(asked_since_june, 1, at(3, 12)).state == "late"


def test_what_could_not_be_told_is_told_the_next_time(asked_since_june: Stores) -> None:
    expected, told = (shelves.dataset(DEATHS), days(1, 2)), []  # type: tuple[tuple[Dataset, Interval], list[DueFacts]]
    with pytest.raises(AssertionError):
        tell_missing(asked_since_june, _refuse, expected, at(3, 10))
    assert tell_missing(asked_since_june, told.append, expected, at(3, 11)) == told != []


def test_an_agency_that_cannot_be_told_keeps_no_other_from_being_told(
    asked_since_june: Stores, caplog: pytest.LogCaptureFixture
) -> None:
    told, away = list[DueFacts](), [days(1, 2), days(2, 5)]

    def tell(facts: DueFacts) -> None:
        if facts.interval in away:
            raise AgencyUnavailable("civil_affairs", f"no answer about {facts.interval}", "Try again")
        told.append(facts)

    with pytest.raises(AgencyUnavailable, match="about 2026-07-01"):
        tell_missing(asked_since_june, tell, now=at(7, 10))
    assert [str(facts.interval) for facts in told][-1] == "2026-07-05..2026-07-06"
    assert "no answer about 2026-07-02..2026-07-05" in caplog.text  # the next turn tells of both
    first, second = tell_missing(asked_since_june, lambda _: None, now=at(7, 11))
    assert [first.interval, second.interval] == away


def test_an_expected_delivery_is_told_of_though_the_agency_never_delivered_anything(stores: Stores) -> None:
    told: list[DueFacts] = []
    assert tell_missing(stores, told.append, now=at(3, 10)) == []
    tell_missing(stores, told.append, (shelves.dataset(DEATHS), days(1, 2)), at(3, 10))
    assert [str(facts.interval) for facts in told] == ["2026-07-01..2026-07-02"]
    assert states(stores, at(3, 11)) == {"2026-07-01..2026-07-02": "missing"}  # now it is known to be waited for


def test_what_was_due_long_ago_is_listed_and_told_to_nobody(asked_since_june: Stores) -> None:
    long_after = at(3, 10) + timedelta(days=7)
    expected = shelves.dataset(DEATHS), days(1, 2)
    assert tell_missing(asked_since_june, _refuse, expected, long_after) == []
    assert of_day(asked_since_june, 1, long_after).state == "missing"
    assert all(f.due_at > at(3, 10) for f in tell_missing(asked_since_june, lambda _: None, now=long_after))


def test_engineers_are_told_what_and_whom_to_call(asked_since_june: Stores, caplog: pytest.LogCaptureFixture) -> None:
    tell_missing(asked_since_june, lambda _: None, (shelves.dataset(DEATHS), days(1, 2)), at(3, 10))
    office = shelves.agencies()["civil_affairs"].office
    [told] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert told.getMessage().startswith(
        f"{DEATHS}: the delivery for 2026-07-01..2026-07-02 was due at 2026-07-03 10:00 and is not here"
    )
    assert office.telephone in told.getMessage()


def test_what_was_told_stays_in_the_ledger(asked_since_june: Stores) -> None:
    tell_missing(asked_since_june, lambda _: None, (shelves.dataset(DEATHS), days(1, 2)), at(3, 10))
    with asked_since_june.ledger.session() as session:
        [kept] = session.query(Overdue).all()
    assert (kept.dataset, kept.due_at, kept.told_at) == (DEATHS, at(3, 10), at(3, 10))


def test_the_agency_is_told_by_the_channel_of_its_contract(
    asked_since_june: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = SealedChannel(kind="sealed", connection="reports", folder="reports")
    agency = shelves.agencies()["civil_affairs"].model_copy(update={"report_channel": channel})
    monkeypatch.setattr(shelves, "agencies", lambda: {"civil_affairs": agency})
    key = base64.b64encode(X25519PrivateKey.generate().public_key().public_bytes_raw()).decode()
    known = {"reports": Credentials(conn_type="", extra={"report_public_key": SecretStr(key)})}
    tell = by_channel(asked_since_june, known.__getitem__)
    assert tell_missing(asked_since_june, tell, (shelves.dataset(DEATHS), days(1, 2)), at(3, 10))
    [delivery] = deliveries(asked_since_june)
    assert (delivery.agency, delivery.channel) == ("civil_affairs", "sealed")


@pytest.mark.parametrize(
    ("language", "says"),
    [
        (
            "zh",
            ["死亡火化登记（2026-07-01）应于 2026-07-03 10:00 前提供，至今没有收到。", "请尽快提供", "8000001"],
        ),
        ("en", ["(2026-07-01) was due by 2026-07-03 10:00 and has not been received.", "8000001"]),
    ],
)
def test_the_letter_says_what_is_missing_since_when_what_to_do_and_whom_to_call(language: str, says: list[str]) -> None:
    missing = DueFacts(DEATHS, days(1, 2), at(3, 10), "missing")
    letter = of_missing(shelves.agencies()["civil_affairs"], shelves.dataset(DEATHS), missing)
    assert "2026-07-01" in letter.subject.in_(language)
    assert all(words in letter.text.in_(language) for words in says)
