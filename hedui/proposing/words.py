"""What a column is called in a contract: learnt from the contracts on the shelves, else made from its own name."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from hedui.model.contract import ContractField, Dataset
from hedui.model.declaration import Title
from hedui.proposing.chinese import english

_SCRIPT: Final = re.compile(r"[\u3400-\u9fff]")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OTHER: Final = re.compile(r"[^a-z0-9]+")

PERSON_WORDS: Final = re.compile(r"身份证|证件号|公民身份|id_?card|cert_?no|id_?no$|sfz|zjhm|person_id", re.IGNORECASE)
NAME_WORDS: Final = re.compile(r"姓名|户主$|^name$|(^|_)xm$|(psn|person|owner|head|payee)_?name$", re.IGNORECASE)
MAYBE_NAME_WORDS: Final = re.compile(r"名$|name$", re.IGNORECASE)
KEY_WORDS: Final = re.compile(r"编号|流水号|序号|编码|(^|_)(id|no|number|key|serial|code)$", re.IGNORECASE)
# Columns that single somebody out whatever stands in them.
PRIVATE_WORDS: Final = re.compile(
    r"电话|手机|账号|账户|卡号|地址|住址|户号|户编号|phone|mobile|(^|_)tel|account|acct|card_?no|addr|household",
    re.IGNORECASE,
)
CHANGED_WORDS: Final = re.compile(r"更新|修改|变更时间|upd|modif|chang|last_?edit|gxsj|xgsj", re.IGNORECASE)
MONEY_WORDS: Final = re.compile(r"金额|[费款额元]$|amount|amt|yuan|price|total|sum$|fee", re.IGNORECASE)
COUNT_WORDS: Final = re.compile(r"[数量龄]$|(^|_)count(_|$)|qty|quantity|number_of|^num_|days$|months$", re.IGNORECASE)
MONTH_WORDS: Final = re.compile(r"月|所属期|期间|month|period|_ym$|^ym$", re.IGNORECASE)
_USUAL: Final = {
    "person": Title(zh="身份证号", en="Identity number"),
    "name": Title(zh="姓名", en="Name"),
    "key": Title(zh="记录编号", en="Record number"),
    "cursor": Title(zh="更新时间", en="Updated at"),
}


@dataclass(frozen=True)
class Words:
    """How the shelves call what a source calls so; `columns` by the plain form of the source's name."""

    columns: Mapping[str, tuple[str, ContractField]]

    @classmethod
    def learnt(cls, datasets: Iterable[Dataset]) -> "Words":
        """By the agencies' own names and by Chinese titles; the most frequent use of a word wins."""
        uses: dict[str, Counter[tuple[str, ContractField]]] = {}
        for dataset in datasets:
            for name, field in dataset.fields.items():
                for word in {plain(field.source), plain(field.title.zh)}:
                    uses.setdefault(word, Counter())[name, field] += 1
        return cls({word: used.most_common(1)[0][0] for word, used in uses.items()})

    def of(self, source: str, title: str = "") -> tuple[str, ContractField] | None:
        """Name and field of the shelves for a column: by its name, or by its title if the name is not Latin."""
        by_title = title if _SCRIPT.search(source) or name_for(source, 0) == "field_0" else ""
        return self.columns.get(plain(source)) or (self.columns.get(plain(by_title)) if by_title else None)


def plain(name: str) -> str:
    """`countyCode`, `county_code` and `COUNTY-CODE` as one: county_code. What is not Latin stays as it is."""
    if _SCRIPT.search(name):
        return "".join(name.split())
    return _OTHER.sub("_", _HUMP.sub("_", name.strip()).lower()).strip("_")


def name_for(source: str, number: int) -> str:
    """A name for a column that the shelves do not know: its own, in English where it can be, or `field_3`."""
    name = plain(english(source) or source)
    return name[:63] if re.fullmatch(r"[a-z][a-z0-9_]*", name) else f"field_{number}"


def title_for(source: str, said: str, name: str, role: str = "") -> Title:
    """What the column is called in both languages: as the source says it, else after its role, else its own name."""
    usual = _USUAL.get(role)
    chinese = next((word for word in (said, source) if _SCRIPT.search(word)), usual.zh if usual else said or source)
    own = said if said and not _SCRIPT.search(said) else ""
    return Title(zh=chinese, en=own or (usual.en if usual else name.replace("_", " ").capitalize()))
