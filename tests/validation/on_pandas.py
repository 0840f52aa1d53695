"""A suite on pandas: the reference for what DuckDB says of the same rows."""

from collections import defaultdict
from datetime import datetime

import pandas as pd
import pyarrow as pa

from hedui.model.interval import PROVINCE_TIME
from hedui.validation.duckdb_engine import prepared_gx
from hedui.validation.judging import NOT_NULL
from hedui.validation.preparation import UNREADABLE, prepare
from hedui.validation.suite import OF_THE_WHOLE, read_suite

ASKING_FOR_A_VALUE = {NOT_NULL, "expect_column_pair_values_a_to_be_filled_where_b_in_set"}


def failing(dataset, batch, known, values_of_references=None, suite_file=None):
    """The rows that fail, by type of expectation and field to mend, and the types that fail of the batch as a whole."""
    frame = as_frame(prepare(batch, dataset).rows, values_of_references or {})
    suite = read_suite(dataset, suite_file)
    asked, _ = suite.parted(known.parameters, values_of_references or {})
    rows, whole = defaultdict(set), set()
    for result in validated(frame, asked, known):
        expectation = asked.expectations[result.expectation_config.meta["number"]]
        assert result.exception_info.get("raised_exception") is False, expectation.type
        found = {row["_row"] for row in result.result.get("unexpected_index_list") or ()}
        if found:
            for field, failed in by_field(expectation, found, frame):
                rows[expectation.type, field] |= failed
        elif not result.success:
            assert expectation.type in OF_THE_WHOLE
            whole.add(expectation.type)
    return {key: failed for key, failed in rows.items() if failed}, whole


def as_frame(rows: pa.RecordBatch, values_of_references) -> pd.DataFrame:
    frame = rows.to_pandas(date_as_object=False)
    for field in rows.schema:
        if pa.types.is_timestamp(field.type):
            frame[field.name] = frame[field.name].dt.tz_convert(PROVINCE_TIME).dt.tz_localize(None)
    frame.attrs["known"] = values_of_references
    return frame


def validated(frame, suite, known):
    gx = prepared_gx()
    from great_expectations.core.expectation_suite import expectationSuiteSchema

    numbered = [
        {**one, "kwargs": with_dates(one["kwargs"]), "meta": {**one["meta"], "number": n}}
        for n, one in enumerate(suite.json["expectations"])
    ]
    loaded = gx.ExpectationSuite(**expectationSuiteSchema.load({**suite.json, "expectations": numbered}))
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("rows")
    whole = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    form = {"result_format": "COMPLETE", "unexpected_index_column_names": ["_row"]}
    results = whole.validate(loaded, result_format=form, expectation_parameters=dict(known.parameters)).results
    assert len(results) == len(numbered)
    return results


def with_dates(arguments):
    """Bounds as pandas compares them: Great Expectations leaves it text there, and a database reads it as a date."""
    bounds = {key: arguments[key] for key in ("min_value", "max_value") if isinstance(arguments.get(key), str)}
    return {**arguments, **{key: datetime.fromisoformat(bound) for key, bound in bounds.items()}}


def by_field(expectation, found, frame):
    """As judging tells it: of what cannot be read by each field, and that once."""
    unreadable = frame.set_index("_row")[UNREADABLE].dropna().str.split(",")
    if expectation.field == UNREADABLE:
        for field in {name for names in unreadable for name in names}:
            yield field, {row for row, names in unreadable.items() if field in names}
    elif expectation.type in ASKING_FOR_A_VALUE:
        yield expectation.field, {row for row in found if expectation.field not in unreadable.get(row, ())}
    else:
        yield expectation.field, found
