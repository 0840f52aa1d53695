"""Deliveries with every defect of the field, each with a count of its own: what the clerk reads is what was put in.

`seeds.py` has the defects and says which is repaired, held back, told of or let pass; so does docs/expectations.md.
"""

import re
from collections import Counter

import pytest

from hedui import shelves
from hedui.model.channels import Language
from hedui.model.errors import DeliveryBroken
from hedui.model.interval import Interval
from hedui.validation.suite import read_suite
from tests.seeded import reading
from tests.seeded.agency import ASKED, PAYMENTS, UNITS
from tests.seeded.reading import LANGUAGES, figures, number, table
from tests.seeded.seeds import MEANT, OF_THE_WHOLE, RIGHT_X, SEEDS, UNIT, rows_of
from tests.seeded.site import NAMES, RIGHT_UNIT, Site, Told

PAGE = (shelves.ROOT / "docs" / "expectations.md").read_text("utf-8")
IN_BOTH_LANGUAGES = pytest.mark.parametrize("language", LANGUAGES)
# Of these a batch would have been rejected, and no row counted.
REJECTING = {"table_columns_to_match_set", "table_row_count_to_equal"}


@pytest.fixture(params=SEEDS)
def batch(request: pytest.FixtureRequest, told: dict[str, Told]) -> Told:
    return told[request.param]


@IN_BOTH_LANGUAGES
def test_the_figures_of_problems_are_those_of_the_seeds(batch: Told, language: Language) -> None:
    seeded = Counter(named for row in batch.rows.values() for named in row.problems)
    assert len({*seeded.values()}) == len(seeded), "two figures are equal: a mix-up would not show"
    seeded.update(dict.fromkeys(OF_THE_WHOLE.get(batch.dataset, ()), len(batch.rows)))
    expected = {reading.problem(batch.dataset, named, language): rows for named, rows in seeded.items()}
    assert figures(table(batch.pages[language], "wide problems")) == expected


@IN_BOTH_LANGUAGES
def test_the_figures_of_repairs_are_those_of_the_seeds(batch: Told, language: Language) -> None:
    seeded = Counter(named for row in batch.rows.values() for named in row.repairs)
    assert len({*seeded.values()}) == len(seeded), "two figures are equal: a mix-up would not show"
    expected = {reading.repair(batch.dataset, named, language): rows for named, rows in seeded.items()}
    assert figures(table(batch.pages[language], "wide")) == expected


@IN_BOTH_LANGUAGES
def test_every_row_that_was_announced_has_gone_one_way(batch: Told, language: Language) -> None:
    page, rows, held = batch.pages[language], len(batch.rows), len(batch.held)
    fates = Counter(row.fate for row in batch.rows.values())
    twice, older = fates["taken once"] // 2, fates["superseded"] // 2
    balance = [number(figure) for _, figure, _ in table(page, "balance")]
    assert balance == [rows - held - twice - older, older, twice, held]
    assert batch.facts.announced == batch.facts.pulled == rows
    announced = {
        "zh": "与报送时申报的 {:,} 行一致",
        "en": "Rows announced with the delivery: {:,}, as many as arrived",
    }[language]
    assert announced.format(rows) in page
    # At the head, and as the score.
    assert f"<b>{held:,}</b>" in page and f"<b>{100 * (1 - held / rows):.1f}%</b>" in page


def test_rows_to_mend_are_counted_by_county_and_township(batch: Told) -> None:
    stated = Counter(str(row.cells[batch.region]) for row in batch.held.values())
    expected = Counter[str]()
    for code, rows in stated.items():
        if not re.fullmatch("[1-8][0-9]{5}([0-9]{3})?", code):
            expected["未注明或无法识别"] += rows
            continue
        expected[NAMES.get(code[:6], code[:6])] += rows
        if any(len(other) == 9 and other.startswith(code[:6]) for other in stated):
            expected[NAMES.get(code, code) if len(code) == 9 else "未注明乡镇"] += rows
    shown = table(batch.pages["zh"], "regions")
    assert {re.sub(r" [0-9]+$", "", name): number(rows) for name, rows, _ in shown} == expected


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@IN_BOTH_LANGUAGES
def test_the_list_names_each_record_with_all_its_faults_and_no_other(
    batch: Told, language: Language, form: str
) -> None:
    sheet = {"zh": "第一张表", "en": "First sheet"}[language] if batch.dataset == PAYMENTS else ""
    expected = {place: (sheet, *reading.record(batch.dataset, row, language)) for place, row in batch.held.items()}
    assert reading.records(batch.lists[language], form, language) == expected


