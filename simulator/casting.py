"""Who plays which scene: how many of each in a province, and which people of a chunk are taken for them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.drafts import SCHEMAS
from simulator.identity import COUNTY_CODES
from simulator.people import NEVER, People
from simulator.scenes import (
    BY_DATA,
    BY_VISIT,
    KINDS,
    OF_HOUSEHOLDS,
    PLANTED,
    SCENES,
    Play,
    Player,
    Role,
    Scene,
    opening_day,
)
from simulator.times import Calendar, Ints
from simulator.truth import Case

# Fewer people cannot hold every scene and still look like a province; from so many on, it is played three times.
LEAST_PEOPLE, PEOPLE_FOR_THREE = 2_000, 8_000
_SHARES = {"deceased_still_reimbursed": 8 / 10_000, "dui_public_staff": 8 / 10_000}
_USUAL_SHARE = 4 / 10_000
# Real campaigns confirm few of their clues: innocents outnumber cases.
_FOR_EACH_PLANTED = {PLANTED: 1, BY_DATA: 4, BY_VISIT: 1}


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
    each = 3 if people >= PEOPLE_FOR_THREE else int(people >= LEAST_PEOPLE)
    return {(rule, kind): _performances(rule, kind, people, each) for rule in SCENES for kind in KINDS}


def parts(people: int, chunk: int, chunks: int) -> list[Part]:
    """The scenes that are played within one of the province's chunks."""
    return [
        Part(rule, scenes[number % len(scenes)], number)
        for (rule, kind), count in casts(people).items()
        for scenes in [[scene for scene in SCENES[rule] if scene.kind == kind]]
        for number in range(count * chunk // chunks, count * (chunk + 1) // chunks)
    ]


def play(people: People, seed: int, wanted: list[Part], rng: np.random.Generator) -> tuple[People, Played]:
    """Let people of the chunk play; nobody plays twice. The people come back with the fate their scene gave them.

    Raises ValueError where the chunk has too few people of an age.
    """
    company = _Company(people, rng)
    # Of some ages there are few: their roles are filled first.
    ranked = sorted(range(len(wanted)), key=lambda n: company.fitting(wanted[n].scene.subject))
    players = {n: [company.player(role) for role in wanted[n].scene.roles] for n in ranked}
    played = [(part, _acted(part, players[n], seed, people.calendar)) for n, part in enumerate(wanted)]
    return _fated(people, played), played


def truths(played: Played) -> Iterator[Case]:
    """What each scene makes true."""
    for part, acting in played:
        of_household = part.rule in OF_HOUSEHOLDS
        yield Case(
            rule=part.rule,
            case=part.case,
            kind=part.scene.kind,
            scenario=part.scene.name,
            subject_kind="household" if of_household else "person",
            subject=acting.household if of_household else acting.subject.id,
            people=[player.id for player in (acting.subject, *acting.relatives)],
            records={
                dataset: list(dict.fromkeys(str(row["record_no"]) for row in rows))
                for dataset, rows in acting.rows.items()
                if rows
            },
            lead_expected=part.scene.lead_expected,
        )


def staged(dataset: str, played: Played) -> pa.Table:
    """The rows of a dataset that the scenes left behind."""
    rows = [row for _, acting in played for row in acting.rows[dataset]]
    return pa.Table.from_pylist(rows, schema=SCHEMAS[dataset])


def _acted(part: Part, players: list[Player], seed: int, calendar: Calendar) -> Play:
    subject, *relatives = players
    acting = Play(subject, tuple(relatives), random.Random(f"{seed}/{part.case}"), calendar)
    part.scene.act(acting)
    return acting


def _performances(rule: str, kind: str, people: int, each: int) -> int:
    if not each:
        return 0
    scenes = sum(scene.kind == kind for scene in SCENES[rule])
    share = round(people * _SHARES.get(rule, _USUAL_SHARE)) * _FOR_EACH_PLANTED[kind]
    # Where every scene fits but once, more of some would crowd the province.
    return max(scenes * each, share) if each > 1 else scenes


class _Company:
    """The people of a chunk, in the order in which they are taken for roles."""

    def __init__(self, people: People, rng: np.random.Generator) -> None:
        self._people = people
        self._order = rng.permutation(len(people))
        self._age = people.age_years(opening_day(people.calendar))
        # Permits and foreigners' cards are never changed, and name no prefecture.
        self._resident = ~np.asarray(pc.match_substring_regex(people.id, "^[89]"))
        self._waiting: dict[Role, list[int]] = {}
        self._taken = set[int]()

    def fitting(self, role: Role) -> int:
        """How many people are fit for a role, and have not been asked in vain."""
        return len(self._queue(role))

    def player(self, role: Role) -> Player:
        """Somebody fit for the role who does not play yet."""
        waiting = self._queue(role)
        while waiting:
            index = waiting.pop()
            if index not in self._taken:
                self._taken.add(index)
                return self._as_player(index)
        raise ValueError("too few people of the right age for the planted scenes")

    def _queue(self, role: Role) -> list[int]:
        if role not in self._waiting:
            self._waiting[role] = self._fit(role).tolist()
        return self._waiting[role]

    def _fit(self, role: Role) -> Ints:
        fit = (self._age >= role.youngest) & (self._age <= role.oldest) & self._resident
        if role.woman:
            fit &= ~self._people.male
        fitting: Ints = self._order[fit[self._order]]
        return fitting

    def _as_player(self, index: int) -> Player:
        people = self._people
        return Player(
            number=people.first + index,
            id=people.id[index].as_py(),
            name=people.name[index].as_py(),
            born=int(people.born[index]),
            county=COUNTY_CODES[int(people.county[index])],
        )


def _fated(people: People, played: Played) -> People:
    subjects = [(acting.subject.number, acting.died_on, acting.treated_until) for _, acting in played]
    relatives = [(relative.number, NEVER, NEVER) for _, acting in played for relative in acting.relatives]
    fates = np.array(subjects + relatives, dtype=np.int64).reshape(-1, 3)
    return people.fated(fates[:, 0] - people.first, fates[:, 1], fates[:, 2])
