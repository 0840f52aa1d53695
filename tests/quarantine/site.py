"""A small dataset of one office, its contract and suite in folders that a test may change, and deliveries of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
import yaml

from hedui import shelves
from hedui.ledger.tables import Batch, HeldRow
from hedui.model.contract import Dataset
from hedui.model.interval import Interval
from hedui.pipeline import extracting
from hedui.pipeline.bookmarks import Asked
from hedui.pipeline.loading import load, pseudonymise
from hedui.pipeline.reading import Landed
from hedui.pipeline.stores import Stores
from hedui.pipeline.validating import validate

START = datetime(2026, 7, 1, tzinfo=UTC)
NAME = "office.payments"
ENDS = ("loaded", "superseded", "duplicate", "quarantined", "discarded", "expired")
TITLE = {"zh": "测试", "en": "test"}
# Nobody has these numbers. The second one is right, and looks as if a spreadsheet had cut it.
PERSON, ROUND = "11010519491231002X", "110105194912310000"


@dataclass(frozen=True)
class Row:
    """A version of a record, as text like a delivered one. `changed` is the agency's own time, in days."""

    key: str | None
    value: int
    changed: int = 1
    person: str = PERSON
    name: str = "王建国"
    drift: str | None = None
    county: str = "620102"


def contract(version: int = 1, **words: Any) -> dict[str, Any]:
    return {
        "version": version,
        "title": TITLE,
        "legal_basis": TITLE,
        "programme": "trial",
        "schedule": {"cron": "0 0 * * *"},
        "landing_retention_days": 1,
        "source": {"kind": "database", "table": "payments"},
        "key": ["record_no"],
        "cursor": "updated_at",
        "region": "county",
        "fields": {
            "record_no": {"source": "no", "identifier": "record", "title": TITLE},
            "person": {"source": "idno", "identifier": "person", "title": TITLE},
            "name": {"source": "name", "identifier": "name", "of": "person", "title": TITLE},
            "value": {"source": "amount", "type": "integer", "title": TITLE},
            "county": {"source": "county", "title": TITLE},
            "updated_at": {"source": "updated", "type": "timestamp", "title": TITLE},
        },
    } | words


def expectation(
    kind: str, on_failure: str = "quarantine_rows", confirmable: bool = False, **kwargs: Any
) -> dict[str, Any]:
    meta = {"on_failure": on_failure, "title": TITLE, "advice": TITLE, "confirmable": confirmable}
    return {"type": kind, "kwargs": kwargs, "severity": "warning", "meta": meta}


ROUND_NUMBERS = expectation("expect_column_values_to_not_match_regex", confirmable=True, column="person", regex="000$")
KEYS = expectation("expect_column_values_to_not_be_null", column="record_no")


def limit(most: int, on_failure: str = "quarantine_rows") -> dict[str, Any]:
    return expectation("expect_column_values_to_be_between", on_failure, column="value", max_value=most)


