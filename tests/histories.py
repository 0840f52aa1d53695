"""A small dataset, deliveries of it made from plain tuples, and what is current by definition."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import strategies as st

from hedui.model.contract import Dataset
from hedui.pipeline.stores import Stores
from hedui.warehouse.schema import table_schema

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    """A version of a record. `changed` is the agency's own time, in days."""

    key: str
    person: str
    value: int
    changed: int
    deleted: bool = False


@dataclass(frozen=True)
class Delivery:
    """Rows delivered for the interval that ends on `day`."""

    day: int
    rows: tuple[Row, ...]


def dataset(name: str = "things", agency: str = "agency") -> Dataset:
    title = {"zh": "测试", "en": "test"}
    return Dataset.model_validate(
        {
            "agency": agency,
            "name": name,
            "version": 1,
            "title": title,
            "legal_basis": title,
            "programme": "trial",
            "schedule": {"cron": "0 0 * * *"},
            "landing_retention_days": 1,
            "source": {"kind": "database", "table": "things"},
            "key": ["record_no"],
            "cursor": "updated_at",
            "deleted_when": {"field": "value", "equals": "-1"},
            "fields": {
                "record_no": {"source": "no", "identifier": "record", "title": title},
                "person": {"source": "person", "identifier": "person", "title": title},
                "value": {"source": "value", "type": "integer", "title": title},
                "updated_at": {"source": "updated", "type": "timestamp", "title": title},
            },
        }
    )


def load(stores: Stores, table: Dataset, number: int, delivery: Delivery) -> tuple[int, int, int]:
    """Stage and commit one delivery. Returns how many rows are current, superseded, duplicate."""
    batch = f"{table.full_name}-{number:04d}"
    stores.warehouse.stage(table, batch, [_rows(table, batch, number, delivery)])
    loaded = stores.warehouse.commit(table, batch, len(delivery.rows))
    return loaded.current, loaded.superseded, loaded.duplicate


def replay(stores: Stores, table: Dataset, number: int, delivery: Delivery) -> None:
    """Rows that were held back when a delivery was loaded come in later, at a place that is past."""
    batch = f"{table.full_name}-{number:04d}"
    stores.warehouse.replay(table, f"{batch}.replay-1", [_rows(table, batch, number, delivery, first=100)])


def current(stores: Stores, table: Dataset) -> set[tuple[str, str, int, int]]:
    with stores.engine() as engine:
        engine.show_current([table], {table.full_name: stores.warehouse.snapshot(table)})
        rows = engine.query(f"SELECT record_no, person, value, updated_at FROM {table.full_name}").to_pylist()
    return {(r["record_no"].decode(), r["person"].decode(), r["value"], (r["updated_at"] - START).days) for r in rows}


def expected(deliveries: Sequence[Delivery]) -> set[tuple[str, str, int, int]]:
    """The definition, row by row: the newest by the agency's time, then by interval, then by order of delivery."""
    newest: dict[str, tuple[tuple[int, int, int, int], Row]] = {}
    for number, delivery in enumerate(deliveries):
        for place, row in enumerate(delivery.rows):
            order = (row.changed, delivery.day, number, place)
            if row.key not in newest or order > newest[row.key][0]:
                newest[row.key] = (order, row)
    return {(r.key, r.person, r.value, r.changed) for _, r in newest.values() if not r.deleted}


def histories(max_deliveries: int = 4) -> st.SearchStrategy[list[Delivery]]:
    """Few keys, people and days, so that records meet, change hands and are delivered late or twice."""
    rows = st.builds(
        Row, st.sampled_from("abc"), st.sampled_from("PQR"), st.integers(0, 3), st.integers(0, 3), st.booleans()
    )
    deliveries = st.builds(Delivery, st.integers(1, 4), st.lists(rows, max_size=5).map(tuple))
    return st.lists(deliveries, min_size=1, max_size=max_deliveries)


def _rows(table: Dataset, batch: str, number: int, delivery: Delivery, first: int = 0) -> pa.RecordBatch:
    end = START + timedelta(days=delivery.day)
    columns = [
        [r.key.encode() for r in delivery.rows],
        [r.person.encode() for r in delivery.rows],
        [r.value for r in delivery.rows],
        [START + timedelta(days=r.changed) for r in delivery.rows],
        [batch] * len(delivery.rows),
        list(range(first, first + len(delivery.rows))),
        [end] * len(delivery.rows),
        [number] * len(delivery.rows),
        [START + timedelta(days=100 + number)] * len(delivery.rows),
        [r.deleted for r in delivery.rows],
    ]
    schema = table_schema(table)
    arrays = [pa.array(values, f.type) for values, f in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
