"""What stands on a page and in a list, and what should stand there, in either language."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineWorkbook

from hedui.model.channels import Language
from hedui.model.facts import Document
from hedui.reports.words import REPAIRS
from tests.seeded.agency import ASKED, FIELDS
from tests.seeded.seeds import Named, Row
from tests.seeded.site import Place

Faults = set[tuple[str, ...]]  # field, problem and how to mend it
LANGUAGES: tuple[Language, Language] = ("zh", "en")
_WHOLE = {"zh": "整批", "en": "Whole batch"}
_NOT_THEIRS = {"zh": " 可能由其他单位造成，不计分", "en": " may be made elsewhere, not scored"}
_ADVICE = {"zh": "更正：", "en": "Mend: "}
_BETWEEN = {"xlsx": {"zh": "\n", "en": "\n"}, "csv": {"zh": "；", "en": "; "}}
_REPAIRED = {"zh": "已自动修正", "en": "Repaired"}


def field(dataset: str, name: str, language: Language) -> str:
    return FIELDS[dataset][name][LANGUAGES.index(language)] if name else _WHOLE[language]


def problem(dataset: str, named: Named, language: Language) -> Named:
    """Field and problem as a page has them."""
    asked = next(one for one in ASKED[dataset] if one.en == named[1])
    aside = "" if asked.meta.get("scored", True) else _NOT_THEIRS[language]
    return field(dataset, named[0], language), getattr(asked, language) + aside


def repair(dataset: str, named: Named, language: Language) -> Named:
    """Field and repair as pages and lists have them."""
    return field(dataset, named[0], language), REPAIRS[named[1]].in_(language)


def record(dataset: str, row: Row, language: Language) -> tuple[str, Faults]:
    """A record's key and its faults as a list has them."""
    told = [problem(dataset, named, language) for named in row.problems]
    return str(row.cells["record_no"] or ""), {(name, what, _ADVICE[language] + what) for name, what in told}


def table(page: str, kind: str) -> list[list[str]]:
    """The cells of all tables of one kind, without their headers."""
    found = re.findall(rf'<table class="{kind}">.*?</table>', page, re.DOTALL)
    rows = [row for one in found for row in ElementTree.fromstring(one).iterfind("./tbody/tr")]
    return [["".join(cell.itertext()) for cell in row] for row in rows]


def figures(rows: Sequence[Sequence[str]]) -> dict[Named, int]:
    """The third cell of each row by the two before it. Nothing stands there twice."""
    found = {(name, what): number(count) for name, what, count, *_ in rows}
    assert len(found) == len(rows)
    return found


def number(text: str) -> int:
    return int(text.replace(",", ""))


def records(documents: Sequence[Document], form: str, language: Language) -> dict[Place, tuple[str, str, Faults]]:
    """Sheet, key and faults of each record that the list names, in one of its forms. None stands there twice."""
    rows = _records_of_workbook(documents[0]) if form == "xlsx" else _records_of_text(documents[1])
    found = {}
    for _, _, source, sheet, at, key, *told in rows:
        lines = [_without_numbers(cell, _BETWEEN[form][language]) for cell in told[:3]]
        found[source, int(float(at))] = sheet, key.rstrip("\t"), {*zip(*lines, strict=True)}
    assert len(found) == len(rows)
    return found


def repairs(documents: Sequence[Document], language: Language) -> list[tuple[Place, Named]]:
    """Where each repair was made, as the list has it."""
    rows = _sheets(documents[0])[_REPAIRED[language]]
    start = next(number for number, row in enumerate(rows) if row[1] in ("行号", "Row") and row[3])
    return [((source, int(at)), (name, what)) for source, at, what, name in rows[start + 1 :]]


def _sheets(workbook: Document) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook.content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def _records_of_workbook(workbook: Document) -> list[list[str]]:
    return [[str(cell) for cell in row] for row in _sheets(workbook)["待更正清单 To mend"][1:]]


def _records_of_text(plain: Document) -> list[list[str]]:
    return list(csv.reader(io.StringIO(plain.content.decode("utf-8-sig"))))[1:]


def _without_numbers(cell: str, between: str) -> list[str]:
    return [re.sub(r"^[0-9]+\. ", "", line) for line in cell.split(between)]
