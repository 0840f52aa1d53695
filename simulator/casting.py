"""Who plays which scene: how many of each in a province, and which people of a chunk are taken for them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.drafts import SCHEMAS
from simulator.identity import COUNTY_CODES
from simulator.people import People
from simulator.scenes import BY_DATA, BY_VISIT, KINDS, PLANTED, SCENES, Play, Scene, Subject
from simulator.times import HISTORY_FROM, Ints
from simulator.truth import Case

# Fewer people cannot hold three of each scene and still look like a province.
LEAST_PEOPLE = 2_000
_LEAST_OF_A_SCENE = 3
PLANTED_SHARE = 8 / 10_000
# Real campaigns confirm few of their clues: innocents outnumber cases.
_FOR_EACH_PLANTED = {PLANTED: 1, BY_DATA: 4, BY_VISIT: 1}
_AGES = {"deceased_still_reimbursed": (40, 92), "dui_public_staff": (25, 57)}


@dataclass(frozen=True)
class Part:
    """The n-th performance of a kind of scene for a rule."""

    rule: str
    scene: Scene
    number: int

    @property
    def case(self) -> str:
        return f"{self.rule}-{self.scene.kind}-{self.number:06d}"


Played = list[tuple[Part, Play]]


def casts(people: int) -> dict[tuple[str, str], int]:
    """How many scenes of each rule and kind a province of this size holds."""
    if people < LEAST_PEOPLE:
        return {(rule, kind): 0 for rule in SCENES for kind in KINDS}
    planted = {r: max(_scenes(r, PLANTED, _LEAST_OF_A_SCENE), round(people * PLANTED_SHARE)) for r in SCENES}
    return {
        (rule, kind): max(_scenes(rule, kind, _LEAST_OF_A_SCENE), planted[rule] * _FOR_EACH_PLANTED[kind])
        for rule in SCENES
        for kind in KINDS
    }


def parts(people: int, chunk: int, chunks: int) -> list[Part]:
    """The scenes that are played within one of the province's chunks."""
    return [
        Part(rule, scenes[number % len(scenes)], number)
        for (rule, kind), count in casts(people).items()
        for scenes in [[scene for scene in SCENES[rule] if scene.kind == kind]]
        for number in range(count * chunk // chunks, count * (chunk + 1) // chunks)
    ]


def play(people: People, seed: int, wanted: list[Part], rng: np.random.Generator) -> tuple[People, Played]:
    """Let people of the chunk play; nobody plays twice. The people come back with the fate their scene gave them."""
    played: Played = []
    who: list[int] = []
    for rule in SCENES:
        roles = [part for part in wanted if part.rule == rule]
        chosen = _candidates(people, rule, who, rng)[: len(roles)]
        if len(chosen) < len(roles):
            raise ValueError("too few people of the right age for the planted scenes")
        for part, index in zip(roles, chosen, strict=True):
            acting = Play(_subject(people, int(index)), random.Random(f"{seed}/{part.case}"))
            part.scene.act(acting)
            played.append((part, acting))
            who.append(int(index))
    died = np.array([acting.died_on for _, acting in played], dtype=np.int64)
    treated = np.array([acting.treated_until for _, acting in played], dtype=np.int64)
    return people.fated(np.array(who, dtype=np.int64), died, treated), played


def truths(played: Played) -> Iterator[Case]:
    """What each scene makes true."""
    for part, acting in played:
        records = {
            dataset: list(dict.fromkeys(str(row["record_no"]) for row in rows))
            for dataset, rows in acting.rows.items()
            if rows
        }
        scene = part.scene
        yield Case(part.rule, part.case, scene.kind, scene.name, acting.subject.id, records, scene.lead_expected)


def staged(dataset: str, played: Played) -> pa.Table:
    """The rows of a dataset that the scenes left behind."""
    rows = [row for _, acting in played for row in acting.rows[dataset]]
    return pa.Table.from_pylist(rows, schema=SCHEMAS[dataset])


def _scenes(rule: str, kind: str, each: int) -> int:
    return each * sum(scene.kind == kind for scene in SCENES[rule])


def _candidates(people: People, rule: str, taken: list[int], rng: np.random.Generator) -> Ints:
    youngest, oldest = _AGES[rule]
    age = people.age_years(HISTORY_FROM)
    resident = ~np.asarray(pc.match_substring_regex(people.id, "^[89]"))
    fit = (age >= youngest) & (age <= oldest) & resident
    fit[taken] = False
    return rng.permutation(np.flatnonzero(fit))


def _subject(people: People, index: int) -> Subject:
    return Subject(
        number=people.first + index,
        id=people.id[index].as_py(),
        name=people.name[index].as_py(),
        born=int(people.born[index]),
        county=COUNTY_CODES[int(people.county[index])],
    )
