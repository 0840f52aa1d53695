"""Who sells what to public bodies. Several datasets tell of it: the same lives always give the same market.

Every price lies near the usual one, and no firm is favoured: what people in trade or office do wrong is for scenes.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from simulator.credit_codes import ADMINISTRATION, COMPANY, credit_codes
from simulator.everyday.lives import UNITS, Lives
from simulator.identity import COUNTY_CODES
from simulator.people import NEVER, YEAR, Flags
from simulator.times import Ints

NOBODY = -1
METHODS = ("公开招标", "竞争性磋商", "询价", "单一来源")


class Item(NamedTuple):
    """What is bought; `usual_yuan` for one, `most` at once."""

    code: str
    specification: str
    unit: str
    usual_yuan: int
    most: int


ITEMS = (
    Item("A02010105", "台式计算机 16GB/512GB", "台", 4_300, 120),
    Item("A02010108", "便携式计算机 14英寸", "台", 5_600, 60),
    Item("A02021003", "A4黑白激光打印机", "台", 1_450, 40),
    Item("A02061804", "壁挂式空调 1.5匹", "台", 2_900, 60),
    Item("A05010201", "办公桌 1.4米", "张", 880, 150),
    Item("A05010301", "办公椅 网布", "把", 320, 300),
    Item("A05040101", "A4复印纸 70克", "包", 21, 3_000),
    Item("A07030101", "学生校服 夏季", "套", 96, 1_200),
    Item("A08010101", "体检试剂 肝功能", "人份", 38, 4_000),
    Item("B08010000", "路面修补 沥青", "平方米", 135, 2_500),
    Item("C21040001", "物业管理", "月", 18_500, 24),
)
_USUAL_YUAN, _MOST = np.array([item.usual_yuan for item in ITEMS]), np.array([item.most for item in ITEMS])
_FIRM_SHARE_OF_ADULTS, _TENDERS_A_PERSON = 0.008, 0.02
_MOST_BIDDERS = 5
_FAILED_SHARE, _DISQUALIFIED_SHARE, _WITHDRAWN_SHARE = 0.03, 0.05, 0.02


@dataclass(frozen=True)
class Firms:
    """`founder`: the person, an index of the people, who founded each firm and represents it."""

    founder: Ints
    code: pa.StringArray
    founded_on: Ints


@dataclass(frozen=True)
class Tenders:
    """Column-wise. `bidders`, `price_fen` and `valid` have a row for each tender and a place for each bidder.

    `bidders` holds firms, NOBODY where fewer bid; `winner` the place of the winner, NOBODY where the tender failed.
    """

    county: Ints
    unit: Ints
    item: Ints
    quantity: Ints
    method: Ints
    published_on: Ints
    closes_on: Ints
    decided_on: Ints
    bidders: Ints
    price_fen: Ints
    valid: Flags
    withdrawn: Flags
    winner: Ints

    def __len__(self) -> int:
        return len(self.county)

    @property
    def budget_fen(self) -> Ints:
        """A tenth above the usual price, in full hundreds of yuan."""
        usual = _USUAL_YUAN[self.item] * self.quantity
        budget: Ints = (usual * 11 // 1_000 + 1) * 100 * 100
        return budget


def firms(lives: Lives) -> Firms:
    """The firms of these people: nobody in public service founded one, nor who plays in a scene."""
    rng, people = np.random.default_rng(lives.chance), lives.people
    age = people.age_years(people.calendar.history_from)
    able = lives.ordinary & ~lives.service.serves & (age >= 27) & (age < 62) & (people.died_on == NEVER)
    founder = np.flatnonzero(able & (rng.random(len(people)) < _FIRM_SHARE_OF_ADULTS))
    founded = people.calendar.history_from - 60 - rng.integers(0, 5 * YEAR, len(founder))
    return Firms(founder, credit_codes(COMPANY, people.county[founder], people.number[founder]), founded)


def tenders(lives: Lives, sellers: Firms) -> Tenders:
    """What the public bodies of these people's counties bought from these firms; nothing where there is no firm."""
    rng, calendar = np.random.default_rng(lives.chance + 1), lives.people.calendar
    n = int(len(lives.people) * _TENDERS_A_PERSON) if len(sellers.founder) else 0
    item, method = rng.integers(0, len(ITEMS), n), rng.choice(len(METHODS), size=n, p=[0.55, 0.2, 0.15, 0.1])
    published = rng.integers(calendar.history_from, calendar.daily_to, n)
    closes = published + rng.integers(10, 25, n)
    bidders = _bidders(len(sellers.founder), method, rng)
    price = _offers(_USUAL_YUAN[item], bidders.shape, rng)
    out = rng.random(bidders.shape)
    withdrawn = out < _WITHDRAWN_SHARE
    valid = (bidders != NOBODY) & (out >= _WITHDRAWN_SHARE + _DISQUALIFIED_SHARE)
    cheapest = np.where(valid, price, np.iinfo(np.int64).max).argmin(axis=1)
    failed = ~valid.any(axis=1) | (rng.random(n) < _FAILED_SHARE)
    return Tenders(
        county=rng.integers(0, len(COUNTY_CODES), n),
        unit=rng.integers(0, len(UNITS), n),
        item=item,
        quantity=1 + (rng.random(n) * _MOST[item]).astype(np.int64),
        method=method,
        published_on=published,
        closes_on=closes,
        decided_on=closes + rng.integers(3, 20, n),
        bidders=bidders,
        price_fen=price,
        valid=valid,
        withdrawn=withdrawn,
        winner=np.where(failed, NOBODY, cheapest),
    )


def buyers(county: Ints, unit: Ints) -> pa.StringArray:
    """The codes of the public bodies that buy."""
    return credit_codes(ADMINISTRATION, county, 100 * county + unit + 1)


def _bidders(sellers: int, method: Ints, rng: np.random.Generator) -> Ints:
    """For each tender some of the firms, each once; of a single source one."""
    wanted = np.where(method == len(METHODS) - 1, 1, rng.integers(1, _MOST_BIDDERS + 1, len(method)))
    drawn = rng.random((len(method), sellers)).argsort(axis=1)[:, :_MOST_BIDDERS]
    bidders = np.full((len(method), _MOST_BIDDERS), NOBODY)
    bidders[:, : drawn.shape[1]] = drawn
    return np.where(np.arange(_MOST_BIDDERS) < wanted[:, None], bidders, NOBODY)


def _offers(usual_yuan: Ints, shape: tuple[int, ...], rng: np.random.Generator) -> Ints:
    """Unit prices in fen near the usual ones; nobody asks for more than the budget."""
    offers: Ints = np.round(usual_yuan[:, None] * 100 * rng.normal(1.0, 0.05, shape).clip(0.85, 1.09)).astype(np.int64)
    return offers
