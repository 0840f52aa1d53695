"""An agency's month from the ledger: what came and when, what is mended since, and where its pages stand."""

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from hedui import shelves
from hedui.ledger.tables import Batch, ContractVersion, Finding, HeldRow, HeldState
from hedui.model.contract import Agency, Dataset, Due
from hedui.model.errors import DeclarationInvalid
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.pipeline.month_figures import month_of
from hedui.pipeline.month_reporting import month_report
from hedui.pipeline.reporting import write_pages
from hedui.pipeline.stores import Stores
from hedui.reports.month import DatasetMonth, Figures

DEATHS = "civil_affairs.deaths"
JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)
TITLE = {"zh": "证件号码不对", "en": "The number is wrong"}


def at(day: int, hour: int = 0, month: int = 7) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=PROVINCE_TIME)


NOW = at(10, 12, month=8)


@pytest.fixture(autouse=True)
def agency(monkeypatch: pytest.MonkeyPatch) -> Agency:
    """One agency with one dataset: each month's delivery is due on the third working day after it, at ten."""
    dataset: Dataset = shelves.dataset(DEATHS)
    schedule = dataset.schedule.model_copy(update={"cron": "0 0 1 * *", "due": Due(working_days=3, at="10:00")})
    dataset = dataset.model_copy(update={"schedule": schedule, "landing_retention_days": 30})
    agency = shelves.agencies()["civil_affairs"].model_copy(update={"datasets": {"deaths": dataset}})
    monkeypatch.setattr(shelves, "agencies", lambda: {"civil_affairs": agency})
    return agency


def came(stores: Stores, name: str, interval: Interval, received_at: datetime, **counts: object) -> None:
    with stores.ledger.session() as session:
        if session.get(ContractVersion, (DEATHS, 1)) is None:
            session.add(ContractVersion(dataset=DEATHS, version=1, body={}, first_used_at=at(1, month=1)))
        known = {"state": "loaded", "sequence": 1, "pulled": 100, "faulty": 0, "own_faulty": 0} | counts
        session.add(
            Batch(
                id=name,
                dataset=DEATHS,
                interval_start=interval.start,
                interval_end=interval.end,
                digest=sha256(name.encode()).digest(),
                contract_version=1,
                received_at=received_at,
                **known,
            )
        )


def found(stores: Stores, batch: str, ordinal: int, count: int, *, scored: bool = True) -> None:
    with stores.ledger.session() as session:
        session.add(
            Finding(
                batch_id=batch,
                ordinal=ordinal,
                expectation="expect",
                field="person",
                severity="warning",
                on_failure="quarantine_rows",
                title=TITLE,
                advice=TITLE,
                count=count,
                scored=scored,
            )
        )


def held(stores: Stores, batch: str, states: Sequence[tuple[HeldState, str | None, int]]) -> None:
    """Held rows of these states and regions, for the finding of that ordinal."""
    with stores.ledger.session() as session:
        for row, (state, region, ordinal) in enumerate(states):
            session.add(
                HeldRow(
                    batch_id=batch,
                    row=row,
                    dataset=DEATHS,
                    state=state,
                    source="part.csv",
                    position=row,
                    record_mark=f"{batch} {row}".encode(),
                    region=region,
                    findings=[ordinal],
                    reminded=1,
                    changed_at=NOW,
                )
            )


def of(agency: Agency, stores: Stores, first: date = JULY, now: datetime = NOW) -> DatasetMonth:
    (one,) = month_of(stores, agency, first, now).datasets
    return one


WHOLE_JULY = Interval(at(1), at(1, month=8))


def test_a_batch_counts_in_the_month_of_the_last_day_it_covers(agency: Agency, stores: Stores) -> None:
    came(stores, "july", WHOLE_JULY, at(3, month=8), pulled=120)
    assert of(agency, stores).figures == Figures(due=1, in_time=1, batches=1, rows=120, scored=120)
    assert of(agency, stores, AUGUST).figures == Figures(), "the month goes on, and nothing is due of it yet"


def test_deliveries_are_in_time_late_missing_or_not_waited_for_yet(agency: Agency, stores: Stores) -> None:
    came(stores, "june", Interval(at(1, month=6), at(1)), at(2), pulled=1)
    assert of(agency, stores, now=at(4, month=8)).figures == Figures(), "due at ten on the fifth"
    missing = of(agency, stores)
    assert (missing.figures.due, missing.figures.missing, missing.missing) == (1, 1, [WHOLE_JULY])
    came(stores, "july", WHOLE_JULY, at(6, month=8))
    assert (of(agency, stores).figures.due, of(agency, stores).figures.late) == (1, 1)


