"""The judges: each reads the stored batch, types and repairs it, asks the twelve, and names every row that fails.

Each function sets up and returns what is to be timed.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.judged_rows import TABLE, Stored, contract
from benchmarks.twelve import CONTRADICTING, DIAGNOSIS, DIVISION, TWELVE, VERSION, VISITS, query, suite

# The rows that fail each of the twelve.
Found = list[Any]
Judging = Callable[[], Found]

_BLANKS: Final = " \t\r\n\u00a0\u3000\ufeff"
_AMOUNTS: Final = ("total_yuan", "pool_fund_yuan")
_DAYS: Final = ("started_on", "ended_on")
_TEXTS: Final = ("record_no", "person", "name", "visit_type", "diagnosis", "place_of_insurance")
_WANTED: Final = (*_TEXTS, *_DAYS, *_AMOUNTS, "updated_at")


def with_hedui(at_rest: Stored, scratch: Path) -> Judging:
    from hedui.validation.duckdb_engine import prepared_gx
    from hedui.validation.judging import judge

    prepared_gx()
    file = scratch / "suite.json"
    file.write_text(json.dumps(suite()), encoding="utf-8")

    def judging() -> Found:
        verdict = judge(contract(), at_rest.landing.read(TABLE), scratch / "spill", file)
        return [_of(verdict, kind, field) for kind, field, _ in TWELVE]

    return judging


def _of(verdict: Any, kind: str, field: str) -> Any:
    numbers = [n for n, f in enumerate(verdict.findings) if f.expectation == kind and field in (f.field, "_unreadable")]
    return verdict.bad_rows.filter(pc.is_in(verdict.bad_rows["finding"], pa.array(numbers, pa.int32())))["row"].unique()


def with_duckdb(at_rest: Stored, scratch: Path) -> Judging:
    from hedui.scratch import private_database

    def judging() -> Found:
        with private_database(scratch / "spill") as connection:
            connection.execute("SET preserve_insertion_order = false")
            connection.execute(f"PRAGMA add_parquet_key('batch', '{at_rest.duckdb_key}')")
            connection.execute(query(str(at_rest.parquet)))
            asked = [
                f"SELECT _row FROM judged WHERE fails_{n}" if n != 2 else CONTRADICTING for n in range(len(TWELVE))
            ]
            return [connection.execute(one).to_arrow_table()["_row"] for one in asked]

    return judging


def with_gx_on_pandas(at_rest: Stored, scratch: Path) -> Judging:
    from benchmarks.gx_on_pandas import agreeing_rows
    from hedui.validation.duckdb_engine import prepared_gx

    gx = prepared_gx()
    agreeing = agreeing_rows()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("batch")
    whole = asset.add_batch_definition_whole_dataframe("all")
    asked = [
        {"type": kind, "kwargs": arguments} if kind != "expect_rows_of_one_version_to_agree" else agreeing
        for kind, _, arguments in TWELVE
    ]
    numbered = [{**one, "meta": {"number": number}} for number, one in enumerate(asked)]
    complete = {"result_format": "COMPLETE", "exclude_unexpected_values": True, "partial_unexpected_count": 0}

    def judging() -> Found:
        frame = _pandas_frame(at_rest)
        expectations = gx.ExpectationSuite(name="twelve", expectations=numbered)
        done = whole.get_batch({"dataframe": frame}).validate(expectations, result_format=complete)
        found = {one.expectation_config.meta["number"]: one.result["unexpected_index_list"] for one in done.results}
        return [[row for group in found[n] or [] for row in group["_row"]] for n in range(len(TWELVE))]

    return judging


def _pandas_frame(at_rest: Stored) -> Any:
    """Typed and repaired as one writes it for pandas: amounts are floating point."""
    import pandas as pd

    names = {field.source: name for name, field in contract().fields.items()}
    raw = pa.Table.from_batches(at_rest.landing.read(TABLE)).to_pandas().rename(columns=names)
    typed = {name: raw[name].str.strip(_BLANKS).replace("", None) for name in _WANTED}
    odd = typed["person"].notna() & ~typed["person"].str.isascii().fillna(True).astype(bool)
    typed["person"] = typed["person"].mask(odd, typed["person"][odd].str.normalize("NFKC")).str.upper()
    unreadable = pd.Series(False, index=raw.index)
    readers = dict.fromkeys(_DAYS, _day) | dict.fromkeys(_AMOUNTS, _amount) | {"updated_at": _moment}
    for name, read in readers.items():
        text, typed[name] = typed[name], read(pd, typed[name])
        unreadable |= typed[name].isna() & text.notna()
    frame = pd.DataFrame(typed)
    frame["_unreadable"] = pd.Series("yes", index=raw.index).where(unreadable)
    frame["_content"] = pd.util.hash_pandas_object(raw[list(names.values())], index=False)
    return frame.set_index(raw["_row"])


def _day(pd: Any, texts: Any) -> Any:
    usual = pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce")
    return usual.fillna(pd.to_datetime(texts[usual.isna()], format="%Y%m%d", errors="coerce"))


def _moment(pd: Any, texts: Any) -> Any:
    return pd.to_datetime(texts, format="%Y-%m-%d %H:%M:%S", errors="coerce")


def _amount(pd: Any, texts: Any) -> Any:
    return pd.to_numeric(texts, errors="coerce")


def with_pandera_on_polars(at_rest: Stored, scratch: Path) -> Judging:
    import pandera.polars as pandera
    import polars as pl

    schema = _pandera_schema(pandera, pl)

    def judging() -> Found:
        frame = _polars_frame(pl, at_rest)
        try:
            schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as errors:
            cases = errors.failure_cases.select("column", "check", "index").with_columns(
                pl.when(pl.col("check") == "not_nullable")
                .then("not null " + pl.col("column"))
                .otherwise("check")
                .alias("check")
            )
        rows = frame["_row"]
        found = [rows.gather(cases.filter(pl.col("check") == name)["index"]) for name in _pandera_names()]
        return [one.to_arrow() for one in found]

    return judging


def _pandera_names() -> list[str]:
    nulls = {1: "not null record_no", 3: "not null person", 5: "not null name"}
    return [nulls.get(number, str(number)) for number in range(len(TWELVE))]


def _pandera_schema(pandera: Any, pl: Any) -> Any:
    from hedui.identifiers.columns import valid_column

    def check(number: int, passes: Any) -> Any:
        return pandera.Check(lambda data: data.lazyframe.select(passes.fill_null(True)), name=str(number))

    def valid(persons: Any) -> Any:
        return pl.Series(
            np.asarray(valid_column(persons.to_arrow(compat_level=pl.CompatLevel.oldest()).cast("string")))
        )

    col, texts = pl.col, pl.String
    person = pl.when(col("person").is_not_null()).then(col("person").map_batches(valid, return_dtype=pl.Boolean))
    version = [col(name) for name in VERSION]
    one_content = (col("_content").min().over(version) == col("_content").max().over(version)) | pl.any_horizontal(
        column.is_null() for column in version
    )
    columns = {
        "_unreadable": pandera.Column(pl.Boolean, check(0, ~col("_unreadable"))),
        "record_no": pandera.Column(texts),
        "person": pandera.Column(texts, check(4, person)),
        "name": pandera.Column(texts),
        "visit_type": pandera.Column(texts, check(6, col("visit_type").is_in(VISITS)), nullable=True),
        "diagnosis": pandera.Column(texts, check(8, col("diagnosis").str.contains(DIAGNOSIS)), nullable=True),
        "pool_fund_yuan": pandera.Column(pl.Decimal(18, 2), check(9, col("pool_fund_yuan") >= 0), nullable=True),
        "place_of_insurance": pandera.Column(
            texts, check(11, col("place_of_insurance").str.contains(DIVISION)), nullable=True
        ),
    }
    several = [
        check(2, one_content),
        check(7, col("ended_on") >= col("started_on")),
        check(10, col("total_yuan") >= col("pool_fund_yuan")),
    ]
    return pandera.DataFrameSchema(columns, checks=several)


def _polars_frame(pl: Any, at_rest: Stored) -> Any:
    col, names = pl.col, {field.source: name for name, field in contract().fields.items()}
    raw = pl.from_arrow(pa.Table.from_batches(at_rest.landing.read(TABLE))).rename(names)
    content = pl.struct(list(names.values())).hash().reinterpret(signed=True).alias("_content")
    stripped = [col(name).str.strip_chars(_BLANKS).replace("", None) for name in _WANTED]
    narrow = col("person").str.normalize("NFKC").str.to_uppercase()
    typed: Mapping[str, Any] = {
        **{name: pl.coalesce(_date(col(name), "%Y-%m-%d"), _date(col(name), "%Y%m%d")) for name in _DAYS},
        **{name: col(name).str.to_decimal(scale=2).cast(pl.Decimal(18, 2)) for name in _AMOUNTS},
        "updated_at": col("updated_at").str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False),
    }
    bare = (
        raw.lazy()
        .select("_row", *stripped, content)
        .with_columns(
            pl.when(col("person").str.len_bytes() == 18)
            .then(col("person").str.to_uppercase())
            .otherwise(narrow)
            .alias("person")
        )
    )
    unreadable = pl.any_horizontal(col(name).is_not_null() & value.is_null() for name, value in typed.items())
    return bare.with_columns(unreadable.alias("_unreadable"), **typed).collect()


def _date(text: Any, form: str) -> Any:
    return text.str.to_date(form, strict=False)


JUDGES: Final[Mapping[str, Callable[[Stored, Path], Judging]]] = {
    "hedui": with_hedui,
    "duckdb": with_duckdb,
    "pandera": with_pandera_on_polars,
    "gx-pandas": with_gx_on_pandas,
}
