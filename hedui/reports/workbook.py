"""The list as a workbook, for Excel, WPS and LibreOffice: what is asked, the records, counts by place, repairs."""

import io
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from functools import lru_cache
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from hedui.model.answers import ANSWERS
from hedui.model.channels import Language
from hedui.reports.list_words import ABOUT, COLUMNS, MEANINGS, MORE, SHEETS
from hedui.reports.lists import Cell, RecordList, cells, headers
from hedui.reports.words import REPAIRS

# Text is text: nothing becomes a number, a formula or a link. No file is written on the way.
_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
}
_A4: Final = 9
_FONT: Final = {"zh": "宋体", "en": "Calibri"}
_WIDTHS: Final = {
    "number": 5,
    "township": 16,
    "source": 20,
    "sheet": 9,
    "position": 7,
    "key": 20,
    "field": 12,
    "problem": 24,
    "advice": 28,
    "reminded": 8,
    "result": 11,
    "note": 18,
    "reference": 9,
    "listed": 9,
}
_TO_FILL_IN: Final = ("result", "note")
_FOR_THE_PIPELINE: Final = ("reference", "listed")
_ABOUT_WIDTH: Final = 100
_LINE_POINTS: Final = 14.5
_HIGHEST: Final = 400
_FOOTER: Final = 100  # characters: it takes 255 in all, and an ampersand counts twice
# The columns of texts that can need several lines, and their widths.
_WRAPPED: Final = {
    column: width
    for column, (name, width) in enumerate(_WIDTHS.items())
    if name not in (*_TO_FILL_IN, *_FOR_THE_PIPELINE)
}


def as_workbook(listed: RecordList, language: Language) -> bytes:
    """XLSX. The same list gives the same bytes."""
    out = io.BytesIO()
    with Workbook(out, _OPTIONS) as book:
        made_at = listed.made_at.astimezone(UTC).replace(tzinfo=None)
        book.set_properties({"title": ABOUT["title"].in_(language), "created": made_at})
        writing = _Writing(book, listed, language)
        writing.about()
        if len(listed.records):
            writing.records()
            writing.places()
        if listed.repairs:
            writing.repairs()
    return out.getvalue()