def test_rows_are_open_until_they_are_mended(agency: Agency, stores: Stores) -> None:
    came(stores, "july", WHOLE_JULY, at(3, month=8), faulty=7, own_faulty=5, quarantined=2)
    found(stores, "july", 0, 6)
    found(stores, "july", 1, 1, scored=False)
    states: list[tuple[HeldState, str | None, int]] = [
        ("held", "620102001", 0),
        ("held", None, 0),
        ("superseded", "620102", 0),
        ("replayed", "620102", 0),
        ("replayed", "620102", 1),
        ("discarded", "620102", 0),
        ("expired", "620102", 0),
    ]
    held(stores, "july", states)
    one = of(agency, stores)
    assert (one.figures.faulty, one.figures.mended, one.figures.open) == (7, 3, 2)
    assert one.figures.own_faulty == 5
    assert [(problem.rows, problem.scored) for problem in one.problems] == [(6, True), (1, False)]
    assert one.mend_by == "2026-09-02"
    (county, nobody) = month_of(stores, agency, JULY, NOW).regions
    assert (county.code, county.counted.open, county.counted.mended) == ("620102", 1, 3)
    assert (nobody.code, nobody.counted.open) == ("", 1)


def test_rows_that_were_answered_are_open_nowhere(agency: Agency, stores: Stores) -> None:
    came(stores, "july", WHOLE_JULY, at(3, month=8), faulty=3, own_faulty=3, quarantined=3)
    found(stores, "july", 0, 3)
    held(stores, "july", [("held", "620102", 0), ("held", "620102", 0), ("held", "620123", 0)])
    with stores.ledger.session() as session:
        for row in (1, 2):
            session.get_one(HeldRow, ("july", row)).answer = "right"
    month = month_of(stores, agency, JULY, NOW)
    assert [(one.code, one.counted.open) for one in month.regions] == [("620102", 1)]
    assert month.figures.open == 1


def test_what_was_refused_is_asked_for_until_it_comes_again(agency: Agency, stores: Stores) -> None:
    came(stores, "first", WHOLE_JULY, at(3, month=8), state="rejected", faulty=90, own_faulty=90)
    refused = of(agency, stores)
    assert (refused.refused, refused.figures.open, refused.figures.score) == ([WHOLE_JULY], 0, None)
    came(stores, "again", WHOLE_JULY, at(4, month=8), sequence=2)
    again = of(agency, stores)
    assert (again.refused, again.figures.rejected, again.figures.score) == ([], 1, 1.0)


def test_rows_of_a_dataset_on_trial_are_open_in_its_newest_delivery(agency: Agency, stores: Stores) -> None:
    came(stores, "first", WHOLE_JULY, at(3, month=8), state="judged", faulty=9, own_faulty=9)
    came(stores, "again", WHOLE_JULY, at(4, month=8), state="judged", faulty=2, own_faulty=2, sequence=2)
    assert of(agency, stores).figures.open == 2


def test_the_months_before_stand_beside_it_from_the_first_that_brought_something(
    agency: Agency, stores: Stores
) -> None:
    came(stores, "may", Interval(at(1, month=5), at(1, month=6)), at(3, month=6), pulled=7)
    came(stores, "july", WHOLE_JULY, at(3, month=8))
    earlier = month_of(stores, agency, JULY, NOW).earlier
    assert [(first.month, figures.rows) for first, figures in earlier] == [(5, 7), (6, 0)]


def test_pages_stand_in_the_folder_of_the_agencys_month_and_hold_no_record(agency: Agency, stores: Stores) -> None:
    came(stores, "july", WHOLE_JULY, at(3, month=8), faulty=1, own_faulty=1)
    found(stores, "july", 0, 1)
    held(stores, "july", [("held", "11010519491231002X", 0)])
    folder = month_report(stores, "civil_affairs", "2026-07", NOW)
    assert folder == stores.settings.reports / "civil_affairs" / "2026-07"
    pages = {file.name: file.read_text("utf-8") for file in folder.iterdir()}
    assert pages.keys() == {"report.zh.html", "report.en.html"}
    assert "2026 年 7 月" in pages["report.zh.html"] and "July 2026" in pages["report.en.html"]
    assert not any("11010519491231002X" in page for page in pages.values())


@pytest.mark.parametrize("month", ["2026-9", "2026-13", "7", "../2026-07", "2026-09"])
def test_a_month_that_cannot_be_meant_is_refused(stores: Stores, month: str) -> None:
    with pytest.raises(DeclarationInvalid, match="month"):
        month_report(stores, "civil_affairs", month, NOW)


def test_two_who_write_the_same_page_at_once_do_not_disturb_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, others = Path.write_text, [str.upper]

    def meanwhile(file: Path, text: str, encoding: str) -> int:
        written = write(file, text, encoding)
        while others:
            write_pages(tmp_path, others.pop())
        return written

    monkeypatch.setattr(Path, "write_text", meanwhile)
    write_pages(tmp_path, lambda language: f"in {language}")
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {
        "report.zh.html": "in zh",
        "report.en.html": "in en",
    }


def test_an_unknown_agency_is_refused(stores: Stores) -> None:
    with pytest.raises(DeclarationInvalid, match="no such agency"):
        month_report(stores, "nobody", "2026-07", NOW)
