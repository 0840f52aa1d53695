"""Which days count where something is due in working days."""

import logging
from datetime import date, datetime
from pathlib import Path

import pytest

from hedui import working_days
from hedui.model.contract import Due, Schedule
from hedui.model.errors import DeclarationInvalid
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.working_days import due_at, is_working_day, working_day_after
from hedui.working_days import working_days as days_between


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site's own calendar, empty."""
    file = tmp_path / "calendar.csv"
    file.write_text("day,working\n", encoding="utf-8")
    monkeypatch.setenv("HEDUI_HOLIDAYS", str(file))
    return file


def due(end: str, days: int, at: str = "10:00") -> datetime | None:
    schedule = Schedule(cron="0 0 * * *", due=Due(working_days=days, at=at))
    return due_at(schedule, Interval.parse("2026-01-01", end))


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=PROVINCE_TIME)


def test_on_an_ordinary_week_days_are_counted_from_the_intervals_end() -> None:
    assert due("2026-06-30", 0) == at("2026-06-30T10:00")
    assert due("2026-06-30", 1) == at("2026-07-01T10:00")
    assert due("2026-07-01", 5, "18:00") == at("2026-07-08T18:00")


def test_a_weekend_does_not_count() -> None:
    assert due("2026-07-03", 1) == due("2026-07-04", 1) == due("2026-07-05", 0) == at("2026-07-06T10:00")


def test_a_holiday_does_not_count() -> None:
    """The days off for National Day of 2026 are 1 to 7 October."""
    assert due("2026-10-01", 0) == due("2026-09-30", 1) == at("2026-10-08T10:00")


def test_a_weekend_that_is_worked_for_a_holiday_counts() -> None:
    """Saturday, 10 October 2026 makes up for a day off of National Day."""
    assert is_working_day(date(2026, 10, 10))
    assert due("2026-10-09", 1) == at("2026-10-10T10:00")


def test_without_a_due_time_nothing_is_ever_late() -> None:
    assert due_at(Schedule(cron="0 0 * * *"), Interval.parse("2026-06-29", "2026-06-30")) is None


def test_nothing_is_due_before_its_interval_has_ended() -> None:
    assert due("2026-06-30T18:00", 0) == at("2026-07-01T10:00")
    assert due("2026-06-30T09:00", 0) == at("2026-06-30T10:00")
    assert due("2026-06-30", 0, "00:00") == at("2026-07-01T00:00")


def test_the_clock_hangs_where_the_contract_says() -> None:
    schedule = Schedule(cron="0 0 * * *", timezone="UTC", due=Due(working_days=0, at="10:00"))
    moment = due_at(schedule, Interval.parse("2026-06-29", "2026-06-30"))
    assert moment == at("2026-06-30T18:00")  # there the interval ends on the 29th, at 16:00


def test_days_between_are_counted_with_both_ends() -> None:
    assert days_between(date(2026, 9, 29), date(2026, 10, 10)) == [
        date(2026, 9, 29),
        date(2026, 9, 30),
        date(2026, 10, 8),
        date(2026, 10, 9),
        date(2026, 10, 10),
    ]


def test_a_sites_own_day_goes_before_the_countrys(own: Path) -> None:
    """A province may give a day off of its own, or ask for one."""
    own.write_text("day,working\n2026-06-30,no\n2026-07-04, 是 \n", encoding="utf-8-sig")
    assert working_day_after(date(2026, 6, 30), 0) == date(2026, 7, 1)
    assert working_day_after(date(2026, 7, 3), 1) == date(2026, 7, 4)


def test_a_calendar_that_is_written_anew_counts_from_then_on(own: Path) -> None:
    assert is_working_day(date(2026, 6, 30))
    own.write_text("day,working\n2026-06-30,no\n", encoding="utf-8")
    assert not is_working_day(date(2026, 6, 30))


def test_a_year_that_nobody_knows_yet_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    working_days._say_unknown.cache_clear()
    with caplog.at_level(logging.WARNING):
        assert working_day_after(date(2098, 10, 3), 0) == date(2098, 10, 3)  # a Friday
        assert working_day_after(date(2098, 10, 4), 0) == date(2098, 10, 6)
    [told] = caplog.messages
    assert "The holidays of 2098 are not known here" in told and "HEDUI_HOLIDAYS" in told


def test_a_year_that_the_site_knows_is_no_surprise(own: Path, caplog: pytest.LogCaptureFixture) -> None:
    own.write_text("day,working\n2097-10-01,no\n", encoding="utf-8")
    assert working_day_after(date(2097, 10, 1), 0) == date(2097, 10, 2)
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-06-30,no\n", r"^calendar\.csv: this is no calendar.*`day,working` on its first line"),
        ("", r"^calendar\.csv: this is no calendar"),
        ("day,working\n2026-06-30,maybe\n", r"^calendar\.csv:2: this line cannot be read"),
        ("day,working\n2026-06-31,no\n", r"^calendar\.csv:2: this line cannot be read"),
    ],
)
def test_a_calendar_that_cannot_be_right_is_refused_with_its_line(own: Path, text: str, told: str) -> None:
    own.write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationInvalid, match=told):
        is_working_day(date(2026, 6, 30))


def test_a_calendar_that_is_not_there_is_told(own: Path) -> None:
    own.unlink()
    with pytest.raises(DeclarationInvalid, match=r"^HEDUI_HOLIDAYS: .*cannot be read"):
        is_working_day(date(2026, 6, 30))
