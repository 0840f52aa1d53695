"""Which fields of which datasets a rule's query reads."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

from hedui.matching.query import parsed
from hedui.model.contract import Dataset
from hedui.model.errors import DeclarationInvalid
from hedui.model.rule import Query, Rule
from hedui.warehouse.schema import content_schema


def fields_read(rule: Rule, query: Query, datasets: Mapping[str, Dataset]) -> dict[str, set[str]]:
    """By dataset the contract's fields that the query and its concepts name, or that lead to subjects.

    `datasets` are the rule's inputs. Raises DeclarationInvalid where a column does not exist.
    """
    found = defaultdict[str, set[str]](set)
    schema = _schema(query, datasets)
    for where, sql in _files(rule, query):
        for table, column in _columns(where, sql, schema):
            if table in datasets:
                found[table].add(_field(datasets[table], column))
    for name, declared in rule.inputs.items():
        found[name].update(path[0] for path in declared.paths)
    for link in rule.links.values():
        found[link.dataset].update((link.from_, link.to))
    return dict(found)


def _files(rule: Rule, query: Query) -> Iterator[tuple[str, str]]:
    yield f"{rule.rule}/rule.sql", query.sql
    for name, sql in query.concepts.items():
        yield f"concepts/{name}.sql", sql


def _schema(query: Query, datasets: Mapping[str, Dataset]) -> dict[str, object]:
    """What sqlglot has to know: the columns of each `schema.table`. Their types do not matter here."""
    schema = defaultdict[str, dict[str, dict[str, str]]](dict)
    for dataset in datasets.values():
        schema[dataset.agency][dataset.name] = dict.fromkeys(content_schema(dataset).names, "text")
    for name, text in query.reference.items():
        schema["reference"][name] = dict.fromkeys(text.splitlines()[0].split(","), "text")
    for name, sql in query.concepts.items():
        schema["concept"][name] = dict.fromkeys(parsed(f"concepts/{name}.sql", sql).named_selects, "text")
    return dict(schema)


def _columns(where: str, sql: str, schema: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Each table and column that the query names, `*` as what it stands for."""
    try:
        query = qualify(parsed(where, sql), schema=schema, dialect="duckdb", quote_identifiers=False)
    except SqlglotError as error:
        raise DeclarationInvalid(where, str(error).splitlines()[0], "Name only columns of the inputs") from None
    for scope in traverse_scope(query):
        for column in scope.columns:
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table):
                yield f"{source.db}.{source.name}", column.name


def _field(dataset: Dataset, column: str) -> str:
    """The field a column comes from: `name_folded` is a form of `name`."""
    return column if column in dataset.fields else column.rpartition("_")[0]