@IN_BOTH_LANGUAGES
def test_the_list_names_each_repair_and_where_it_was_made(batch: Told, language: Language) -> None:
    made = ((place, named) for place, row in batch.rows.items() for named in row.repairs)
    expected = [(place, reading.repair(batch.dataset, named, language)) for place, named in made]
    assert sorted(reading.repairs(batch.lists[language], language)) == sorted(expected)


def test_what_was_repaired_or_let_pass_means_in_the_warehouse_what_it_meant(site: Site, told: dict[str, Told]) -> None:
    kept = ("from_on", "month", "months", "paid_yuan")
    written = {str(row.cells["person"]) for row in told[PAYMENTS].rows.values() if row.fate != "held back"}
    with site.pipeline.query_engine() as engine, site.pipeline.lookup("a test") as looking:
        rows = engine.query(f"SELECT person, name_folded, {', '.join(kept)} FROM {PAYMENTS}").to_pylist()
        codes = engine.query(f"SELECT DISTINCT credit FROM {UNITS}")["credit"].to_pylist()
        tokens = {number: looking.person("livelihood", MEANT.get(number, number)) for number in written}
    assert {row["person"] for row in rows} == {*tokens.values()}
    # 测试, 䶮小, 㛃𬱖 and Zoë, each of them in several ways.
    assert len({row["name_folded"] for row in rows if row["person"] == tokens[RIGHT_X]}) == 4
    assert {name: {str(row[name]) for row in rows} for name in kept} == {
        "from_on": {"2025-01-31"},
        "month": {"2026-06-01"},
        "months": {"2"},
        "paid_yuan": {"250.00", "2050.00"},
    }
    assert {*codes} == {UNIT, "A1620102000000017U", "N16201020000000335", "Y26201020000000174"}


def test_nothing_of_the_agencys_rows_stands_on_a_page(batch: Told) -> None:
    said = [row.cells[name] for row in batch.rows.values() for name in ("person", "name", "record_no")]
    long = {str(cell) for cell in said if cell is not None and len(str(cell).strip()) > 1}
    for page in batch.pages.values():
        assert not [word for word in long if word in page]


def test_other_numbers_of_rows_than_announced_are_not_taken_in(site: Site) -> None:
    site.deliver(UNITS, {"units_8.csv": rows_of([], "L", RIGHT_UNIT, 3)}, "20260708", more=1)
    with pytest.raises(DeliveryBroken, match=r"units_8\.csv has 3 rows, its control file says 4"):
        site.pipeline.extract(UNITS, Interval.parse("2026-07-08", "2026-07-09"), site.credentials)


def test_every_kind_of_expectation_was_asked_and_found_something(told: dict[str, Told]) -> None:
    from hedui.validation import expectations as ours

    asked = {f"expect_{one.kind}" for several in ASKED.values() for one in several}
    own = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in ours.__all__}
    assert own | {one.type for d in shelves.datasets().values() for one in read_suite(d).expectations} <= asked
    found = {problem for batch in told.values() for _, problem, *_ in table(batch.pages["en"], "wide problems")}
    assert found == {
        reading.problem(dataset, ("", one.en), "en")[1]
        for dataset, several in ASKED.items()
        for one in several
        if one.kind not in REJECTING
    }


def test_the_page_on_expectations_says_of_each_defect_what_becomes_of_it() -> None:
    lines = PAGE.partition("## What becomes of each defect")[2].splitlines()
    stated = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if line.startswith("| ")]
    seeds = {(seed.defect, seed.fate) for several in SEEDS.values() for seed in several}
    assert {*stated[1:]} == seeds and len(stated) == len(seeds) + 1
