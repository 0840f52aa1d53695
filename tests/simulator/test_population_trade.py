"""What public bodies buy, villages let and people complain of is plausible, and hangs together over the datasets."""

from collections.abc import Iterator

import duckdb
import numpy as np
import pytest

from simulator.credit_codes import COMPANY, VILLAGE_COLLECTIVE, credit_codes
from simulator.drafts import ASSETS, BIDS, CADRES, COMPLAINTS, CONTRACTS, EMPLOYEES, SUPPLIERS, TENDERS
from simulator.everyday import RECORDED, live
from simulator.people import make_people

PEOPLE = 20_000
CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"

# Tables are named without their agency and hold the newest version of each record.
IMPOSSIBLE = {
    "a tender nobody published": "bids ANTI JOIN tenders USING (ocid)",
    "a contract without a tender": "contracts c ANTI JOIN tenders t ON c.ocid = t.ocid AND t.status = '成交'",
    "a contract with another buyer": "contracts JOIN tenders t USING (ocid) WHERE contracts.buyer <> t.buyer",
    "a contract with who did not bid": """contracts c ANTI JOIN bids b
        ON c.ocid = b.ocid AND c.supplier = b.bidder AND b.status = '有效' AND b.amount_fen = c.amount_fen""",
    "a cheaper bid that was passed over": """contracts c JOIN bids b USING (ocid)
        WHERE b.status = '有效' AND b.amount_fen < c.amount_fen""",
    "an amount that is no product": "contracts WHERE amount_fen <> quantity * unit_price_fen",
    "bought above the budget": "contracts c JOIN tenders t USING (ocid) WHERE c.amount_fen > t.budget_fen",
    "signed before the tender closed": "contracts c JOIN tenders t USING (ocid) WHERE signed_on < closes_on",
    "ended before it began": "contracts WHERE to_on < from_on",
    "a bidder without a representative": """bids ANTI JOIN
        (FROM suppliers WHERE role = '法定代表人') AS represented ON bidder = supplier""",
    "a bid of one's own twice": "(SELECT 1 FROM bids GROUP BY ocid, bidder HAVING count(*) > 1)",
    "two bids of a single source": """(SELECT 1 FROM tenders JOIN bids USING (ocid)
        WHERE method = '单一来源' GROUP BY ocid HAVING count(*) > 1)""",
    "a firm that owns itself": "suppliers WHERE owner = supplier",
    "more than all of a firm": "(SELECT 1 FROM suppliers GROUP BY supplier HAVING sum(share_percent) > 100)",
    "a tie to nobody": "suppliers WHERE (owner IS NULL) = (person IS NULL)",
    "an official who trades": "suppliers JOIN public_employees USING (person)",
    "an official in a village": "village_cadres JOIN public_employees USING (person)",
    "answered before received": "complaints WHERE answered_at < received_at",
    "content with no answer": "complaints WHERE satisfaction IS NOT NULL AND answered_at IS NULL",
    "a report that was rated": "complaints WHERE platform = '纪检举报' AND satisfaction IS NOT NULL",
    "let to both or to nobody": "collective_assets WHERE (firm IS NULL) = (person IS NULL)",
    "let to a firm unknown": """(FROM collective_assets WHERE firm IS NOT NULL) AS let
        ANTI JOIN suppliers ON firm = supplier""",
    "let for a year before the lease": "collective_assets WHERE year < year(from_on)",
    "unpaid without a reason": "collective_assets WHERE rent_paid_fen < rent_due_fen AND remark IS NULL",
    "a village outside its township": """collective_assets
        WHERE NOT (starts_with(village, township) AND starts_with(township, county))""",
    "two villages of one code": """(SELECT 1 FROM village_cadres WHERE post = '村会计'
        GROUP BY village HAVING count(*) > 1)""",
}
HAPPENS = {
    "a tender that failed": "tenders WHERE status = '流标'",
    "a tender that is open": "tenders WHERE status = '进行中'",
    "a disqualified bid": "bids WHERE status = '无效'",
    "a bid that was withdrawn": "bids WHERE status = '撤回'",
    "a framework agreement": "contracts WHERE kind = '框架协议'",
    "a firm that owns another": "suppliers WHERE role = '企业股东'",
    "a share that was sold": "suppliers WHERE to_on IS NOT NULL",
    "rent waived by vote": "collective_assets WHERE remark = '村民会议表决减免'",
    "rent paid in kind": "collective_assets WHERE remark = '实物抵租'",
    "a field let to a firm": "collective_assets WHERE firm IS NOT NULL",
    "a cadre who left": "village_cadres WHERE to_on IS NOT NULL",
    "a complaint nobody answered": "complaints WHERE answered_at IS NULL",
}


@pytest.fixture(scope="module")
def told() -> Iterator[duckdb.DuckDBPyConnection]:
    """What is told before any clerk has written it down."""
    drawn = live(make_people(np.random.default_rng([5, 0]), 0, 0, PEOPLE), np.random.default_rng(5))
    with duckdb.connect() as db:
        for dataset in (TENDERS, BIDS, CONTRACTS, SUPPLIERS, COMPLAINTS, ASSETS, CADRES, EMPLOYEES):
            rows = RECORDED[dataset](drawn, np.random.default_rng(5))  # noqa: F841 - the query reads it
            newest = "QUALIFY row_number() OVER (PARTITION BY record_no ORDER BY changed_at DESC) = 1"
            db.execute(f"CREATE TABLE {dataset.split('.')[1]} AS FROM rows {newest}")
        yield db


def _count(db: duckdb.DuckDBPyConnection, rows: str) -> int:
    found = db.execute(f"SELECT count(*) FROM {rows}").fetchone()
    assert found is not None
    return int(found[0])


@pytest.mark.parametrize("what", IMPOSSIBLE)
def test_nothing_impossible_is_told(what: str, told: duckdb.DuckDBPyConnection) -> None:
    assert _count(told, IMPOSSIBLE[what]) == 0


@pytest.mark.parametrize("what", HAPPENS)
def test_what_happens_everywhere_happens(what: str, told: duckdb.DuckDBPyConnection) -> None:
    assert _count(told, HAPPENS[what]) > 0


def _right(code: str) -> bool:
    """By the two standards once more, digit after digit."""
    inner = 11 - sum(int(c) * w for c, w in zip(code[8:16], (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    whole = sum(CHARACTERS.index(c) * pow(3, place, 31) for place, c in enumerate(code[:17]))
    return code[16] == {10: "X", 11: "0"}.get(inner, str(inner)) and code[17] == CHARACTERS[-whole % 31]


def test_credit_codes_are_valid_and_no_two_are_the_same() -> None:
    numbers = np.arange(3_000) * 7_919
    for kind in (COMPANY, VILLAGE_COLLECTIVE):
        codes = credit_codes(kind, numbers % 60, numbers).to_pylist()
        assert all(map(_right, codes)) and len(set(codes)) == len(codes)
        assert {code[:2] for code in codes} == {kind}
    assert not _right("91620102000040061F")
