"""Data Docs: what the suites said, agency by agency, without a value, open to who has no other host at hand."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from hedui import shelves
from hedui.model.interval import Interval
from hedui.validation.data_docs import build, results, write_result
from hedui.validation.judging import judge
from tests.validation.conftest import RECEIVED

DAY = Interval.parse("2026-06-30", "2026-07-01")
# Values that no page and no result may hold: identifiers, names, amounts of the landed rows, right ones and wrong ones.
WRONG, NAME, AMOUNT = "110105194912310021", "欧阳测试", "98765.43"
DATASETS = ("civil_affairs.dibao", "civil_affairs.deaths", "hr.payroll")


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory, rows_of: Callable[[str], list[pa.RecordBatch]]) -> Path:
    """Pages of two agencies, built from batches in which a row is wrong in every way that its suite knows."""
    folder = tmp_path_factory.mktemp("docs")
    for name in DATASETS:
        dataset = shelves.dataset(name)
        verdict = judge(dataset, rows_of(name), tmp_path_factory.mktemp("spill"), known=RECEIVED)
        assert verdict.findings
        at = datetime(2026, 7, 1, 2, tzinfo=UTC)
        write_result(folder / dataset.agency, dataset, f"{dataset.table}-1", DAY, at, verdict.outcomes)
    for agency in ("civil_affairs", "hr"):
        build(folder / agency)
    return folder


@pytest.fixture(scope="module")
def rows_of() -> Callable[[str], list[pa.RecordBatch]]:
    def rows(name: str) -> list[pa.RecordBatch]:
        values = {"person": WRONG, "name": NAME, "amount_yuan": f"-{AMOUNT}", "month": "2025-13", "county": "城关区"}
        fields = shelves.dataset(name).fields
        wrong = {field.source: [values.get(field_name, "不合格的值")] * 3 for field_name, field in fields.items()}
        place = {"_source": ["f.csv"] * 3, "_position": [1, 2, 3], "_row": [0, 1, 2]}
        return [pa.RecordBatch.from_pydict({**wrong, **place})]

    return rows


def texts(folder: Path) -> dict[str, str]:
    return {
        str(f.relative_to(folder)): f.read_text("utf-8") for f in folder.rglob("*") if f.suffix in (".html", ".json")
    }


def test_each_batch_has_a_page_that_says_what_was_not_met(docs: Path) -> None:
    [page] = (docs / "civil_affairs").glob("site/validations/civil_affairs/dibao/**/*.html")
    text = page.read_text("utf-8")
    assert "amount_yuan" in text and "civil_affairs__dibao-1" in text
    assert "100% unexpected" in text.replace("\n", " ")


def test_the_index_leads_to_every_page(docs: Path) -> None:
    site = docs / "civil_affairs" / "site"
    linked = re.findall(r'href="([^"]+)"', (site / "index.html").read_text("utf-8"))
    pages = {page.relative_to(site).as_posix() for page in site.glob("validations/**/*.html")}
    assert set(linked) == pages and len(pages) == 2


def test_no_value_of_a_row_is_in_it(docs: Path) -> None:
    for place, text in texts(docs).items():
        for value in (WRONG, NAME, AMOUNT, "不合格的值", "2025-13", "城关区"):
            assert value not in text, place
        assert "SELECT" not in text, place


@pytest.mark.parametrize(("agency", "other"), [("civil_affairs", "hr"), ("hr", "civil_affairs")])
def test_of_another_agency_nothing_is_in_it(docs: Path, agency: str, other: str) -> None:
    strange = [other + mark for mark in (".", "__", "/", '"', "<")]
    strange += [
        title for word in ("zh", "en") for title in [shelves.agencies()[other].title.in_(word)] if len(title) > 2
    ]
    for place, text in texts(docs / agency).items():
        assert not [word for word in strange if re.search(rf"(?<![a-z_]){re.escape(word)}", text)], place
        assert other not in Path(place).parts


def test_nothing_is_loaded_from_another_host(docs: Path) -> None:
    for place, text in texts(docs).items():
        loaded = re.findall(r"<(?:script|link|img|iframe)\b[^>]*https?:[^>]*>", text)
        assert loaded == [], place
        assert not re.search(r"url\(['\"]?https?:", text), place


def test_a_batch_that_is_judged_again_has_one_result(tmp_path: Path) -> None:
    dataset, at = shelves.dataset("hr.payroll"), datetime(2026, 7, 1, tzinfo=UTC)
    for success in (False, True):
        outcome = {"type": "expect_x", "kwargs": {}, "success": success, "result": {}}
        file = write_result(tmp_path, dataset, "b", DAY, at, [outcome])
    assert results(tmp_path) == {"payroll": [file]}
    assert '"success": true' in file.read_text("utf-8")


def test_where_a_value_must_be_known_to_another_agency_its_dataset_is_not_named(tmp_path: Path) -> None:
    dataset, at = shelves.dataset("hr.payroll"), datetime(2026, 7, 1, tzinfo=UTC)
    asked = {"type": "expect_x", "kwargs": {"column": "person", "reference": "police.vehicles.person"}}
    meta = {"title": {"zh": "不在公安登记中", "en": "Not registered by the police"}}
    file = write_result(tmp_path, dataset, "b", DAY, at, [{**asked, "meta": meta, "success": True, "result": {}}])
    assert "police" not in file.read_text("utf-8")
