"""Public resource trading: tenders, bids, contracts, and who stands behind the suppliers."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.drafts import BIDS, CONTRACTS, SUPPLIERS, TENDERS, days, draft
from simulator.everyday.lives import UNITS, Lives
from simulator.everyday.market import ITEMS, METHODS, NOBODY, Firms, Tenders, buyers, firms, tenders
from simulator.everyday.rows import again, as_known_then, ended_later, person, replaced, same, words
from simulator.identity import COUNTY_CODES
from simulator.keys import record_keys
from simulator.people import NEVER, YEAR
from simulator.times import Ints, moments

REPRESENTATIVE, SHAREHOLDER, OWNER = "法定代表人", "自然人股东", "企业股东"
_FIRST, _SECOND = ("祥", "金", "宏", "瑞", "鑫", "恒", "陇", "天"), ("泰", "源", "达", "丰", "盛", "通", "河", "成")
_TRADES = ("商贸有限公司", "科技有限公司", "建筑工程有限公司", "医疗器械有限公司")
# Beside the founder one person in two holds shares, and one firm in four.
_HOLDS, _OWNS, _SOLD_SHARE = 0.5, 0.25, 0.1


def tenders_told(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """A tender is told when it is published, and once more when it is decided."""
    sold = tenders(lives, firms(lives))
    county = words(COUNTY_CODES, sold.county)
    published = draft(
        TENDERS,
        record_no=record_keys(TENDERS, _numbers(lives, sold)),
        ocid=_ocids(lives, sold),
        buyer=buyers(sold.county, sold.unit),
        buyer_name=pc.binary_join_element_wise(county, words(UNITS, sold.unit), ""),
        method=words(METHODS, sold.method),
        status=same("进行中", len(sold)),
        published_on=days(sold.published_on),
        closes_on=days(sold.closes_on),
        budget_fen=sold.budget_fen,
        **_item(sold),
        changed_at=moments(sold.published_on, rng),
    )
    status = words(("成交", "流标"), (sold.winner == NOBODY).astype(np.int64))
    decided = replaced(published, status=status, changed_at=pa.array(moments(sold.decided_on, rng)))
    return as_known_then(pa.concat_tables([published, decided]), lives)


def bids(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Every bid, told when they are opened; who is disqualified, or withdraws, is told again."""
    sellers = firms(lives)
    sold = tenders(lives, sellers)
    which, place = np.nonzero(sold.bidders != NOBODY)
    opened = draft(
        BIDS,
        record_no=record_keys(BIDS, _numbers(lives, sold)[which], place),
        ocid=_ocids(lives, sold).take(pa.array(which)),
        bidder=sellers.code.take(pa.array(sold.bidders[which, place])),
        amount_fen=sold.price_fen[which, place] * sold.quantity[which],
        status=same("有效", len(which)),
        changed_at=moments(sold.closes_on, rng)[which],
    )
    out = ~sold.valid[which, place]
    decided = moments(sold.decided_on, rng)[which]
    state = words(("无效", "撤回"), sold.withdrawn[which, place].astype(np.int64))
    told_again = replaced(opened, status=state, changed_at=pa.array(decided)).filter(pa.array(out))
    return as_known_then(pa.concat_tables([opened, told_again]), lives)


