"""Write a province: feeds, truth and facts, chunk by chunk of its people."""

import json
import os
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator.casting import parts, play, staged, truths
from simulator.dirt import DIRT, Rates, soiled
from simulator.drafts import DATASETS
from simulator.everyday import RECORDED, live
from simulator.feeds import Feed
from simulator.people import make_people
from simulator.scenes import SCENES
from simulator.times import MONTHS, Calendar, as_date
from simulator.writing import written

PEOPLE_A_CHUNK = 25_000
TRUTH, FACTS = "truth.jsonl", "province.json"


@dataclass(frozen=True)
class ProvinceFacts:
    """What `province.json` says. `planted`: by rule, kind and scenario the number of cases, or "not planted"."""

    seed: int
    people: int
    history: dict[str, str]
    daily: dict[str, str]
    rows: dict[str, int]
    rows_daily: dict[str, int]
    planted: dict[str, dict[str, dict[str, int]] | str]


def write_province(
    folder: Path,
    seed: int,
    people: int,
    progress: Callable[[int], None] | None = None,
    dirt: Rates = DIRT,
    months: int = MONTHS,
) -> ProvinceFacts:
    """Write the province of this seed, size and history into `folder`; the same three numbers give the same bytes.

    `progress` is told how many people are done. `dirt` without a dataset leaves its feed clean.
    Raises ValueError where the folder lies below HEDUI_HOME, or the province could not hold so many people or months.
    """
    _refuse_home_of_the_pipeline(folder)
    calendar = Calendar.of_months(months)
    if people < 1:
        raise ValueError("a province needs people")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / FACTS).unlink(missing_ok=True)
    counted: Counter[tuple[str, str, str]] = Counter()
    with ExitStack() as stack:
        feeds = [stack.enter_context(Feed(folder, dataset, people, calendar)) for dataset in DATASETS]
        truth = stack.enter_context((folder / TRUTH).open("w", encoding="utf-8", newline="\n"))
        for chunk, chunks, first, count in _chunks(people):
            rng = np.random.default_rng([seed, chunk])
            everybody = make_people(rng, chunk, first, count, calendar)
            population, played = play(everybody, seed, parts(people, chunk, chunks), rng)
            lives = live(population, rng)
            for nth, feed in enumerate(feeds):
                ordinary = RECORDED[feed.dataset](lives, np.random.default_rng([seed, chunk, nth + 1]))
                rows = pa.concat_tables([ordinary, staged(feed.dataset, played)])
                feed.add(_delivered(feed.dataset, rows, dirt, seed, chunk))
            for case in truths(played):
                truth.write(case.line())
                counted[case.rule, case.kind, case.scenario] += 1
            if progress:
                progress(count)
        for feed in feeds:
            feed.write()
    (folder / TRUTH).chmod(0o600)
    facts = _facts(seed, people, calendar, feeds, counted)
    (folder / FACTS).write_text(json.dumps(asdict(facts), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return facts


def read_facts(folder: Path) -> ProvinceFacts:
    """The facts of a written province."""
    return ProvinceFacts(**json.loads((folder / FACTS).read_text(encoding="utf-8")))


def _chunks(people: int) -> list[tuple[int, int, int, int]]:
    chunks = -(-people // PEOPLE_A_CHUNK)
    edges = [people * chunk // chunks for chunk in range(chunks + 1)]
    return [(chunk, chunks, edges[chunk], edges[chunk + 1] - edges[chunk]) for chunk in range(chunks)]


def _delivered(dataset: str, rows: pa.Table, dirt: Rates, seed: int, chunk: int) -> pa.Table:
    # Chance of its own, so that dirt changes neither people nor cases.
    rng = np.random.default_rng([seed, chunk, DATASETS.index(dataset) + 1, 0])
    return soiled(dataset, written(dataset, rows), dirt, f"{seed}/{chunk}", rng)


def _facts(
    seed: int, people: int, calendar: Calendar, feeds: list[Feed], counted: Counter[tuple[str, str, str]]
) -> ProvinceFacts:
    planted: dict[str, dict[str, dict[str, int]] | str] = {}
    for rule in SCENES:
        by_kind: dict[str, dict[str, int]] = {}
        for (of, kind, scenario), number in counted.items():
            if of == rule:
                by_kind.setdefault(kind, {})[scenario] = number
        planted[rule] = by_kind or "not planted"
    return ProvinceFacts(
        seed=seed,
        people=people,
        history=_interval(calendar.history_from, calendar.daily_from),
        daily=_interval(calendar.daily_from, calendar.daily_to),
        rows={feed.dataset: feed.rows for feed in feeds},
        rows_daily={feed.dataset: feed.rows_daily for feed in feeds},
        planted=planted,
    )


def _interval(first: int, end: int) -> dict[str, str]:
    return {"from": as_date(first).isoformat(), "to": as_date(end).isoformat()}


def _refuse_home_of_the_pipeline(folder: Path) -> None:
    home = Path(os.environ.get("HEDUI_HOME", "var")).resolve()
    if folder.resolve().is_relative_to(home):
        raise ValueError(
            "the province holds clear identifiers and must not lie below HEDUI_HOME: choose another folder"
        )
