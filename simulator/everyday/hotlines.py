"""Hotlines: what people complain of on five platforms, and what they say of the answer. Nobody's name is in it."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.drafts import COMPLAINTS, draft
from simulator.everyday.lives import Lives
from simulator.everyday.rows import as_known_then, replaced, words
from simulator.identity import COUNTY_CODES
from simulator.keys import record_keys
from simulator.times import DAY_SECONDS, Ints, moments

PLATFORMS = ("政务热线", "纪检举报", "监督一点通", "扫码直达", "网上信访")
TOPICS = (
    "教育", "医疗", "社会保障", "住房", "农业农村", "生态环境", "交通", "物业管理", "工程建设", "行政执法", "作风",
)  # fmt: skip
# From the best to the worst, as each platform puts it; who reports to the supervision office is not asked.
_SATISFACTION = (
    ("非常满意", "满意", "基本满意", "不满意", "非常不满意"),
    (None,) * 5,
    ("满意", "满意", "满意", "不满意", "不满意"),
    ("五星", "四星", "三星", "二星", "一星"),
    ("满意", "满意", "基本满意", "不满意", "不满意"),
)
_COMPLAINTS_A_PERSON, _NEVER_ANSWERED, _NEVER_RATED, _RATED_LATER = 0.06, 0.04, 0.3, 0.03
_WORST = 4


def complaints(lives: Lives, rng: np.random.Generator) -> pa.Table:
    """Told when it comes in, and once more when it is answered."""
    calendar = lives.people.calendar
    n = int(len(lives.people) * _COMPLAINTS_A_PERSON)
    received = moments(rng.integers(calendar.history_from, calendar.daily_to, n), rng)
    answered = received + rng.integers(DAY_SECONDS // 4, 25 * DAY_SECONDS, n)
    platform = rng.choice(len(PLATFORMS), size=n, p=[0.6, 0.06, 0.12, 0.12, 0.1])
    felt = rng.choice(_WORST + 1, size=n, p=[0.2, 0.35, 0.2, 0.18, 0.07])
    opened = draft(
        COMPLAINTS,
        record_no=record_keys(COMPLAINTS, lives.people.first + np.arange(n)),
        platform=words(PLATFORMS, platform),
        topic=words(TOPICS, rng.integers(0, len(TOPICS), n)),
        region=words(COUNTY_CODES, rng.integers(0, len(COUNTY_CODES), n)),
        received_at=received,
        answered_at=pa.nulls(n, pa.int64()),
        satisfaction=pa.nulls(n, pa.string()),
        changed_at=received,
    )
    said = words([word for of_platform in _SATISFACTION for word in of_platform], platform * (_WORST + 1) + felt)
    rated = pc.if_else(pa.array(rng.random(n) < _NEVER_RATED), None, said)
    at = pa.array(answered)
    closed = replaced(opened, answered_at=at, satisfaction=rated, changed_at=at).filter(
        pa.array(rng.random(n) >= _NEVER_ANSWERED)
    )
    return as_known_then(pa.concat_tables([opened, closed, _rated_anew(closed, rng)]), lives)


def _rated_anew(closed: pa.Table, rng: np.random.Generator) -> pa.Table:
    """Some are asked again weeks later, and no longer say anything."""
    some = closed.filter(pa.array(rng.random(closed.num_rows) < _RATED_LATER))
    later: Ints = np.asarray(some["changed_at"]) + rng.integers(DAY_SECONDS, 30 * DAY_SECONDS, some.num_rows)
    return replaced(some, satisfaction=pa.nulls(some.num_rows, pa.string()), changed_at=pa.array(later))