def contracts(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """One with the winner of each tender; some are prolonged later."""
    sellers = firms(lives)
    sold = tenders(lives, sellers)
    won = np.flatnonzero(sold.winner != NOBODY)
    place = sold.winner[won]
    price, quantity = sold.price_fen[won, place], sold.quantity[won]
    signed = sold.decided_on[won] + rng.integers(1, 6, len(won))
    begins = signed + rng.integers(0, 15, len(won))
    rows = draft(
        CONTRACTS,
        record_no=record_keys(CONTRACTS, _numbers(lives, sold)[won]),
        ocid=_ocids(lives, sold).take(pa.array(won)),
        buyer=buyers(sold.county[won], sold.unit[won]),
        supplier=sellers.code.take(pa.array(sold.bidders[won, place])),
        kind=words(("单次合同", "框架协议"), (rng.random(len(won)) < 0.1).astype(np.int64)),
        **{name: column.take(pa.array(won)) for name, column in _item(sold).items()},
        unit_price_fen=price,
        amount_fen=price * quantity,
        signed_on=days(signed),
        from_on=days(begins),
        to_on=days(begins + rng.integers(30, YEAR, len(won))),
        changed_at=moments(signed, rng),
    )
    longer = again(rows, lives.people.calendar, rng, 0.03)
    until = pc.add(longer["to_on"].cast(pa.int32()), pa.scalar(90, pa.int32())).cast(pa.date32())
    return as_known_then(pa.concat_tables([rows, replaced(longer, to_on=until)]), lives)


def suppliers(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """A row for each tie: who represents a firm, and which people and firms hold shares of it."""
    sellers, people = firms(lives), lives.people
    every = np.arange(len(sellers.founder))
    grown = np.flatnonzero(lives.ordinary & ~lives.service.serves & (people.age_years() >= 30))
    second = every[rng.random(len(every)) < _HOLDS]
    partner = grown[rng.integers(0, max(len(grown), 1), len(second))] if len(grown) else second
    owned = every[(rng.random(len(every)) < _OWNS) & (len(every) > 1)]
    owner = (owned + rng.integers(1, max(len(every), 2), len(owned))) % max(len(every), 1)
    tables = (
        _ties(lives, rng, sellers, every, 0, REPRESENTATIVE, sellers.founder, 0),
        _ties(lives, rng, sellers, every, 1, SHAREHOLDER, sellers.founder, 55),
        _ties(lives, rng, sellers, second, 2, SHAREHOLDER, partner, 25),
        _ties(lives, rng, sellers, owned, 3, OWNER, owner, 20),
    )
    rows = pa.concat_tables(tables)
    founded = np.asarray(rows["from_on"].cast(pa.int32()), dtype=np.int64)
    calendar = people.calendar
    sold = founded + rng.integers(100, 5 * YEAR, len(founded))
    ends = (rng.random(len(sold)) < _SOLD_SHARE) & (sold < calendar.daily_from - 25)
    rows = replaced(rows, to_on=days(sold, ~ends))
    rows = ended_later(rows, "to_on", np.where(ends, sold, NEVER), ends, calendar, rng)
    return as_known_then(pa.concat_tables([rows, again(rows, calendar, rng)]), lives, "person")


def _ties(
    lives: Lives, rng: np.random.Generator, sellers: Firms, of: Ints, nth: int, role: str, to: Ints, percent: int
) -> pa.Table:
    """`to` are people, or for firms that own others, firms. Nobody holds a share by representing a firm."""
    people, owned = lives.people, role == OWNER
    count = len(of)
    founder = sellers.founder[of]
    nothing, first = pa.nulls(count, pa.string()), founder % len(_FIRST)
    title = (
        words(_FIRST, first),
        words(_SECOND, founder // 8 % len(_SECOND)),
        words(_TRADES, founder // 64 % len(_TRADES)),
    )
    whose = {"person": nothing, "name": nothing} if owned else person(people, to)
    on = sellers.founded_on[of]
    return draft(
        SUPPLIERS,
        record_no=record_keys(SUPPLIERS, people.number[founder], nth),
        **whose,
        supplier=sellers.code.take(pa.array(of)),
        supplier_name=pc.binary_join_element_wise(*title, ""),
        role=same(role, count),
        owner=sellers.code.take(pa.array(to)) if owned else nothing,
        share_percent=pa.array(np.full(count, percent), mask=np.full(count, not percent)),
        from_on=days(on),
        to_on=pa.nulls(count, pa.date32()),
        changed_at=people.calendar.filed_at(on, rng),
    )


def _item(sold: Tenders) -> dict[str, pa.Array]:
    return {
        "item": words([item.code for item in ITEMS], sold.item),
        "specification": words([item.specification for item in ITEMS], sold.item),
        "unit": words([item.unit for item in ITEMS], sold.item),
        "quantity": pa.array(sold.quantity),
    }


def _numbers(lives: Lives, sold: Tenders) -> Ints:
    """The number of each tender in the province: no two chunks of people share one."""
    numbers: Ints = lives.people.first + np.arange(len(sold))
    return numbers


def _ocids(lives: Lives, sold: Tenders) -> pa.StringArray:
    return pc.binary_join_element_wise("ocds-62trade", record_keys(TENDERS, _numbers(lives, sold)), "-")
