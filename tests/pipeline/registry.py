"""The register of deaths, answering from a list, under whichever version of its contract a test puts on the shelf."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from connectors.base import Connector, Offer, Page, Position, Wanted
from hedui import shelves
from hedui.model.contract import ContractField, Dataset
from hedui.model.credentials import Credentials
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.pipeline import Pipeline
from hedui.pipeline.stores import Stores

DEATHS = "civil_affairs.deaths"
CONTRACT = shelves.dataset(DEATHS)
_NUMBERS = ("11010519491231002X", "440524188001010014", "610104196209276908", "110101199003078670")


def day(number: int) -> datetime:
    return datetime(2026, 7, number, tzinfo=PROVINCE_TIME)


def days(first: int, after: int) -> Interval:
    return Interval(day(first), day(after))


def death(key: str, changed: int = 1, **other: str) -> dict[str, str]:
    """A row as the register delivers it; `changed` is a day of July."""
    return {
        "recordNo": key,
        "idCard": _NUMBERS[sum(key.encode()) % len(_NUMBERS)],
        "name": "测试",
        "deathDate": "2026-06-20",
        "basis": "火化",
        "status": "有效",
        "countyCode": "620102",
        "updatedAt": f"2026-07-{changed:02d}T08:00:00+08:00",
    } | other


def contract(version: int = 1, without: Sequence[str] = (), **words: Any) -> Dataset:
    """The register's contract in some version, without some fields, with other words."""
    fields = {name: f for name, f in CONTRACT.fields.items() if name not in without}
    said = CONTRACT.model_dump() | {"version": version, "fields": fields}
    if CONTRACT.region in without:
        said["region"] = None
    return Dataset.model_validate(said | words)


def other_field(of: Dataset, name: str, **about: Any) -> dict[str, ContractField]:
    """The fields of a contract, one of them declared otherwise."""
    return {**of.fields, name: of.fields[name].model_copy(update=about)}


@dataclass
class Register:
    """What is registered, what was asked for, and the contract on the shelf."""

    pipeline: Pipeline
    stores: Stores
    shelf: dict[str, Dataset]
    rows: list[dict[str, str]] = field(default_factory=list)
    asked: list[Interval] = field(default_factory=list)

    def agree(self, dataset: Dataset) -> None:
        """Put a contract on the shelf, and a suite that says of its fields what the register's own suite says."""
        self.shelf[DEATHS] = dataset
        suite = json.loads(shelves.suite_file(CONTRACT).read_text("utf-8"))
        suite["expectations"] = [e for e in suite["expectations"] if _known(dataset, e["kwargs"])]
        suite["expectations"][0]["kwargs"]["column_set"] = list(dataset.fields)
        self.suite.parent.mkdir(parents=True, exist_ok=True)
        self.suite.write_text(json.dumps(suite), "utf-8")

    @property
    def suite(self) -> Path:
        return self.stores.settings.home / "suite.json"

    def extract(self, interval: Interval) -> str:
        return self.pipeline.extract(DEATHS, interval, Credentials(conn_type=""))

    def load(self, batch: str) -> int:
        if not self.pipeline.validate(batch):
            return 0
        self.pipeline.pseudonymise(batch)
        return self.pipeline.load(batch)

    def run(self, interval: Interval) -> str:
        batch = self.extract(interval)
        self.load(batch)
        self.pipeline.report(batch)
        return batch

    def current(self, *columns: str) -> list[tuple[Any, ...]]:
        """These columns of the current rows, in the order of their values."""
        with self.pipeline.query_engine() as engine:
            rows = engine.query(f"SELECT {', '.join(columns)} FROM {DEATHS}").to_pylist()
        return sorted((tuple(row[column] for column in columns) for row in rows), key=str)

    def connector(self, of: Dataset, credentials: Credentials) -> Connector:
        return _Connector(self, Wanted.of(of), credentials)


class _Connector(Connector):
    def __init__(self, register: Register, wanted: Wanted, credentials: Credentials) -> None:
        super().__init__(wanted, credentials)
        self._register = register

    def records(self, interval: Interval, after: Position | None) -> Iterator[Page]:
        self._register.asked.append(interval)
        everything = not self.wanted.cursor
        yield Page(_page([r for r in self._register.rows if everything or _changed_within(r, interval)]))

    def steps(self) -> Iterator[str]:
        yield "It answers"

    def offer(self) -> Offer:
        return Offer(_page([]).schema)


def _known(dataset: Dataset, arguments: Mapping[str, Any]) -> bool:
    named = {arguments.get(name) for name in ("column", "column_A", "column_B")} - {None, "_unreadable"}
    return named <= dataset.fields.keys()


def _changed_within(row: Mapping[str, str], interval: Interval) -> bool:
    return interval.start <= datetime.fromisoformat(row["updatedAt"]) < interval.end


def _page(rows: Sequence[Mapping[str, str]]) -> pa.RecordBatch:
    names = dict.fromkeys(name for row in (death("any"), *rows) for name in row)
    texts = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    place = {
        "_source": pa.array(["register"] * len(rows), pa.string()),
        "_position": pa.array(range(1, len(rows) + 1), pa.int64()),
    }
    return pa.RecordBatch.from_pydict({**texts, **place})


def open_register(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Register:
    """The register alone is on the shelf, and no rules: what they need of it is not looked at here."""
    shelf = {DEATHS: CONTRACT}
    register = Register(Pipeline(stores), stores, shelf)
    monkeypatch.setattr(shelves, "datasets", lambda: shelf)
    monkeypatch.setattr(shelves, "rules", dict)
    monkeypatch.setattr("hedui.pipeline.extracting.refuse_unneeded", lambda dataset: None)
    monkeypatch.setattr("hedui.pipeline.extracting.connector_for", register.connector)
    monkeypatch.setattr("hedui.validation.suite.suite_file", lambda dataset: register.suite)
    return register
