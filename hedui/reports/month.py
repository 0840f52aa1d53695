"""The report of a month: what an agency delivered, what is still to be mended, and what to do first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hedui.model.contract import Agency, Dataset
from hedui.model.declaration import Title
from hedui.model.interval import Interval
from hedui.reports.charts import Column, columns
from hedui.reports.regions import Region
from hedui.reports.rendering import Language, count, percent, rendered
from hedui.reports.trends import Chart
from hedui.reports.when import period
from hedui.reports.words import MONTH, PAGE

FIRST = 5  # things to do on page one
PROBLEMS = 30
_PERIODS = 10  # stretches of missing deliveries that are named


@dataclass(frozen=True)
class Problem:
    """What one expectation said of the month's batches of a dataset, all together.

    `together` of the rows went back with their batch, or came in another form: nobody mends them one by one.
    """

    field: str
    title: Title
    advice: Title
    rows: int
    scored: bool = True
    together: int = 0

    @property
    def told_by(self) -> tuple[str, str, str, bool]:
        """What tells it from others of as many rows: however they were counted, a page has one order of them."""
        return self.field, self.title.zh, self.advice.zh, self.scored


@dataclass(frozen=True)
class Figures:
    """Counts that add up: of a dataset's month, or of an agency's.

    `due` are deliveries whose moment is over; the rest of the deliveries is not waited for yet, or was paused. `faulty`
    are rows as they were judged; those not `mended` since are `open`, answered, discarded or deleted, or wait for the
    form of their part alone (`of_form`). The score is that of `scored` rows: those of batches that were refused whole
    have none.
    """

    due: int = 0
    in_time: int = 0
    late: int = 0
    missing: int = 0
    batches: int = 0
    rejected: int = 0
    rows: int = 0
    faulty: int = 0
    mended: int = 0
    open: int = 0
    of_form: int = 0
    scored: int = 0
    own_faulty: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    @property
    def score(self) -> float | None:
        return 1 - self.own_faulty / self.scored if self.scored else None

    @property
    def punctuality(self) -> float | None:
        return self.in_time / self.due if self.due else None


@dataclass(frozen=True)
class DatasetMonth:
    """One dataset. `refused` are intervals whose newest delivery was rejected; `mend_by` is the last delivery's day."""

    dataset: Dataset
    figures: Figures
    missing: Sequence[Interval] = ()
    refused: Sequence[Interval] = ()
    problems: Sequence[Problem] = ()
    mend_by: str = ""


@dataclass(frozen=True)
class Month:
    """All that the page says. `earlier` are the months before it, oldest first, without this one."""

    first: date
    datasets: Sequence[DatasetMonth]
    regions: Sequence[Region] = ()
    earlier: Sequence[tuple[date, Figures]] = ()

    @property
    def figures(self) -> Figures:
        return sum((one.figures for one in self.datasets), Figures())


@dataclass(frozen=True)
class Task:
    """One thing to do. `tone` says how bad it is."""

    tone: str
    dataset: str
    what: str
    how: str
    by: str


def render_month(agency: Agency, month: Month, language: Language) -> str:
    """The page as HTML."""
    tasks = [task for one in month.datasets for task in _tasks(one, language)]
    tasks.sort(key=lambda task: task[0])
    return rendered(
        "month.html",
        agency,
        language,
        PAGE | MONTH,
        month=_named(month.first, language),
        figures=month.figures,
        refused=sum(len(one.refused) for one in month.datasets),
        tasks=[task for _, task in tasks[:FIRST]],
        further_tasks=[task for _, task in tasks[FIRST:]],
        mend_by=min((one.mend_by for one in month.datasets if one.mend_by), default=""),
        datasets=[(one.dataset.title.in_(language), one.dataset.stage, one.figures) for one in month.datasets],
        problems=_problems(month, language)[:PROBLEMS],
        regions_found=month.regions,
        trends=_trends(month, language),
    )