class _Writing:
    """The formats of one workbook, and its sheets one after the other."""

    def __init__(self, book: Workbook, listed: RecordList, language: Language) -> None:
        self._book, self._listed, self._language = book, listed, language
        self._plain = self._format()
        self._bold = self._format(bold=True)
        self._header = self._format(bold=True, bg_color="#D9E2F3", border=1, align="center")
        self._cell = self._format(border=1, align="center")
        self._text = self._format(border=1, num_format="@")
        self._answer = self._format(border=1, num_format="@", bg_color="#FFF9DB", locked=False)
        # `fill` keeps it in its cell, however long it is.
        narrow = {"font_color": "#808080", "font_size": 8, "align": "fill", "text_wrap": False}
        self._reference = self._format(border=1, num_format="@", **narrow)
        self._count = self._format(border=1, num_format="#,##0", align="right", indent=1)

    def about(self) -> None:
        """Who, what, how many, by when, whom to call; then how the list is worked with."""
        sheet = self._sheet("about", (18, _ABOUT_WIDTH - 18), landscape=False)
        sheet.write_string(0, 0, self._say("title"), self._format(bold=True, font_size=16, text_wrap=False))
        row = 2
        for name, value in self._facts():
            sheet.write_string(row, 0, name, self._bold)
            sheet.write_string(row, 1, value, self._plain)
            row += 1
        for text, format_ in self._instructions():
            sheet.merge_range(row, 0, row, 1, "", format_)
            sheet.write_string(row, 0, text, format_)
            sheet.set_row(row, _height([text], [_ABOUT_WIDTH]))
            row += 1
        for answer, title in ANSWERS.items() if len(self._listed.records) else ():
            sheet.write_string(row, 0, title.in_(self._language), self._bold)
            sheet.write_string(row, 1, MEANINGS[answer].in_(self._language), self._plain)
            row += 1

    def records(self) -> None:
        """One row for each record, with a place for the answer."""
        sheet = self._sheet("records", _WIDTHS.values())
        names, last = list(_WIDTHS), len(self._listed.records)
        formats = [self._format_of(name) for name in names]
        self._write(sheet, headers(self._language), cells(self._listed, self._language), formats, grow=True)
        sheet.autofilter(0, 0, last, len(names) - 1)
        self._choices(sheet, names.index("result"), last)
        for name in self._hidden():
            column = names.index(name)
            sheet.set_column(column, column, _WIDTHS[name], None, {"hidden": True})
        # Without a password: it keeps the references from being changed by mistake.
        allowed = ("autofilter", "format_columns", "format_rows", "format_cells", "select_locked_cells")
        sheet.protect("", dict.fromkeys(allowed, True))

    def places(self) -> None:
        """How many records each township has to mend, by county, and all together."""
        sheet = self._sheet("places", (24, 24, 12, 12), landscape=False)
        titles = [self._more("county"), COLUMNS["township"].in_(self._language), *map(self._more, ("to_mend", "new"))]
        listed, language = self._listed, self._language
        of_county = self._more("unplaced") if any(listed.township(c.region) for c in listed.counted) else ""
        rows: list[list[Cell]] = [
            [listed.county(c.region, language), listed.township(c.region) or (c.region and of_county), c.records, c.new]
            for c in listed.counted
        ]
        total: list[Cell] = [self._more("all"), "", listed.total, listed.new]
        self._write(sheet, titles, iter([*rows, total]), [self._text, self._text, self._count, self._count])

    def repairs(self) -> None:
        """What was put right on arrival: how often, and where."""
        sheet = self._sheet("repairs", (24, 10, 44, 24), landscape=False)
        sheet.write_string(0, 0, self._more("repairs_hint"), self._format(text_wrap=False))
        listed, language = self._listed, self._language
        field, source, row = (COLUMNS[name].in_(language) for name in ("field", "source", "position"))
        counted = sorted(listed.repairs.items(), key=lambda item: -item[1])
        sums: list[list[Cell]] = [
            [listed.field_title(name, language), rows, REPAIRS[repair].in_(language)]
            for (name, repair), rows in counted
        ]
        formats = [self._text, self._count, self._text, self._text]
        self._write(sheet, [field, self._more("rows"), self._more("repair")], iter(sums), formats[:3], first=2)
        if not len(listed.repaired):
            return
        first = len(sums) + 5
        if listed.repairs.total() > len(listed.repaired):
            cut = self._more("repairs_cut").format(listed=f"{len(listed.repaired):,}")
            sheet.write_string(first - 1, 0, cut, self._format(text_wrap=False))
        places: Iterator[list[Cell]] = (
            [p["source"], p["position"], REPAIRS[p["repair"]].in_(language), listed.field_title(p["field"], language)]
            for p in listed.repaired.to_pylist()
        )
        self._write(sheet, [source, row, self._more("repair"), field], places, formats, first=first)

    def _facts(self) -> Iterator[tuple[str, str]]:
        listed, language = self._listed, self._language
        office = listed.agency.office
        yield self._say("who"), listed.agency.title.in_(language)
        yield self._say("what"), listed.dataset.title.in_(language)
        yield self._say("period"), listed.period
        if listed.batch:
            yield self._say("batch"), listed.batch
        many = self._say("records").format(total=f"{listed.total:,}", new=f"{listed.new:,}")
        yield self._say("how_many"), many
        if len(listed.records) < listed.total:
            yield "", self._say("cut").format(listed=f"{len(listed.records):,}")
        if listed.total or listed.rejected_because:
            yield self._say("by_when"), listed.mend_by or self._say("next_delivery")
        yield self._say("whom"), f"{office.title.in_(language)}  {office.telephone}"

    def _instructions(self) -> Iterator[tuple[str, Format]]:
        because = self._listed.rejected_because
        yield "", self._plain
        if because:
            yield self._say("whole_batch").format(because=because.in_(self._language)), self._bold
        if not len(self._listed.records):
            return
        yield self._say("steps"), self._bold
        for step in ("step_mend", "step_answer", "step_reference", "privacy"):
            yield self._say(step), self._plain
        yield "", self._plain
        yield self._say("results"), self._bold

    def _choices(self, sheet: Worksheet, column: int, last: int) -> None:
        options = {
            "validate": "list",
            "source": [title.in_(self._language) for title in ANSWERS.values()],
            "error_title": COLUMNS["result"].in_(self._language)[:32],
            "error_message": self._more("choose"),
        }
        sheet.data_validation(1, column, last, column, options)

    def _write(
        self,
        sheet: Worksheet,
        titles: Sequence[str],
        rows: Iterator[list[Cell]],
        formats: Sequence[Format],
        first: int = 0,
        *,
        grow: bool = False,
    ) -> None:
        """`grow`: each row as high as its text needs. Not every program sees to that by itself."""
        for column, title in enumerate(titles):
            sheet.write_string(first, column, title, self._header)
        if grow:
            sheet.set_row(first, _height(titles, list(_WIDTHS.values())))
        for row, values in enumerate(rows, start=first + 1):
            if grow:
                sheet.set_row(row, _height([str(values[column]) for column in _WRAPPED], _WRAPPED.values()))
            for column, (value, format_) in enumerate(zip(values, formats, strict=True)):
                if isinstance(value, int):
                    sheet.write_number(row, column, value, format_)
                elif value:
                    sheet.write_string(row, column, value, format_)
                else:
                    sheet.write_blank(row, column, None, format_)

    def _sheet(self, name: str, widths: Any, *, landscape: bool = True) -> Worksheet:
        sheet = self._book.add_worksheet(SHEETS[name].in_(self._language))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.set_paper(_A4)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L&8 {self._title()}&R&8 {self._more('page')}")  # without the blank a digit is a size
        if landscape:
            sheet.set_landscape()
            sheet.freeze_panes(1, 0)
            sheet.repeat_rows(0)
        return sheet

    def _title(self) -> str:
        """Agency, data and period, as much as a footer takes; an ampersand would begin a command."""
        listed, language = self._listed, self._language
        whole = f"{listed.agency.title.in_(language)} {listed.dataset.title.in_(language)} {listed.period}"
        return whole[:_FOOTER].replace("&", "&&")

    def _format_of(self, name: str) -> Format:
        if name in _TO_FILL_IN:
            return self._answer
        if name in ("number", "position", "reminded"):
            return self._cell
        return self._reference if name in _FOR_THE_PIPELINE else self._text

    def _hidden(self) -> Iterator[str]:
        """Columns that say nothing here, and the one that is only asked for when the list comes back."""
        first = next(cells(self._listed, self._language))
        if not first[list(_WIDTHS).index("sheet")]:
            yield "sheet"
        if not any(counted.region for counted in self._listed.counted):
            yield "township"
        yield "listed"

    def _format(self, **more: Any) -> Format:
        shared = {"font_name": _FONT[self._language], "font_size": 10, "text_wrap": True, "valign": "top"}
        return self._book.add_format(shared | more)

    def _say(self, word: str) -> str:
        return ABOUT[word].in_(self._language)

    def _more(self, word: str) -> str:
        return MORE[word].in_(self._language)


def _height(texts: Sequence[str], widths: Iterable[float]) -> float:
    """Points that a row needs for the longest of its texts."""
    return min(_LINE_POINTS * max(map(_lines, texts, widths)) + 2, _HIGHEST)


@lru_cache(10_000)
def _lines(text: str, width: float) -> int:
    return sum(max(math.ceil(_width(line) / width), 1) for line in text.split("\n"))


def _width(line: str) -> float:
    """In the unit of columns' widths, a digit of the default font: Chinese characters are wider than Latin letters."""
    return sum(0.75 if character.isascii() else 2 for character in line)
