"""Identity numbers within other text, such as an agency's record key that is made of one."""

import re
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from hedui.identifiers.person import check_character

_MONTH_AND_DAY: Final = "(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
# A date of the last century stands in no serial number of a system of today: it is a birth date.
_BORN_BEFORE_2000: Final = rf"([0-9]{{6}})(?:18|19)[0-9]{{2}}{_MONTH_AND_DAY}([0-9]{{3}}[0-9Xx])"
_BORN_SINCE: Final = re.compile(rf"([0-9]{{6}})(20[0-9]{{2}}{_MONTH_AND_DAY})([0-9]{{3}}[0-9Xx])")
_FIFTEEN: Final = r"(^|[^0-9])([0-9]{6})[0-9]{2}(?:0[1-9]|1[0-2])[0-3]([0-9]{4})($|[^0-9])"


def hidden_within(text: pa.StringArray) -> pa.StringArray:
    """The text, and of each identity number in it the region and the last four characters.

    Division, date and serial number of this century look like one too: they are left where the check character does
    not agree, for by them a clerk finds the record.
    """
    narrow = pc.utf8_normalize(text, form="NFKC")
    hidden = pc.replace_substring_regex(narrow, _BORN_BEFORE_2000, r"\1********\2")
    hidden = pc.replace_substring_regex(hidden, _FIFTEEN, r"\1\2*****\3\4")
    since = pc.fill_null(pc.match_substring_regex(hidden, _BORN_SINCE.pattern), False)
    checked = [_BORN_SINCE.sub(_hidden, value) for value in hidden.filter(since).to_pylist()]
    hidden = pc.replace_with_mask(hidden, since, pa.array(checked, pa.string()))
    return pc.if_else(pc.equal(hidden, narrow), text, hidden)


def _hidden(found: re.Match[str]) -> str:
    region, born, rest = found.groups()
    agrees = check_character(region + born + rest[:3]) == rest[3].upper()
    return f"{region}********{rest}" if agrees else found[0]
