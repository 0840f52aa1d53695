"""Which fields of which datasets a rule's query reads."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

from hedui.matching.query import parsed
from hedui.matching.reference import reference_table
from hedui.model.contract import Dataset
from hedui.model.errors import DeclarationInvalid
from hedui.model.rule import Query, Rule
from hedui.warehouse.schema import content_schema


def fields_read(rule: Rule, query: Query, datasets: Mapping[str, Dataset]) -> dict[str, set[str]]:
    """By dataset the contract's fields that the query and its concepts name, or that lead to subjects.

    `datasets` are the rule's inputs. Raises DeclarationInvalid where a column does not exist, or a path goes astray.
    """
    _check_paths(rule, datasets)
    found = defaultdict[str, set[str]](set)
    schema = _schema(rule, query, datasets)
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


def _schema(rule: Rule, query: Query, datasets: Mapping[str, Dataset]) -> dict[str, object]:
    """What sqlglot has to know: the columns of each `schema.table`. Their types do not matter here."""
    schema = defaultdict[str, dict[str, dict[str, str]]](dict)
    for dataset in datasets.values():
        schema[dataset.agency][dataset.name] = dict.fromkeys(content_schema(dataset).names, "text")
    for name, text in query.reference.items():
        columns = reference_table(f"{rule.rule}/{rule.reference[name]}", text).column_names
        schema["reference"][name] = dict.fromkeys(columns, "text")
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


def _check_paths(rule: Rule, datasets: Mapping[str, Dataset]) -> None:
    """Each path goes from a column to subjects, and every link goes on from what the step before led to."""
    for name, declared in rule.inputs.items():
        for column, *links in declared.paths:
            way, kind = f"{name}.{column}", _kind(rule, datasets[name], column)
            for link in (rule.links[step] for step in links):
                _check_kind(rule, way, kind, _kind(rule, datasets[link.dataset], link.from_))
                way, kind = f"{link.dataset}.{link.to}", _kind(rule, datasets[link.dataset], link.to)
            _check_kind(rule, way, kind, rule.subject_kind)


def _check_kind(rule: Rule, column: str, kind: str, needed: str) -> None:
    if kind != needed:
        raise DeclarationInvalid(
            f"{rule.rule}/rule.yaml",
            f"`touches` goes astray: `{column}` holds a {kind}, where a {needed} is needed",
            f"Lead each path to a {rule.subject}",
        )


def _kind(rule: Rule, dataset: Dataset, column: str) -> str:
    field = dataset.fields.get(column)
    if field is None or not field.keep:
        raise DeclarationInvalid(
            f"{rule.rule}/rule.yaml", f"{dataset.full_name} has no column `{column}`", "Name columns of the contract"
        )
    return field.identifier or "plain value"


def _field(dataset: Dataset, column: str) -> str:
    """The field a column comes from: `name_folded` is a form of `name`."""
    return column if column in dataset.fields else column.rpartition("_")[0]
