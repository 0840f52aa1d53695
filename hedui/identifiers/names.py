"""Names of people: the tidy form that is kept, and the folded form in which variants of one name agree."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final, Literal

import pyarrow as pa
import pyarrow.compute as pc

from hedui.identifiers.remarks import Mask, rows_by_remark, spread

Repair = Literal["private_use", "composed", "blanks"]

# A name of these characters alone is its own tidy and folded form: unified ideographs, no compatibility ideographs.
_PLAIN: Final = r"^[\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}\x{20000}-\x{2F7FF}\x{30000}-\x{3FFFF}]*$"
# Between the parts of a transliterated name; NFKC has turned `．` into `.` and `･` into `・`.
_DOTS_AND_BLANKS: Final = re.compile(r"[.·•・‧∙⋅\s\ufeff\u200b]")
_BLANKS: Final = "".join(sign for sign in map(chr, range(0x3001)) if sign.isspace()) + "\ufeff\u200b"


def _moved() -> dict[int, int]:
    """Characters that GB18030 has moved out of the private use area, such as 䶮 from U+E863 to U+4DAE.

    The edition of 2000 gave its codes FE50 to FEA0 the places from U+E815 on, one after the other. Python's codec knows
    a place of today for most of them; where it still names that private one, nothing is certain and nothing is moved.
    """
    codes = (bytes((0xFE, trail)) for trail in range(0x50, 0xA1) if trail != 0x7F)
    now = {private: ord(code.decode("gb18030")) for private, code in enumerate(codes, 0xE815)}
    return {private: place for private, place in now.items() if private != place}


MOVED: Final = _moved()


def folded(name: str) -> str:
    """NFKC, without middle dots and blanks, without difference of case, private-use characters unified."""
    once = unicodedata.normalize("NFKC", name.translate(MOVED)).casefold()
    # Case folding can undo the normal form, and normalising again can bring up capitals.
    return unicodedata.normalize("NFKC", _DOTS_AND_BLANKS.sub("", once)).casefold()


def tidy(name: str) -> tuple[str, tuple[Repair, ...]]:
    """The full form: NFC, without blanks around it and private-use characters that have moved; and what was repaired.

    Middle dots stay as they were written.
    """
    moved = name.translate(MOVED)
    composed = unicodedata.normalize("NFC", moved)
    bare = composed.strip(_BLANKS)
    repairs: dict[Repair, bool] = {
        "private_use": moved != name,
        "composed": composed != moved,
        "blanks": bare != composed,
    }
    return bare, tuple(repair for repair, done in repairs.items() if done)


def folded_column(names: pa.StringArray) -> pa.StringArray:
    """`folded` of every name, null of null."""
    unusual = _unusual(names)
    if not unusual.any():
        return names
    several = names.filter(pa.array(unusual)).dictionary_encode()
    forms = pa.array([folded(name) for name in several.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(names, pa.array(unusual), forms.take(several.indices))


def tidy_column(names: pa.StringArray) -> tuple[pa.StringArray, Mapping[str, Mask]]:
    """`tidy` of every name, null of null; and which rows each repair changed."""
    unusual = _unusual(names)
    if not unusual.any():
        return names, {}
    several = names.filter(pa.array(unusual)).dictionary_encode()
    results = [tidy(name) for name in several.dictionary.to_pylist()]
    forms = pa.array([form for form, _ in results], pa.string())
    repairs = rows_by_remark(dict(enumerate(made for _, made in results)), len(results), several.indices.to_numpy())
    return pc.replace_with_mask(names, pa.array(unusual), forms.take(several.indices)), spread(repairs, unusual)


def _unusual(names: pa.StringArray) -> Mask:
    """Which names are more than plain characters: the few that are worth a look each."""
    unusual: Mask = pc.fill_null(pc.invert(pc.match_substring_regex(names, _PLAIN)), False).to_numpy(
        zero_copy_only=False
    )
    return unusual
