"""What a sample tells of a column: how far it is filled, of which form its values are, which may be shown."""

import re
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.drift import family
from hedui.identifiers.columns import canonical_column, valid_column
from hedui.model.contract import FieldType
from hedui.proposing.words import (
    CHANGED_WORDS,
    COUNT_WORDS,
    MAYBE_NAME_WORDS,
    MONEY_WORDS,
    MONTH_WORDS,
    NAME_WORDS,
    PERSON_WORDS,
    PRIVATE_WORDS,
    plain,
)
from hedui.validation.natives import written
from hedui.validation.readers import READERS, trimmed, without_nul

Personal = Literal["person", "name", "record"]

_MOST: Final = 0.8  # so much of a column has to be of one kind before it is taken for it
_HALF: Final = 0.5
_NEARLY_ALL: Final = 0.95
FEW: Final = 20  # so many different values may be codes
OFTEN: Final = 5  # what stands in fewer rows could point at somebody
_LONGEST_CODE: Final = 20
_YEARS: Final = (1900, 2100)
_NATIVE: Final[dict[str, FieldType]] = {
    "integer": "integer",
    "decimal": "decimal",
    "float": "decimal",
    "date": "date",
    "timestamp": "timestamp",
}
_A_NAME: Final = (
    r"^[\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}\x{20000}-\x{323AF}]{2,4}$"
    r"|^[\x{4E00}-\x{9FFF}]{2,}[·•・．.][\x{4E00}-\x{9FFF}·•・．.]{2,}$"
)
_SURNAMES: Final = (
    "^[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金"
    "韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤]"
    "|^(欧阳|司马|上官|诸葛|皇甫|尉迟|公孙|慕容|令狐|司徒)|[·•・．]"
)
_A_NUMBER_INSIDE: Final = re.compile(r"\d{17}[\dXx]|(?<!\d)\d{15}(?!\d)")
# An address of mail, a number plate, a name in Latin letters; and a telephone or a card has so many digits.
_SOMEBODY_S: Final = r"@|^\p{Han}[A-Z][·• ]?[A-Z0-9]{5,6}$|^[A-Z][A-Za-z]+ [A-Z][A-Za-z]+$"
_MANY_DIGITS: Final = r"([0-9][- ]?){10}"
_CENTS: Final = r"^-?[0-9]+\.[0-9]{1,2}$"
_NUMBERED: Final = r"[0-9].*[0-9].*[0-9].*[0-9].*[0-9].*[0-9]"


@dataclass(frozen=True)
class Profile:
    """One column of a sample. Nothing here quotes a value but `codes`, which stand in many rows each."""

    source: str
    native: str
    type: FieldType
    personal: Personal | None
    rows: int
    filled: int
    distinct: int
    shortest: int
    longest: int
    valid: float  # share of the filled values that are identity numbers, after simple repairs
    codes: tuple[str, ...]
    telling: bool  # its values look as if they named or reached somebody, though it is not taken for an identifier
    six_digits: bool
    numbered: bool  # nearly every row has a long number of its own, which may point at somebody

    @property
    def names_rows(self) -> bool:
        """Whether nearly every row has a value of its own; what was changed or sent again stands there twice."""
        return self.rows > 1 and self.distinct >= _MOST * self.rows and self.filled >= _NEARLY_ALL * self.rows

    @property
    def in_words(self) -> str:
        """Such as `100% filled, 41 different, 18 characters, 97% valid identity numbers`."""
        if not self.rows:
            return f"{self.native}; no row was there to look at"
        length = f"{self.shortest}" if self.shortest == self.longest else f"{self.shortest} to {self.longest}"
        said = [f"{self.native}: {_percent(self.filled / self.rows)} filled", f"{self.distinct:,} different"]
        said += [f"{length} characters"] if self.filled else []
        said += [f"{_percent(self.valid)} valid identity numbers"] if self.personal == "person" else []
        return ", ".join(said)


