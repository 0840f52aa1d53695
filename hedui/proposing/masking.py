"""Rows as an engineer may see them: enough to tell a form by, not enough to tell a person by."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from hedui.model.contract import Dataset
from hedui.proposing.profile import Personal, profile
from hedui.proposing.words import NAME_WORDS, PERSON_WORDS
from hedui.validation.natives import written

_REGION: Final = 6
_END: Final = 4
_TIMES: Final = ("date", "month", "timestamp")
_A_LONG_NUMBER: Final = r"[0-9]{8,}[0-9Xx]?"


def masked(rows: pa.Table, dataset: Dataset | None) -> pa.Table:
    """All columns as text. Of identity numbers the region is left, of names one character, of record keys the end.

    What a contract calls an identifier is one, and so is what looks like one, contract or not.
    """
    stated = {field.source: field.identifier for field in dataset.fields.values()} if dataset else {}
    return pa.table({name: _masked(name, rows[name], stated.get(name)) for name in rows.column_names})


def _masked(source: str, column: pa.ChunkedArray, stated: Personal | None) -> pa.Array:
    whole = column.combine_chunks()
    text = written(whole)
    if text is None:
        return pa.array(["…" if value else None for value in whole.is_valid().to_pylist()], pa.string())
    seen = profile(source, column)
    match stated or seen.personal or _by_word(source) or ("record" if seen.numbered else None):
        case "person":
            return _cut(text, _REGION)
        case "name":
            return _cut(text, 1, "*")
        case "record":
            return pc.if_else(
                pc.greater(pc.utf8_length(text), 2 * _END),
                pc.binary_join_element_wise("…", pc.utf8_slice_codeunits(text, -_END), ""),
                pc.if_else(text.is_valid(), "…", pa.scalar(None, pa.string())),
            )
        case _ if seen.telling:
            return _cut(text, 1)
        case _:
            return text if seen.type in _TIMES else pc.replace_substring_regex(text, _A_LONG_NUMBER, "…")


def _by_word(source: str) -> Personal | None:
    return "person" if PERSON_WORDS.search(source) else "name" if NAME_WORDS.search(source) else None


def _cut(text: pa.StringArray, kept: int, mark: str = "…") -> pa.Array:
    """The first characters, and nothing at all of what is hardly longer than they are."""
    first = pc.utf8_slice_codeunits(text, 0, kept)
    short = pc.less_equal(pc.utf8_length(text), kept)
    return pc.binary_join_element_wise(pc.if_else(short, "", first), mark, "")
