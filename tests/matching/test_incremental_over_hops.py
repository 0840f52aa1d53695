"""Incremental equals full where a row reaches its subject over several tables, and people change their numbers."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedui.matching import answer
from hedui.model.contract import Dataset
from hedui.model.rule import Query, Rule
from hedui.warehouse.aliases import newest_numbers_sql
from hedui.warehouse.engine import Engine, Snapshots
from hedui.warehouse.schema import table_schema
from hedui.warehouse.tables import Warehouse

TITLE = {"zh": "测试", "en": "test"}
START = datetime(2026, 1, 1, tzinfo=UTC)
PERSON = {"source": "person", "identifier": "person", "title": TITLE}
NAME = {"source": "name", "identifier": "name", "of": "person", "title": TITLE}
FIELDS: Mapping[str, Mapping[str, Any]] = {
    "members": {"household": {"source": "h", "identifier": "record", "title": TITLE}},
    "couples": {
        "spouse": {"source": "s", "identifier": "person", "title": TITLE},
        "spouse_name": {"source": "sn", "identifier": "name", "of": "spouse", "title": TITLE},
    },
    "posts": {},
    "changes": {
        "old_person": {"source": "o", "identifier": "person", "title": TITLE},
        "old_name": {"source": "on", "identifier": "name", "of": "old_person", "title": TITLE},
    },
}


@dataclass(frozen=True)
class Row:
    """A version of a record; `other` is the household, the spouse or the old number, as the table has it."""

    table: str
    key: str
    person: str
    other: str
    name: str
    changed: int
    deleted: bool = False


def dataset(agency: str, name: str) -> Dataset:
    return Dataset.model_validate(
        {
            "agency": agency,
            "name": name,
            "version": 1,
            "title": TITLE,
            "legal_basis": TITLE,
            "programme": "trial",
            "schedule": {"cron": "0 0 * * *"},
            "landing_retention_days": 1,
            "source": {"kind": "database", "table": name},
            "key": ["record_no"],
            "cursor": "updated_at",
            "aliases": {"old": "old_person", "new": "person"} if name == "changes" else None,
            "fields": {
                "record_no": {"source": "no", "identifier": "record", "title": TITLE},
                "person": PERSON,
                "name": NAME,
                **FIELDS[name],
                "updated_at": {"source": "u", "type": "timestamp", "title": TITLE},
            },
        }
    )


def rule(agency: str, subject: str) -> Rule:
    members, couples, posts = (f"{agency}.{name}" for name in ("members", "couples", "posts"))
    links = {
        "member_of": {"dataset": members, "from": "person", "to": "household"},
        "spouse_of": {"dataset": couples, "from": "person", "to": "spouse"},
        "married_to": {"dataset": couples, "from": "spouse", "to": "person"},
    }
    of_households: Mapping[str, Any] = {
        members: {"touches": "household"},
        couples: {"touches": [["person", "member_of"], ["spouse", "member_of"]]},
        posts: {
            "touches": [
                ["person", "member_of"],
                ["person", "spouse_of", "member_of"],
                ["person", "married_to", "member_of"],
            ]
        },
    }
    of_people = {members: {"touches": "person"}, posts: {"touches": "person"}}
    return Rule.model_validate(
        {
            "rule": "trial",
            "version": 1,
            "title": TITLE,
            "owner": "test",
            "legal_basis": TITLE,
            "programme": "trial",
            "subject": subject,
            "links": links if subject == "household" else {},
            "inputs": of_households if subject == "household" else of_people,
            "severity": "low",
            "addressee": {"agencies": ["agency"], "region": "region", "kind": "agency_check"},
            "lead_key": ["subject"],
            "evidence": ["subject", "total", "region"],
            "records": {},
            "explanation": {"zh": "{total}", "en": "{total}"},
            "exclude_first": [],
        }
    )


# Households with a member who holds a post, or is married to somebody who does.
OF_HOUSEHOLDS = """
    WITH couple AS (
        SELECT person, name_folded, spouse, spouse_name_folded FROM agency.couples UNION ALL
        SELECT spouse, spouse_name_folded, person, name_folded FROM agency.couples),
    kin AS (
        SELECT household, person, name_folded FROM agency.members UNION
        SELECT m.household, c.spouse, c.spouse_name_folded FROM agency.members AS m
        INNER JOIN couple AS c ON m.person = c.person AND m.name_folded = c.name_folded)
    SELECT kin.household AS subject, COUNT(*) AS total, MIN(post.name_full) AS region
    FROM kin INNER JOIN agency.posts AS post ON kin.person = post.person AND kin.name_folded = post.name_folded
    GROUP BY kin.household"""
# People who are members and hold a post.
OF_PEOPLE = """
    SELECT m.person AS subject, COUNT(*) AS total, MIN(post.name_full) AS region
    FROM agency.members AS m INNER JOIN agency.posts AS post
        ON m.person = post.person AND m.name_folded = post.name_folded
    GROUP BY m.person"""


class Files:
    """A warehouse of bare files, quicker than the real one by far: snapshot n holds the first n of a table."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[str, list[str]] = defaultdict(list)

    def add(self, table: Dataset, rows: pa.RecordBatch) -> None:
        if rows.num_rows:
            file = self.folder / f"{table.full_name}-{len(self._files[table.full_name])}.parquet"
            pq.write_table(pa.Table.from_batches([rows]), file)
            self._files[table.full_name].append(str(file))

    def snapshot(self, table: Dataset) -> int | None:
        return len(self._files[table.full_name]) or None

    def files(self, table: Dataset, snapshot: int) -> list[str]:
        return self._files[table.full_name][:snapshot]