def profile(
    source: str, column: pa.ChunkedArray | pa.Array, title: str = "", native: pa.DataType | None = None
) -> Profile:
    """Look at one column. `title` is what the source says of it, `native` its type there if rows come as text."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    text = _text(whole)
    filled = text.drop_null()
    distinct, words = pc.count_distinct(filled).as_py(), f"{source} {title}"
    lengths = pc.min_max(pc.utf8_length(filled))
    valid = _valid_share(filled)
    personal = _personal(words, filled, distinct, valid)
    six_digits = _share(filled, "^[0-9]{6}$") == 1
    native = native or whole.type
    kind: FieldType = "text" if personal else _type(words, native, text)
    telling = kind == "text" and not personal and _are_telling(filled)
    return Profile(
        source=source,
        native=family(native),
        type=kind,
        personal=personal,
        rows=len(text),
        filled=len(filled),
        distinct=distinct,
        shortest=lengths["min"].as_py() or 0,
        longest=lengths["max"].as_py() or 0,
        valid=valid,
        codes=_codes(filled) if kind == "text" and not (personal or telling or six_digits) else (),
        telling=telling,
        six_digits=six_digits,
        numbered=kind == "text" and distinct >= _NEARLY_ALL * len(filled) and _share(filled, _NUMBERED) >= _MOST,
    )


def _text(column: pa.Array) -> pa.StringArray:
    text = written(column)
    return pa.nulls(len(column), pa.string()) if text is None else trimmed(without_nul(text)[0]).values


def _valid_share(filled: pa.StringArray) -> float:
    return float(valid_column(canonical_column(filled).values).mean()) if len(filled) else 0.0


def _personal(words: str, filled: pa.StringArray, distinct: int, valid: float) -> Personal | None:
    """Whom or what a column names. Where in doubt it does: a token too many harms nobody."""
    source = plain(words.split(" ")[0])
    if valid >= _MOST or (valid > 0 and PERSON_WORDS.search(words)):
        return "person"
    if not len(filled):
        return "person" if PERSON_WORDS.search(words) else "name" if NAME_WORDS.search(source) else None
    if _are_names(source, filled, distinct):
        return "name"
    inside = any(_A_NUMBER_INSIDE.search(value) for value in filled.to_pylist())
    return "record" if inside or PRIVATE_WORDS.search(words) else None


def _are_names(source: str, filled: pa.StringArray, distinct: int) -> bool:
    """Of the length of names, and called so or beginning as most names do."""
    if _share(filled, _A_NAME) < _MOST:
        return False
    usual = _share(filled, _SURNAMES)
    called = bool(NAME_WORDS.search(source)) or (bool(MAYBE_NAME_WORDS.search(source)) and usual >= _HALF)
    return called or (usual >= _MOST and distinct > FEW)


def _are_telling(filled: pa.StringArray) -> bool:
    """Names of a few people look like codes where each stands in many rows."""
    names = pc.and_(pc.match_substring_regex(filled, _A_NAME), pc.match_substring_regex(filled, _SURNAMES))
    return _share(filled, _SOMEBODY_S) > 0 or (pc.mean(names).as_py() or 0) >= _MOST


def _type(words: str, kind: pa.DataType, text: pa.StringArray) -> FieldType:
    """Its native type, or one that reads its text. Digits alone are codes unless the words say more."""
    if MONTH_WORDS.search(words) and pa.types.is_integer(kind) and _readable(text, "month"):
        return "month"
    if native := _NATIVE.get(family(kind)):
        if native == "date" and MONTH_WORDS.search(words):
            return "month" if _first_of_months(text.cast(pa.date32())) else "date"
        whole = pa.types.is_decimal(kind) and kind.scale == 0
        return "integer" if whole else native if native != "decimal" or _readable(text, "decimal") else "text"
    if not text.drop_null():
        return "text"
    of_months = MONTH_WORDS.search(words) and _first_of_months(READERS["date"](text).values)
    tried: list[FieldType] = ["month"] if of_months else []
    tried += ["timestamp", "date"] if CHANGED_WORDS.search(words) else ["date", "timestamp"]
    tried += ["month"] if "month" not in tried else []
    tried += ["integer"] if COUNT_WORDS.search(words) else []
    tried += ["decimal"] if MONEY_WORDS.search(words) or _share(text.drop_null(), _CENTS) == 1 else []
    return next((kind for kind in tried if _readable(text, kind)), "text")


def _first_of_months(days: pa.Date32Array) -> bool:
    """Whether no day is said, or each is the first of its month: a period also has its first and its last day."""
    return set(pc.day(days).drop_null().to_pylist()) <= {1}


def _readable(text: pa.StringArray, kind: FieldType) -> bool:
    """Whether nearly all that is filled is of this type, and times are of our age: 620102 is no month of 6201."""
    reading = READERS[kind](text)
    filled = len(text) - text.null_count
    if not filled or reading.values.is_valid().to_numpy(zero_copy_only=False).sum() < _NEARLY_ALL * filled:
        return False
    if kind in ("integer", "decimal"):
        return True
    years = pc.year(reading.values).drop_null().to_numpy()
    return bool(np.mean((years >= _YEARS[0]) & (years <= _YEARS[1])) >= _NEARLY_ALL)


def _codes(filled: pa.StringArray) -> tuple[str, ...]:
    """All values of a column of codes, where each stands in enough rows to point at nobody."""
    counts = pc.value_counts(filled)
    if not 0 < len(counts) <= FEW or pc.max(pc.utf8_length(filled)).as_py() > _LONGEST_CODE:
        return ()
    if _share(filled, _MANY_DIGITS):
        return ()
    found = {entry["values"]: entry["counts"] for entry in counts.to_pylist()}
    return tuple(sorted(found, key=lambda code: -found[code])) if min(found.values()) >= OFTEN else ()


def _share(values: pa.StringArray, pattern: str) -> float:
    return float(pc.mean(pc.match_substring_regex(values, pattern)).as_py() or 0) if len(values) else 0.0


def _percent(share: float) -> str:
    return f"{share:.0%}" if share in (0, 1) else f"{min(max(share, 0.01), 0.99):.0%}"
