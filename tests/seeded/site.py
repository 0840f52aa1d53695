"""The site to which the agency delivers, and what came of a delivery."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hedui.model.channels import Language
from hedui.model.credentials import Credentials
from hedui.model.facts import BatchFacts, Document
from hedui.model.interval import Interval
from hedui.pipeline import Pipeline
from tests.seeded.agency import PAYMENTS, REGIONS, Cells
from tests.seeded.files import deliver, sheet, text_file
from tests.seeded.seeds import UNIT, Row, rows_of

NAMES = {
    "620102": "城关区", "620102001": "酒泉路街道", "620103": "七里河区", "620103001": "西园街道",
    "622123": "金塔县", "622123100": "城关镇",
}  # fmt: skip
RIGHT_UNIT: Cells = {
    "credit": UNIT, "organisation": "MA7XYZ123", "name": "测试", "county": "620102",
    "updated_at": "2026-07-03 08:00:00",
}  # fmt: skip
RIGHT_PAYMENT: Cells = {
    "township": "620102001", "name": "测试", "carer": None, "subsidy": "高龄津贴", "way": "银行",
    "account": "6217000000000000001", "unit": UNIT, "months": 2, "monthly_yuan": 100, "base_yuan": 200,
    "extra_yuan": 50, "total_yuan": 250, "paid_yuan": 250, "from_on": "2025-01-31", "to_on": None,
    "month": "2026-06", "updated_at": "2026-07-03 08:00:00",
}  # fmt: skip
PLAIN = 150
DAY = Interval.parse("2026-07-06", "2026-07-07")
LANGUAGES: tuple[Language, Language] = ("zh", "en")
Place = tuple[str, int]  # file and row


@dataclass(frozen=True)
class Told:
    """One batch: what was put in, by where it stands, and what came out."""

    dataset: str
    rows: dict[Place, Row]
    facts: BatchFacts
    pages: dict[Language, str]
    lists: dict[Language, list[Document]]

    @property
    def held(self) -> dict[Place, Row]:
        return {place: row for place, row in self.rows.items() if row.fate == "held back"}

    @property
    def region(self) -> str:
        return REGIONS[self.dataset]


@dataclass(frozen=True)
class Site:
    pipeline: Pipeline
    folder: Path
    credentials: Credentials

    def run(self, dataset: str, parts: dict[str, Sequence[Row]]) -> Told:
        where = self.deliver(dataset, parts)
        batch = self.pipeline.run(dataset, DAY, self.credentials).batch
        folder = self.pipeline.report(batch)
        pages = {language: (folder / f"report.{language}.html").read_text("utf-8") for language in LANGUAGES}
        lists = {language: self.pipeline.lists(batch, language) for language in LANGUAGES}
        return Told(dataset, where, self.pipeline.batch(batch), pages, lists)

    def deliver(
        self, dataset: str, parts: dict[str, Sequence[Row]], day: str = "20260706", more: int = 0
    ) -> dict[Place, Row]:
        """`more` rows are announced than there are."""
        written = sheet if dataset == PAYMENTS else text_file
        files = {name: written([row.cells for row in rows]) for name, rows in parts.items()}
        contents = {name: content for name, (content, _) in files.items()}
        deliver(self.folder, dataset, day, contents, [len(rows) + more for rows in parts.values()])
        places = {name: places for name, (_, places) in files.items()}
        return {(name, at): row for name in parts for at, row in zip(places[name], parts[name], strict=True)}

    def earlier(self, day: int) -> None:
        """A delivery of another kind, for this one to be compared with."""
        other = {**RIGHT_PAYMENT, "carer": "440524188001010014", "subsidy": "护理补贴"}
        self.deliver(PAYMENTS, {f"payments_{day}.xlsx": rows_of([], f"E{day}", other, 60)}, f"202607{day:02d}")
        interval = Interval.parse(f"2026-07-{day:02d}", f"2026-07-{day + 1:02d}")
        assert self.pipeline.validate(self.pipeline.extract(PAYMENTS, interval, self.credentials))