class Site:
    """Four tables of their own. `current` is what incremental runs, one after another, leave standing."""

    def __init__(self, folder: Path, subject: str = "household") -> None:
        self.files = Files(folder)
        self.rule = rule("agency", subject)
        self.query = Query(OF_HOUSEHOLDS if subject == "household" else OF_PEOPLE, {}, {})
        self.tables = {name: dataset("agency", name) for name in FIELDS}
        self.register = self.tables["changes"]
        self.inputs = {t.full_name: t for t in self.tables.values() if t.full_name in self.rule.inputs}
        self.delivered = 0
        self.since: Snapshots | None = None
        self.current: dict[bytes, tuple[Any, ...]] = {}
        self.touched: set[bytes] = set()

    def deliver(self, *rows: Row) -> None:
        for name, table in self.tables.items():
            own = [row for row in rows if row.table == name]
            batch = f"{table.full_name}-{self.delivered:04d}"
            self.files.add(table, rows_of(table, batch, self.delivered, own))
        self.delivered += 1

    def match(self) -> None:
        found, since = self._answer(self.since), self._snapshots()
        self.touched = set(self.current if found.touched is None else found.touched)
        kept = {subject: lead for subject, lead in self.current.items() if subject not in self.touched}
        new = as_leads(found.rows)
        assert found.touched is None or new.keys() <= set(found.touched)
        self.current, self.since = kept | new, since

    def full(self) -> dict[bytes, tuple[Any, ...]]:
        return as_leads(self._answer(None).rows)

    def _answer(self, since: Snapshots | None) -> Any:
        with Engine(cast(Warehouse, self.files), self.files.folder) as engine:
            return answer(engine, self.rule, self.query, self.inputs, self.register, self._snapshots(), since)

    def _snapshots(self) -> Snapshots:
        return {t.full_name: self.files.snapshot(t) for t in self.tables.values()}


def as_leads(rows: pa.Table) -> dict[bytes, tuple[Any, ...]]:
    return {row["subject"]: tuple(row.values()) for row in rows.to_pylist()}


def rows_of(table: Dataset, batch: str, number: int, rows: Sequence[Row]) -> pa.RecordBatch:
    columns = [_values(table, row, batch, number, place) for place, row in enumerate(rows)]
    schema = table_schema(table)
    return pa.RecordBatch.from_arrays([pa.array([c[f.name] for c in columns], f.type) for f in schema], schema=schema)


def _values(table: Dataset, row: Row, batch: str, number: int, place: int) -> Mapping[str, Any]:
    end = START + timedelta(days=number)
    own = {name: row.other.encode() for name in ("household", "spouse", "old_person")}
    names = {
        f"{name}_{form}": f"{whose}|{row.name}".encode()
        for name, whose in (("name", row.person), ("spouse_name", row.other), ("old_name", row.other))
        for form in ("full", "folded")
    }
    system = {"batch_id": batch, "batch_row": place, "interval_end": end, "delivery_sequence": number}
    return {
        **own,
        **names,
        **system,
        "record_no": row.key.encode(),
        "person": row.person.encode(),
        "updated_at": START + timedelta(days=row.changed),
        "known_from": end,
        "deleted": row.deleted,
    }


def versions(table: str, others: str) -> st.SearchStrategy[Row]:
    few = st.sampled_from
    # Deletions and second names are rare, so that most rows meet others.
    return st.builds(
        Row,
        st.just(table),
        few("abc"),
        few("PQR"),
        few(others),
        few("nnnnnm"),
        st.integers(0, 3),
        few([False] * 5 + [True]),
    )


