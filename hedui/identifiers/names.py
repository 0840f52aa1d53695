"""Names of people: the tidy form that is kept, and the folded form in which variants of one name agree."""

import re
import unicodedata
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

# A name of these characters alone is its own tidy and folded form: unified ideographs, no compatibility ideographs.
_PLAIN = r"^[\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}\x{20000}-\x{2F7FF}\x{30000}-\x{3FFFF}]*$"
# Between the parts of a transliterated name; NFKC has turned `．` into `.` and `･` into `・`.
_DOTS_AND_BLANKS = re.compile(r"[.·•・‧∙⋅\s\ufeff\u200b]")
# GB18030 FE9F 䶮: systems that follow the 2000 edition keep it in the private use area.
_ONE_CHARACTER = {0xE863: 0x4DAE}


def folded(name: str) -> str:
    """NFKC, without middle dots and blanks, without difference of case, private-use characters unified."""
    once = unicodedata.normalize("NFKC", name.translate(_ONE_CHARACTER)).casefold()
    # Case folding can undo the normal form, and normalising again can bring up capitals.
    return unicodedata.normalize("NFKC", _DOTS_AND_BLANKS.sub("", once)).casefold()


def tidy(name: str) -> str:
    """The full form: NFC, without blanks around it."""
    return unicodedata.normalize("NFC", name.strip().strip("\ufeff\u200b").strip())


def folded_column(names: pa.StringArray) -> pa.StringArray:
    """`folded` of every name, null of null."""
    return _map_unusual(names, folded)


def tidy_column(names: pa.StringArray) -> pa.StringArray:
    """`tidy` of every name, null of null."""
    return _map_unusual(names, tidy)


def _map_unusual(names: pa.StringArray, form: Callable[[str], str]) -> pa.StringArray:
    unusual = pc.fill_null(pc.invert(pc.match_substring_regex(names, _PLAIN)), False)
    if not pc.any(unusual).as_py():
        return names
    several = names.filter(unusual).dictionary_encode()
    forms = pa.array([form(name) for name in several.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(names, unusual, forms.take(several.indices))
