"""What a suite may ask beyond its batch: earlier batches, announced rows, the calendar, values of other datasets."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from hedui.ledger.tables import Batch, BatchProfile
from hedui.pipeline.known import known
from hedui.pipeline.stores import Stores
from tests.pipeline.registry import CONTRACT, DEATHS, Register, day, days, death, open_register

TITLE = {"zh": "与以往不同", "en": "Unusual"}


@pytest.fixture
def register(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    register = open_register(stores, monkeypatch)
    register.agree(CONTRACT)
    return register


def ask(register: Register, kind: str, **arguments: Any) -> None:
    """One expectation more in the register's suite: a warning of this title."""
    suite = json.loads(register.suite.read_text("utf-8"))
    meta = {"on_failure": "warn", "title": TITLE | {"en": kind}, "advice": TITLE, "scored": False}
    suite["expectations"].append({"type": kind, "kwargs": arguments, "severity": "info", "meta": meta})
    register.suite.write_text(json.dumps(suite), "utf-8")


def deliver(register: Register, number: int, **columns: list[str]) -> Batch:
    """The delivery of a day of July: as many rows as each of the columns has values."""
    count = len(next(iter(columns.values())))
    register.rows = [
        death(f"D{number:02d}{row:03d}", number, **{name: values[row] for name, values in columns.items()})
        for row in range(count)
    ]
    return judged(register, number)


def judged(register: Register, number: int) -> Batch:
    batch = register.extract(days(number, number + 1))
    register.pipeline.validate(batch)
    with register.stores.ledger.session() as session:
        return session.get_one(Batch, batch)


def said(batch: Batch) -> tuple[list[str], list[str]]:
    """What was found by the added expectations, and which were passed over."""
    found = [f"{f.expectation} {f.count}" for f in batch.findings if f.title["zh"] == TITLE["zh"]]
    return found, [title["en"] for title in batch.passed_over if title["zh"] == TITLE["zh"]]


def test_a_batch_is_compared_with_at_least_five_before_it(register: Register) -> None:
    earlier = {"$PARAMETER": "earlier_batches"}
    rows, filled, shares = (
        "expect_table_row_count_to_be_usual",
        "expect_column_filled_share_to_be_usual",
        "expect_column_category_shares_to_be_usual",
    )
    ask(register, rows, earlier=earlier)
    ask(register, filled, column="name", earlier=earlier)
    ask(register, shares, column="basis", earlier=earlier)
    usual = {"basis": ["火化"] * 120 + ["土葬"] * 80}
    for number in range(1, 6):
        assert said(deliver(register, number, **usual)) == ([], [rows, filled, shares])
    assert said(deliver(register, 6, **usual)) == ([], [])
    assert said(deliver(register, 7, basis=["火化"] * 60)) == ([f"{rows} 0", f"{shares} 0"], [])
    assert said(deliver(register, 8, **usual, name=[""] * 120 + ["测试"] * 80)) == ([f"{filled} 0"], [])
    # Nothing at all is the most unusual.
    register.rows = []
    assert said(judged(register, 9)) == ([f"{rows} 0"], [])


def test_a_profile_keeps_no_value_that_few_rows_have(register: Register) -> None:
    ask(
        register, "expect_column_category_shares_to_be_usual", column="basis", earlier={"$PARAMETER": "earlier_batches"}
    )
    batch = deliver(register, 1, basis=["火化"] * 5 + ["张三"] * 4)
    with register.stores.ledger.session() as session:
        profile = session.get_one(BatchProfile, batch.id)
    assert (profile.rows, profile.categories, profile.filled["person"]) == (9, {"basis": {"火化": 5}}, 9)


def test_only_accepted_batches_of_like_length_before_the_interval_count(register: Register) -> None:
    for number in range(1, 8):
        deliver(register, number, basis=["火化"] * number)
    history = register.extract(days(8, 31))
    with register.stores.ledger.session() as session:
        session.execute(sa.update(Batch).where(Batch.interval_start == day(2)).values(state="rejected"))
        batches = {batch.interval_start: batch for batch in session.scalars(sa.select(Batch))}

    def rows(batch: Batch) -> list[int]:
        found = known(register.stores, batch, CONTRACT).parameters.get("earlier_batches", [])
        return [profile["rows"] for profile in found]

    assert rows(batches[day(7)]) == [6, 5, 4, 3, 1]
    assert rows(batches[day(6)]) == []  # four are too few
    assert batches[day(8)].id == history and rows(batches[day(8)]) == []  # weeks are not like a day
    assert "earlier_batches" not in known(register.stores, batches[day(7)], CONTRACT, whole=False).parameters


def test_days_of_receipt_and_working_days_are_those_of_the_contracts_clock(register: Register) -> None:
    batch = deliver(register, 3, basis=["火化"])
    parameters = known(register.stores, batch, CONTRACT).parameters
    assert parameters["working_days"] == ["2026-07-03"]  # a Friday
    assert parameters["received_on"] >= "2026-07-04" and "announced_rows" not in parameters
    batch.received_at, batch.announced = day(1), 7
    parameters = known(register.stores, batch, CONTRACT).parameters
    assert (parameters["received_on"], parameters["announced_rows"]) == ("2026-07-04", 7)


@pytest.mark.parametrize(
    ("field", "source"), [("person", "idCard"), ("record_no", "recordNo"), ("county", "countyCode")]
)
def test_values_are_looked_for_as_the_warehouse_keeps_them(field: str, source: str, register: Register) -> None:
    kind = "expect_column_values_to_be_known_in"
    ask(register, kind, column=field, reference=f"{DEATHS}.{field}")
    numbers = ["11010519491231002X", "440524188001010014", "610104196209276908"]
    values = {"person": numbers, "record_no": ["A", "B" * 40, "C"], "county": ["620102", "620103", "620104"]}[field]
    first = deliver(register, 1, **{source: values})
    assert said(first) == ([], [kind])  # nothing is loaded yet
    register.load(first.id)
    assert said(deliver(register, 2, **{source: values})) == ([], [])
    other = {"person": "110101199003078670", "record_no": "D", "county": "620105"}[field]
    assert said(deliver(register, 3, **{source: [*values, other, other]})) == ([f"{kind} 2"], [])