PEOPLE, HOUSEHOLDS = "PQR", "HJ"
rows = st.one_of(
    versions("members", HOUSEHOLDS),
    versions("couples", PEOPLE),
    versions("posts", HOUSEHOLDS),
    versions("changes", PEOPLE),
)
# A full first delivery, then small ones: what they change is easily lost among too many.
histories = st.tuples(
    st.lists(rows, min_size=5, max_size=9), st.lists(st.lists(rows, min_size=1, max_size=2), min_size=1, max_size=3)
)


@pytest.mark.parametrize("subject", ["person", "household"])
@settings(max_examples=15, deadline=None)
@given(history=histories)
def test_incremental_equals_full_over_hops_and_changed_numbers(
    subject: str, history: tuple[list[Row], list[list[Row]]]
) -> None:
    first, later = history
    with TemporaryDirectory() as folder:
        site = Site(Path(folder), subject)
        for delivered in (first, *later):
            site.deliver(*delivered)
            site.match()
            assert site.current == site.full()


MEMBER = Row("members", "a", "P", "H", "n", 1)
POST = Row("posts", "a", "Q", "", "n", 1)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A poor household H of P, and a post of Q: nothing to be found yet."""
    site = Site(tmp_path)
    site.deliver(MEMBER, POST, Row("members", "b", "R", "J", "n", 1))
    site.match()
    assert site.current == {}
    return site


def test_a_marriage_brings_the_post_into_the_household(site: Site) -> None:
    site.deliver(Row("couples", "a", "Q", "P", "n", 2))
    site.match()
    assert (set(site.current), site.touched) == ({b"H"}, {b"H"})


def test_a_divorce_takes_it_away(site: Site) -> None:
    site.deliver(Row("couples", "a", "Q", "P", "n", 2))
    site.match()
    site.deliver(Row("couples", "a", "Q", "P", "n", 3, deleted=True))
    site.match()
    assert (site.current, site.touched) == ({}, {b"H"})


def test_a_changed_number_joins_what_stands_under_the_old_and_the_new(site: Site) -> None:
    site.deliver(Row("changes", "a", person="Q", other="P", name="n", changed=2))
    site.match()
    assert set(site.current) == {b"H"}


def test_a_chain_of_changed_numbers_is_followed_to_its_end(site: Site) -> None:
    site.deliver(Row("changes", "a", person="S", other="P", name="n", changed=2))
    site.match()
    assert site.current == {}
    site.deliver(Row("changes", "b", person="Q", other="S", name="n", changed=3))
    site.match()
    assert set(site.current) == {b"H"}


def test_of_two_people_with_one_number_only_the_one_named_is_renumbered(site: Site) -> None:
    site.deliver(Row("changes", "a", person="Q", other="P", name="m", changed=2))
    site.match()
    assert site.current == {} == site.full()


def test_a_change_that_is_taken_back_takes_the_lead_back(site: Site) -> None:
    site.deliver(Row("changes", "a", person="Q", other="P", name="n", changed=2))
    site.match()
    site.deliver(Row("changes", "a", person="Q", other="P", name="n", changed=3, deleted=True))
    site.match()
    assert site.current == {} == site.full()


def test_numbers_that_go_in_circles_stay_as_they_are(site: Site) -> None:
    site.deliver(Row("changes", "a", "Q", "P", "n", 2), Row("changes", "b", "P", "Q", "n", 2))
    site.match()
    assert site.current == {} == site.full()


def test_a_lead_follows_its_person_from_number_to_number(tmp_path: Path) -> None:
    site = Site(tmp_path, "person")
    site.deliver(
        MEMBER, Row("posts", "a", "P", "", "n", 1), Row("changes", "a", person="Q", other="P", name="n", changed=1)
    )
    site.match()
    assert set(site.current) == {b"Q"}
    site.deliver(Row("changes", "b", person="R", other="Q", name="n", changed=2))
    site.match()
    assert set(site.current) == {b"R"}


@pytest.mark.parametrize("spellings", [("x", "y"), ("y", "x")])
def test_of_two_spellings_of_one_change_the_same_is_taken_each_time(spellings: tuple[str, str]) -> None:
    names = [(f"P|{spelling}".encode(), f"Q|{spelling}".encode()) for spelling in spellings]
    both = " UNION ALL ".join(
        f"""SELECT 'P'::BLOB AS old_person, 'P|n'::BLOB AS old_name_folded, '{old.decode()}'::BLOB AS old_name_full,
            'Q'::BLOB AS person, 'Q|n'::BLOB AS name_folded, '{new.decode()}'::BLOB AS name_full"""
        for old, new in names
    )
    shown = duckdb.sql(newest_numbers_sql(dataset("agency", "changes"), both)).to_arrow_table().to_pylist()
    assert [(row["old_full"], row["new_full"]) for row in shown] == [(b"P|x", b"Q|x")]
