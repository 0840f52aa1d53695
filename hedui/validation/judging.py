"""Judge a landed batch by its dataset's suite, and fail closed: what could not be evaluated was not validated."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from hedui.model.contract import Dataset
from hedui.model.errors import ValidationFailed
from hedui.validation.beside import beside, load_known
from hedui.validation.confirmed import Confirmed, without_confirmed
from hedui.validation.data_docs import Outcome, outcome
from hedui.validation.drifted import held_for_form
from hedui.validation.duckdb_engine import judging_database, prepared_gx, reading
from hedui.validation.known import Known
from hedui.validation.loading import TABLE, ListRepairs, load
from hedui.validation.preparation import DRIFT, UNREADABLE
from hedui.validation.profile import counted
from hedui.validation.rejecting import rejected_because
from hedui.validation.suite import OF_COUNTS, OF_THE_WHOLE, DeclaredExpectation, Suite, read_suite
from hedui.validation.verdict import BAD_ROWS, Finding, Profile, Verdict

NOT_NULL = "expect_column_values_to_not_be_null"
_ASKING_FOR_A_VALUE = {NOT_NULL, "expect_column_pair_values_a_to_be_filled_where_b_in_set"}
# Counts, and a query for the rows that fail: of the rows themselves nothing ever enters a result.
_RESULT_FORMAT = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
    "return_unexpected_index_query": True,
    "unexpected_index_column_names": ["_row"],
}


class _Failed(NamedTuple):
    expectation: DeclaredExpectation
    rows: pa.Array


def judge(
    dataset: Dataset,
    batches: Iterable[pa.RecordBatch],
    spill: Path,
    suite_file: Path | None = None,
    later: Collection[str] = (),
    confirmed: Confirmed | None = None,
    known: Known | None = None,
    list_repairs: ListRepairs | None = None,
) -> Verdict:
    """Prepare the landed `batches` and judge them. Working files, if any, are enciphered and lie in `spill`.

    `later` are fields that only a later version of the contract has: what the suite says of them is passed over.
    What `confirmed` names of doubtful values is no fault. What asks for more than is `known` is passed over.
    `list_repairs` gets every repair, as rows of `REPAIRED`, while the batches stream by.
    Raises ValidationFailed if the suite, or any expectation in it, could not be evaluated, and what `batches` raises.
    """
    suite, known = read_suite(dataset, suite_file, later), known or Known()
    with judging_database(spill) as connection:
        references = load_known(connection, suite, known)
        tally = load(connection, dataset, suite, batches, beside(suite, known, references), list_repairs)
        asked, passed_over = suite.parted(known.parameters, references)
        if not tally.pulled:
            asked = asked.only(OF_COUNTS)
        outcomes: list[Outcome] = []
        findings, bad_rows = _findings(connection, _failed(connection, asked, known, outcomes))
        if confirmed:
            findings, bad_rows = without_confirmed(findings, bad_rows, confirmed)
        drifted = connection.execute(f"SELECT _row, {DRIFT} FROM {TABLE} WHERE {DRIFT} IS NOT NULL").to_arrow_table()
        categories = counted(connection, TABLE, suite.categories)
    verdict = Verdict(tally.pulled, tally.repaired, tally.repairs, findings, bad_rows)
    because = rejected_because(verdict, suite.reject_above, drifted["_row"])
    held, held_rows = held_for_form(dataset, drifted, len(findings))
    bad_rows = _in_order(pa.concat_tables([bad_rows, held_rows]))
    return replace(
        verdict,
        findings=(*findings, *held),
        bad_rows=bad_rows,
        rejected_because=because,
        passed_over=passed_over,
        profile=Profile(tally.pulled, tally.filled, categories),
        outcomes=tuple(outcomes),
    )


def _failed(
    connection: duckdb.DuckDBPyConnection, suite: Suite, known: Known, outcomes: list[Outcome]
) -> list[_Failed]:
    """The expectations that the table does not meet, in the suite's order; `outcomes` gets what each one said."""
    declared = dict(enumerate(suite.expectations))
    failed = {}
    for result in _validate(connection, suite, known) if declared else ():
        number = result.expectation_config.meta["number"]
        expectation = declared.pop(number)
        _fail_closed(suite, expectation, result)
        outcomes.append(outcome(suite.json["expectations"][number], result.success, result.result))
        if not result.success:
            failed[number] = _rows_of(connection, suite, expectation, result.result)
    if declared:
        # Great Expectations drops without a word what it does not know.
        _refuse(suite, next(iter(declared.values())), "was not evaluated: it is unknown, or its arguments are wrong")
    return [failed[number] for number in sorted(failed)]


def _validate(connection: duckdb.DuckDBPyConnection, suite: Suite, known: Known) -> list[Any]:
    gx = prepared_gx()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    # A second connection to one DuckDB would be refused, because duckdb-engine brings its own settings: it gets ours.
    source = context.data_sources.add_sql(
        "batch", connection_string="duckdb:///:memory:", kwargs={"creator": lambda: reading(connection)}
    )
    batch = source.add_table_asset(TABLE, table_name=TABLE).add_batch_definition_whole_table("all").get_batch()
    parameters = dict(known.parameters)
    asked = _gx_suite(gx, suite)
    try:
        done = batch.validate(asked, result_format=_RESULT_FORMAT, expectation_parameters=parameters)
    except Exception as error:  # a value of a parameter that an expectation cannot take
        what = f"Great Expectations cannot evaluate the suite: {type(error).__name__}"
        raise ValidationFailed(suite.dataset, what, _remedy(suite)) from None
    return list(done.results)