@dataclass
class Site:
    """Stores, and the two shelves beside our own on which the dataset stands."""

    stores: Stores
    folder: Path

    @property
    def dataset(self) -> Dataset:
        return shelves.dataset(NAME)

    def declare(self, **words: Any) -> None:
        """Put the contract on its shelf, read anew."""
        office = {"title": TITLE, "telephone": "0931-8000000"}
        agency = {"agency": "office", "title": TITLE, "office": office, "connection": "office"}
        agency["datasets"] = {NAME.partition(".")[2]: contract(**words)}
        (self.folder / "contracts" / "office.yaml").write_text(yaml.safe_dump(agency, allow_unicode=True))
        shelves._agencies.cache_clear()

    def expect(self, *expectations: dict[str, Any], **meta: Any) -> None:
        """Put the suite on its shelf."""
        suite = {"name": NAME, "expectations": list(expectations), "meta": meta}
        (self.folder / "expectations" / "office" / f"{NAME.partition('.')[2]}.json").write_text(json.dumps(suite))

    def land(self, day: int, *rows: Row, sequence: int = 1) -> str:
        """A delivery for the interval that ends on that day, as extracting leaves it."""
        name = f"{NAME}-{day:02d}-{sequence:04d}"
        self.stores.landing(self.dataset).write(name, _landed(rows).schema, [_landed(rows)])
        end = START + timedelta(days=day)
        with self.stores.ledger.session() as session:
            session.add(
                Batch(
                    id=name, dataset=NAME, interval_start=end - timedelta(days=1), interval_end=end, sequence=sequence,
                    digest=name.encode(), contract_version=1, received_at=datetime.now(UTC), state="landed",
                    pulled=len(rows),
                )
            )  # fmt: skip
        return name

    def run(self, name: str) -> str:
        """The steps from the landing zone to the warehouse."""
        if validate(self.stores, name):
            pseudonymise(self.stores, name)
            load(self.stores, name)
        return name

    def deliver(self, day: int, *rows: Row, sequence: int = 1) -> str:
        return self.run(self.land(day, *rows, sequence=sequence))

    def again(self, name: str, *rows: Row) -> str:
        """The same delivery comes once more, and goes its way."""
        batch, landing, draft = self.batch(name), self.stores.landing(self.dataset), f"{name}-again"
        landing.write(draft, _landed(rows).schema, [_landed(rows)])
        interval = Interval(batch.interval_start, batch.interval_end)
        landed = Landed(draft, len(rows), batch.digest, {}, ())
        known = extracting._booked(self.stores, Asked(self.dataset, interval, interval), landed, None, 0.0)
        extracting._mend(self.stores, landing, known, draft)
        return self.run(known)

    def batch(self, name: str) -> Batch:
        with self.stores.ledger.session() as session:
            return session.get_one(Batch, name)

    def counts(self, name: str) -> dict[str, int]:
        """What became of the rows of a batch, as far as there are any; each is in one state."""
        batch = self.batch(name)
        counts = {end: getattr(batch, end) for end in ENDS if getattr(batch, end)}
        assert sum(counts.values()) == batch.pulled or batch.state in ("rejected", "judged")
        return counts

    def held(self, name: str) -> list[HeldRow]:
        with self.stores.ledger.session() as session:
            return list(session.scalars(sa.select(HeldRow).where(HeldRow.batch_id == name).order_by(HeldRow.row)))

    def states(self, name: str) -> dict[int, str]:
        return {row.row: row.state for row in self.held(name)}

    def current(self) -> dict[str, tuple[int, int]]:
        """Value and day of change of each current record."""
        with self.stores.engine() as engine:
            engine.show_current([self.dataset], {NAME: self.stores.warehouse.snapshot(self.dataset)})
            found = engine.query(f"SELECT record_no, value, updated_at FROM {NAME}").to_pylist()
        opened = {self.stores.vault.record_key("trial", row["record_no"]): row for row in found}
        return {key: (row["value"], (row["updated_at"] - START).days) for key, row in opened.items()}


def _landed(rows: Sequence[Row]) -> pa.RecordBatch:
    columns: dict[str, list[Any]] = {
        "no": [row.key for row in rows],
        "idno": [row.person for row in rows],
        "name": [row.name for row in rows],
        "amount": [str(row.value) for row in rows],
        "county": [row.county for row in rows],
        "updated": [(START + timedelta(days=row.changed)).isoformat() for row in rows],
        "_source": ["payments.xlsx / 一月"] * len(rows),
        "_position": [number + 4 for number in range(len(rows))],
        "_drift": [row.drift for row in rows],
        "_row": list(range(len(rows))),
    }
    kinds = {"_position": pa.int64(), "_row": pa.int64()}
    return pa.RecordBatch.from_pydict({n: pa.array(v, kinds.get(n, pa.string())) for n, v in columns.items()})
