"""Which subjects a rule has to look at anew, and which rows it then needs: along the rule's paths, there and back.

A changed row concerns the subjects that it and its earlier versions led to, over links as they ever were; so the set
may be too large and is never too small. Two numbers that the register ever connected count as one all along.
"""

from collections.abc import Iterable, Mapping, Sequence

from hedui.model.contract import Dataset
from hedui.model.rule import Link, Rule
from hedui.warehouse.aliases import SAME_PERSON, same_person_sql
from hedui.warehouse.engine import Engine, Snapshots
from hedui.warehouse.versions import key_sql

TOUCHED = "touched"
_RENUMBERED = "renumbered"


def show_touched(
    engine: Engine,
    rule: Rule,
    datasets: Mapping[str, Dataset],
    register: Dataset | None,
    snapshots: Snapshots,
    since: Snapshots,
) -> None:
    """A table `touched` of subjects, and views `agency.dataset` of all rows that lead to one of them."""
    for dataset in {**datasets, **({register.full_name: register} if register else {})}.values():
        engine.show_versions(dataset, snapshots[dataset.full_name])
    ways = _Ways(datasets, rule.links, register)
    _note_numbers(engine, register, snapshots, since)
    engine.run(f"CREATE TABLE {TOUCHED} (value BLOB)")
    for name, declared in rule.inputs.items():
        dataset = datasets[name]
        changed = _changed(engine, dataset, register, snapshots[name], since.get(name))
        for path in declared.paths:
            engine.run(f"INSERT INTO {TOUCHED} {ways.subjects(dataset, path, changed)}")
    engine.run(f"CREATE OR REPLACE TABLE {TOUCHED} AS SELECT DISTINCT value FROM {TOUCHED} WHERE value IS NOT NULL")
    if register:
        engine.show_newest_numbers(register)
    for name, declared in rule.inputs.items():
        engine.show_rows(datasets[name], ways.needed(datasets[name], declared.paths), register)


def touched_subjects(engine: Engine) -> list[bytes]:
    return [row[0] for row in engine.connection.sql(f"SELECT value FROM {TOUCHED}").fetchall()]


class _Ways:
    """The SQL of a rule's paths. Values are looked for in every version of the rows of a link."""

    def __init__(self, datasets: Mapping[str, Dataset], links: Mapping[str, Link], register: Dataset | None) -> None:
        self._datasets = datasets
        self._links = links
        self._register = register

    def subjects(self, dataset: Dataset, path: Sequence[str], changed: str) -> str:
        """The subjects that the rows `changed` led to along a path: a column, then links."""
        column, *links = path
        values = self._same(dataset, column, f'SELECT "{column}" AS value FROM ({changed})')
        for link in (self._links[name] for name in links):
            values = self._step(link, link.from_, link.to, values)
        return values

    def needed(self, dataset: Dataset, paths: Iterable[Sequence[str]]) -> str:
        """Whole histories of the records that ever led to a touched subject."""
        key, versions = key_sql(dataset), f"versions.{dataset.table}"
        named = " UNION ".join(
            f'SELECT {key} FROM {versions} SEMI JOIN ({self._back(dataset, path)}) AS t ON "{path[0]}" = t.value'
            for path in paths
        )
        return f"(SELECT * FROM {versions} SEMI JOIN ({named}) AS named USING ({key}))"

    def _back(self, dataset: Dataset, path: Sequence[str]) -> str:
        """The values of a path's column that lead to a touched subject."""
        column, *links = path
        values = f"SELECT value FROM {TOUCHED}"
        for link in reversed([self._links[name] for name in links]):
            values = self._step(link, link.to, link.from_, values)
        return self._same(dataset, column, values) if not links else values

    def _step(self, link: Link, start: str, end: str, values: str) -> str:
        dataset = self._datasets[link.dataset]
        reached = f"""
            SELECT "{end}" AS value FROM versions.{dataset.table}
            SEMI JOIN ({self._same(dataset, start, values)}) AS t ON "{start}" = t.value"""
        return self._same(dataset, end, reached)

    def _same(self, dataset: Dataset, column: str, values: str) -> str:
        """The values, and where they are people also their other numbers."""
        people = dataset.fields[column].identifier == "person"
        return _with_other_numbers(values) if self._register and people else values


def _note_numbers(engine: Engine, register: Dataset | None, snapshots: Snapshots, since: Snapshots) -> None:
    """Tables of the numbers that belong together, and of those of which the register says something new."""
    if register is None:
        return
    name = register.full_name
    engine.run(f"CREATE TABLE {SAME_PERSON} AS {same_person_sql(register, f'versions.{register.table}')}")
    added = engine.added_since(register, snapshots[name], since.get(name))
    changed = f"(SELECT * FROM versions.{register.table} SEMI JOIN ({added}) AS added USING ({key_sql(register)}))"
    told = f"SELECT one AS value FROM ({same_person_sql(register, changed)})"
    engine.run(f"CREATE TABLE {_RENUMBERED} AS {_with_other_numbers(told)}")


def _with_other_numbers(people: str) -> str:
    return f"""
        WITH RECURSIVE reached AS (
            {people} UNION SELECT other FROM reached INNER JOIN {SAME_PERSON} ON one = reached.value)
        SELECT value FROM reached"""


def _changed(
    engine: Engine, dataset: Dataset, register: Dataset | None, snapshot: int | None, since: int | None
) -> str:
    """All versions of the records that were delivered again, or whose people stand under another number now."""
    versions, key = f"versions.{dataset.table}", key_sql(dataset)
    changed = f"SELECT {key} FROM ({engine.added_since(dataset, snapshot, since)})"
    if register:
        for person in dataset.named_persons:
            changed += f' UNION SELECT {key} FROM {versions} SEMI JOIN {_RENUMBERED} AS n ON "{person}" = n.value'
    return f"SELECT * FROM {versions} SEMI JOIN ({changed}) AS changed USING ({key})"