def _gx_suite(gx: Any, suite: Suite) -> Any:
    """Great Expectations' own reading of the suite, each expectation numbered so that its result can be told."""
    from great_expectations.core.expectation_suite import expectationSuiteSchema

    numbered = [
        {**one, "meta": {**one["meta"], "number": number}} for number, one in enumerate(suite.json["expectations"])
    ]
    try:
        return gx.ExpectationSuite(**expectationSuiteSchema.load({**suite.json, "expectations": numbered}))
    except Exception as error:
        what = f"Great Expectations cannot read the suite: {type(error).__name__}: {str(error).splitlines()[0]}"
        raise ValidationFailed(suite.dataset, what, _remedy(suite)) from None


def _fail_closed(suite: Suite, expectation: DeclaredExpectation, result: Any) -> None:
    info = result.exception_info
    if not (isinstance(info, dict) and info.get("raised_exception") is False):
        _refuse(suite, expectation, "could not be evaluated")
    if not isinstance(result.success, bool):
        _refuse(suite, expectation, "gave neither yes nor no")
    of_the_whole = expectation.type in OF_THE_WHOLE or not expectation.field
    if (
        not of_the_whole
        and expectation.meta.on_failure != "reject_batch"
        and "unexpected_index_query" not in result.result
    ):
        _refuse(suite, expectation, f"does not say which rows fail, so `{expectation.meta.on_failure}` cannot be done")


def _refuse(suite: Suite, expectation: DeclaredExpectation, what: str) -> None:
    # Great Expectations' own message is left out: it can quote a row's value.
    columns = ", ".join(expectation.columns) or "the table"
    raise ValidationFailed(suite.dataset, f"the expectation {expectation.type} on {columns} {what}", _remedy(suite))


def _remedy(suite: Suite) -> str:
    return f"Nothing of the batch counts as validated. Mend expectations/{suite.dataset.replace('.', '/')}.json"


def _rows_of(
    connection: duckdb.DuckDBPyConnection, suite: Suite, expectation: DeclaredExpectation, result: dict[str, Any]
) -> _Failed:
    """All rows that fail, by Great Expectations' own query, which has no limit."""
    query = result.get("unexpected_index_query")
    if not query:
        return _Failed(expectation, pa.array([], pa.int64()))
    rows = _column(connection, f"SELECT _row FROM ({query.rstrip().rstrip(';')}) AS failing ORDER BY _row")
    if len(rows) != result["unexpected_count"]:
        # Seen with `row_condition`, which the count respects and the query does not.
        _refuse(suite, expectation, f"counts {result['unexpected_count']} failing rows and names {len(rows)}")
    return _Failed(expectation, rows)


def _findings(connection: duckdb.DuckDBPyConnection, failed: list[_Failed]) -> tuple[tuple[Finding, ...], pa.Table]:
    findings: list[Finding] = []
    tables: list[pa.Table] = []
    unreadable = _unreadable(connection) if any(one.expectation.field == UNREADABLE for one in failed) else {}
    for expectation, field, rows in _by_field(failed, unreadable):
        meta, number = expectation.meta, pa.scalar(len(findings), pa.int32())
        columns = [rows, pa.repeat(pa.scalar(field), len(rows)), pa.repeat(number, len(rows))]
        tables.append(pa.table(columns, schema=BAD_ROWS))
        findings.append(
            Finding(
                expectation.type,
                field,
                expectation.severity,
                meta.on_failure,
                meta.title,
                meta.advice,
                len(rows),
                meta.scored,
                meta.confirmable,
            )
        )
    bad_rows = pa.concat_tables(tables) if tables else BAD_ROWS.empty_table()
    return tuple(findings), _in_order(bad_rows)


def _in_order(bad_rows: pa.Table) -> pa.Table:
    return bad_rows.sort_by([("row", "ascending"), ("finding", "ascending")]).combine_chunks()


def _by_field(
    failed: list[_Failed], unreadable: dict[str, pa.Array]
) -> Iterator[tuple[DeclaredExpectation, str, pa.Array]]:
    """The failures by the field to mend. What could not be read is null now, but nobody left it out: once is enough."""
    for expectation, rows in failed:
        if expectation.field == UNREADABLE:
            yield from ((expectation, field, found) for field, found in unreadable.items())
        elif expectation.type in _ASKING_FOR_A_VALUE and expectation.field in unreadable:
            missing = rows.filter(pc.invert(pc.is_in(rows, unreadable[expectation.field])))
            if len(missing):
                yield expectation, expectation.field, missing
        else:
            yield expectation, expectation.field, rows


def _unreadable(connection: duckdb.DuckDBPyConnection) -> dict[str, pa.Array]:
    """The rows of each field whose text could not be read."""
    named = f"SELECT _row, unnest(string_split({UNREADABLE}, ',')) AS field FROM {TABLE}"
    fields = _column(connection, f"SELECT DISTINCT field FROM ({named}) WHERE field IS NOT NULL ORDER BY field")
    return {
        field: _column(connection, f"SELECT _row FROM ({named}) WHERE field = '{field}' ORDER BY _row")
        for field in fields.to_pylist()
    }


def _column(connection: duckdb.DuckDBPyConnection, query: str) -> pa.Array:
    return connection.execute(query).to_arrow_table().column(0).combine_chunks()
