"""Great Expectations' own Data Docs, for engineers: what each expectation said of the newest batches of an agency.

One folder, one context and one site per agency. A result holds counts and the suite's own words: no row's value, no
row's number, no query. The pages load nothing from elsewhere, so the index, which Great Expectations fills by scripts
of other hosts, is ours.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from shutil import rmtree
from typing import Any, Final

from hedui.model.contract import Dataset
from hedui.model.interval import PROVINCE_TIME, Interval
from hedui.validation.duckdb_engine import prepared_gx

Outcome = Mapping[str, Any]

RESULTS: Final = "results"
SITE: Final = "site"
_COUNTS: Final = ("element_count", "missing_count", "missing_percent", "unexpected_count", "unexpected_percent")
_ABROAD: Final = re.compile(
    r"""<script[^>]*\ssrc="https?:[^>]*>\s*</script>|<link[^>]*\shref="https?:[^>]*>|<img[^>]*\ssrc="https?:[^>]*>"""
)
_BACKGROUND: Final = re.compile(r"""url\(['"]?https?:[^)]*\)""")
_ANIMATED: Final = "*.gif"  # guides to Great Expectations, three megabytes of each site
_STYLE: Final = """\
<style>body {font-family: sans-serif; margin: 2rem} table {border-collapse: collapse} \
td, th {border: 1px solid #ccc; padding: .3rem .6rem; text-align: left; vertical-align: top} \
footer, .modal, .card.mb-3 {display: none} .fa-check-circle::before {content: "\2713"; color: #080} \
.fa-times::before, .fa-exclamation-triangle::before {content: "\2717"; color: #b00}</style>
"""


def outcome(declared: Mapping[str, Any], success: bool, result: Mapping[str, Any]) -> Outcome:
    """What an expectation, as its suite declares it, said: counts alone."""
    counts = {name: result[name] for name in _COUNTS if isinstance(result.get(name), int | float)}
    kept = {word: declared[word] for word in ("type", "kwargs", "severity", "meta") if word in declared}
    return {**kept, "success": success, "result": counts}


def write_result(
    folder: Path, dataset: Dataset, batch: str, interval: Interval, at: datetime, outcomes: Sequence[Outcome]
) -> Path:
    """Keep what a suite said of a batch; said again, it replaces what was said before."""
    file = folder / RESULTS / dataset.name / f"{batch}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "suite": dataset.full_name,
        "batch": batch,
        "interval": str(interval),
        "at": at.isoformat(),
        "outcomes": [_of_this_agency(dataset, one) for one in outcomes],
    }
    draft = file.with_suffix(".partial")
    draft.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    draft.replace(file)
    return file


def results(folder: Path) -> Mapping[str, list[Path]]:
    """The files of results by dataset, the newest first."""
    found = sorted((folder / RESULTS).glob("*/*.json"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    names = sorted({file.parent.name for file in found})
    return {name: [file for file in found if file.parent.name == name] for name in names}


def build(folder: Path) -> Path:
    """Build the site of the agency whose folder it is, in the place of the one before. Returns its index."""
    kept = [json.loads(file.read_text(encoding="utf-8")) for files in results(folder).values() for file in files]
    draft, site = folder / f"{SITE}.partial", folder / SITE
    rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    _render(draft, kept)
    for page in draft.rglob("*.html"):
        page.write_text(_offline(page.read_text(encoding="utf-8")), encoding="utf-8")
    for film in draft.rglob(_ANIMATED):
        film.unlink()
    (draft / "index.html").write_text(_index(draft, folder.name, kept), encoding="utf-8")
    rmtree(site, ignore_errors=True)
    draft.rename(site)
    return site / "index.html"


def _of_this_agency(dataset: Dataset, one: Outcome) -> Outcome:
    """Which dataset of another agency a value must be found in is that agency's business."""
    other = one["kwargs"].get("reference")
    if not isinstance(other, str) or other.startswith(f"{dataset.agency}."):
        return one
    return {**one, "kwargs": {**one["kwargs"], "reference": "a dataset of another agency"}, "meta": {}}


def _render(site: Path, kept: Iterable[Mapping[str, Any]]) -> None:
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = prepared_gx().get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    for known in list(context.variables.data_docs_sites or {}):
        context.delete_data_docs_site(known)
    store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(site)}
    context.add_data_docs_site(
        SITE, {"class_name": "SiteBuilder", "show_how_to_buttons": False, "store_backend": store}
    )
    for one in kept:
        key, result = _as_validated(one)
        context.validation_results_store.set(key, result)
    context.build_data_docs()


def _as_validated(kept: Mapping[str, Any]) -> tuple[Any, Any]:
    """The key and the result in Great Expectations' own classes."""
    from great_expectations.core import ExpectationSuiteValidationResult, RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    run = RunIdentifier(run_name=kept["batch"], run_time=datetime.fromisoformat(kept["at"]))
    met = sum(one["success"] for one in kept["outcomes"])
    asked = len(kept["outcomes"])
    result = ExpectationSuiteValidationResult(
        success=met == asked,
        results=[_as_result(one) for one in kept["outcomes"]],
        suite_name=kept["suite"],
        statistics={
            "evaluated_expectations": asked,
            "successful_expectations": met,
            "unsuccessful_expectations": asked - met,
            "success_percent": 100 * met / asked if asked else None,
        },
        meta={"run_id": run},
    )
    return ValidationResultIdentifier(ExpectationSuiteIdentifier(kept["suite"]), run, kept["batch"]), result


def _as_result(one: Outcome) -> Any:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    words = {"type": one["type"], "kwargs": one["kwargs"], "meta": one.get("meta") or {}}
    return ExpectationValidationResult(
        success=one["success"],
        expectation_config=ExpectationConfiguration(**words, severity=one.get("severity", "critical")),
        result=dict(one["result"]),
        exception_info={"raised_exception": False, "exception_message": None, "exception_traceback": None},
    )


def _offline(page: str) -> str:
    """The page without what it would load from other hosts, and with a style of its own in its place."""
    return _BACKGROUND.sub("none", _ABROAD.sub("", page)).replace("</head>", f"{_STYLE}</head>", 1)


def _index(site: Path, agency: str, kept: Iterable[Mapping[str, Any]]) -> str:
    pages = {page.stem: page.relative_to(site).as_posix() for page in site.glob("validations/**/*.html")}
    rows = "".join(_row(one, pages[one["batch"]]) for one in kept)
    head = "".join(f"<th>{name}</th>" for name in ("dataset", "interval", "batch", "judged", "met", "not met"))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Data Docs: {escape(agency)}</title>{_STYLE}'
        f"</head><body><h1>Data Docs: {escape(agency)}</h1><table><tr>{head}</tr>{rows}</table></body></html>\n"
    )


def _row(one: Mapping[str, Any], page: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in _cells(one, page)) + "</tr>"


def _cells(one: Mapping[str, Any], page: str) -> Iterator[str]:
    met = sum(outcome["success"] for outcome in one["outcomes"])
    yield escape(one["suite"])
    yield escape(one["interval"])
    yield f'<a href="{escape(page)}">{escape(one["batch"])}</a>'
    yield f"{datetime.fromisoformat(one['at']).astimezone(PROVINCE_TIME):%Y-%m-%d %H:%M}"
    yield str(met)
    yield str(len(one["outcomes"]) - met)