def _tasks(one: DatasetMonth, language: Language) -> list[tuple[tuple[int, int], Task]]:
    """What a dataset asks for, each with its place among all: deliveries first, then by the rows to mend."""
    title, found = one.dataset.title.in_(language), []

    def ask(rank: int, size: int, tone: str, what: str, how: str, by: str = "") -> None:
        found.append(((rank, -size), Task(tone, title, what, how, by)))

    def say(word: str, **given: object) -> str:
        return MONTH[word].in_(language).format(**given)

    if one.missing:
        size = len(one.missing)
        ask(0, size, "reject_batch", say("task_missing", count=count(size)), _periods(one.missing, language))
    if one.refused:
        size = len(one.refused)
        ask(1, size, "reject_batch", say("task_refused", count=count(size)), _periods(one.refused, language))
    if one.figures.open:
        size = one.figures.open
        ask(2, size, "quarantine_rows", say("task_mend", count=count(size)), _worst(one, language), one.mend_by)
    if one.figures.of_form:
        size = one.figures.of_form
        ask(2, 0, "quarantine_rows", say("task_form", count=count(size)), say("task_form_how"))
    if one.figures.late:
        ask(3, one.figures.late, "warn", say("task_late", count=count(one.figures.late)), say("task_late_how"))
    return found


def _periods(intervals: Sequence[Interval], language: Language) -> str:
    joined = _joined(intervals)
    listed = ("、" if language == "zh" else ", ").join(map(period, joined[:_PERIODS]))
    if len(joined) <= _PERIODS:
        return listed
    more = sum(one.start >= joined[_PERIODS].start for one in intervals)
    return MONTH["and_more"].in_(language).format(listed=listed, count=count(more))


def _joined(intervals: Sequence[Interval]) -> list[Interval]:
    """Those that follow each other as one."""
    joined: list[Interval] = []
    for one in sorted(intervals):
        follows = joined and joined[-1].end == one.start
        joined.append(Interval(joined.pop().start, one.end) if follows else one)
    return joined


def _worst(one: DatasetMonth, language: Language) -> str:
    """The commonest problem of the rows to mend, and how it is mended."""
    problem = min(one.problems, key=lambda found: (found.together - found.rows, found.told_by), default=None)
    if problem is None or problem.rows == problem.together:
        return ""
    return (
        MONTH["mostly"]
        .in_(language)
        .format(
            field=_field_title(one.dataset, problem, language),
            problem=problem.title.in_(language),
            how=problem.advice.in_(language),
        )
    )


def _problems(month: Month, language: Language) -> list[tuple[str, str, str, int, str, bool]]:
    """Dataset, field, problem, rows, what to do, and whether it counts; the commonest first."""
    found = [(one, problem) for one in month.datasets for problem in one.problems]
    found.sort(key=lambda pair: (-pair[1].rows, pair[1].told_by))
    return [
        (
            one.dataset.title.in_(language),
            _field_title(one.dataset, problem, language),
            problem.title.in_(language),
            problem.rows,
            problem.advice.in_(language),
            problem.scored,
        )
        for one, problem in found
    ]


def _field_title(dataset: Dataset, problem: Problem, language: Language) -> str:
    declared = dataset.fields.get(problem.field)
    return (declared.title if declared else PAGE["whole_table"]).in_(language)


def _trends(month: Month, language: Language) -> list[Chart]:
    """Rows, share to mend and punctuality, this month last; nothing where there is none to compare with."""
    if not month.earlier:
        return []
    months = [*month.earlier, (month.first, month.figures)]
    shares = {
        "trend_to_mend": [figures.faulty / figures.rows if figures.rows else None for _, figures in months],
        "trend_punctuality": [figures.punctuality for _, figures in months],
    }
    drawn = {
        "trend_month_rows": [Column(f"{first:%Y-%m}", found.rows, count(found.rows)) for first, found in months]
    } | {
        name: [
            Column(f"{first:%Y-%m}", share, percent(share or 0))
            for (first, _), share in zip(months, values, strict=True)
        ]
        for name, values in shares.items()
    }
    return [
        (title := MONTH[name].in_(language), columns(name.replace("_", "-"), title, marks))
        for name, marks in drawn.items()
    ]


def _named(first: date, language: Language) -> str:
    return f"{first.year} 年 {first.month} 月" if language == "zh" else f"{first:%B %Y}"
